"""From rows in anybody's words to our tables: mapping, checking, deduplication, lifecycle, writing."""
