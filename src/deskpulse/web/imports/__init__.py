"""The Import page's parts: files that arrive, how they would be read, and the runs that take them in."""
