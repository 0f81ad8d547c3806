"""The Events page: its cards as plain data."""
