"""Certificates that exclude a width, a line or a number of pieces, from the data alone."""
