"""The Forecast page's questions, and its cards made of the answers."""
