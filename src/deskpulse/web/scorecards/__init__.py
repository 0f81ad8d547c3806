"""The cards of the Scorecards page, as plain data."""
