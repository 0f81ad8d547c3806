"""Quality reviews on pages, as plain data."""
