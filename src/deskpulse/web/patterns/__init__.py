"""What the Patterns page shows, as plain data."""
