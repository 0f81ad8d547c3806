"""What is odd, what changed, what drove it."""
