"""A lattice of data-specific cells: walls that no ball crosses, whole numbers as keys, a memorizer of whole numbers."""
