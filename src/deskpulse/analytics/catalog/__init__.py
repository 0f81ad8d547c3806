"""One file a composition."""
