"""One file a family of metrics; collected by name."""
