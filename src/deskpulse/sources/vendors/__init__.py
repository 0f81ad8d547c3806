"""The vendors' own numbers, one file for each vendor."""
