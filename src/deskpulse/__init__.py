"""Deskpulse: customer-support analytics, from any export to a live and correct picture."""
