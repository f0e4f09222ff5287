"""Networks of cells (T5c): the form with its reader, what it requires of balls, how near a point is to leaving its cell."""
