"""Watches the product's own numbers: which series, what is expected of them, what is odd, and what belongs together."""
