"""What the Labels page shows."""
