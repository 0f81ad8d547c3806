"""One file a prediction."""
