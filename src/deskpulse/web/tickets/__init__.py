"""The Tickets page's list and the view of one ticket: rows of the warehouse as texts for people."""
