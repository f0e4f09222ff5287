"""Lattices of cells (T17): the form, its reader, and the memories of whole numbers that it knows."""
