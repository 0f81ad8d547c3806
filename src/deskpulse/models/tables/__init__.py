"""Learners of tables, quick and small: how long something takes, and how probable it is. Kept as arrays."""
