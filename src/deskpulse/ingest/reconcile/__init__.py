"""Our numbers of tickets against the vendor's own: every difference classified, and explained by computing it."""
