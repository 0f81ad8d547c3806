"""Measuring what is said of texts against anybody's labelled file."""
