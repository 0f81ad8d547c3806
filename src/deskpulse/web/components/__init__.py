"""The parts that pages are made of: a Python class with its Vue component beside it; data is text, never HTML."""
