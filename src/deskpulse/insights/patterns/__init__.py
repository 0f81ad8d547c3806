"""What comes again: seasons, customers who come back, what goes before escalations and losses, what grows."""
