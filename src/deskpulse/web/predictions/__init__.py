"""Predictions on pages: customers at risk, what to expect of agents, how right it all is, and learning it."""
