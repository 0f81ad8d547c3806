"""Counts and sums by hour or day, kept beside the rows, and when they answer a question instead of them."""
