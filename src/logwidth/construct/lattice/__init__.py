"""A lattice of data-specific cells: walls that no ball crosses, whole numbers as keys, a memorizer of whole numbers."""

from logwidth.construct.lattice.build import build_lattice, designed, most_lattice_depth, most_lattice_width

__all__ = [
    "build_lattice",
    "designed",
    "most_lattice_depth",
    "most_lattice_width",
]
