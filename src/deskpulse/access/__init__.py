"""Who may: the principal of a request."""
