"""One file a benchmark; collected by name."""
