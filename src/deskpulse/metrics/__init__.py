"""What each number means, and the one way to ask for it."""
