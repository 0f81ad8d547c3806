"""The cards of the Problems page, as plain data."""
