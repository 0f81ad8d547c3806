"""Reading values: from the cells of a file to typed columns, whole columns at a time."""
