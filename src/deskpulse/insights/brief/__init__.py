"""The morning brief: what is not as usual, why, and what needs a look."""
