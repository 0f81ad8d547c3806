"""One file a step; collected by name."""
