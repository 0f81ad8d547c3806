"""One file a kind of container."""
