"""Worst-case theory: knows of no real data."""

from logwidth.theory.diagram import Diagram, diagram
from logwidth.theory.lattice import LatticeShape, lattice_rank, lattice_ratio_lower
from logwidth.theory.paper import paper_depth, paper_ratio_possible, paper_terms, paper_width
from logwidth.theory.parameters import Cost, parameter_costs

__all__ = [
    "Cost",
    "Diagram",
    "LatticeShape",
    "diagram",
    "lattice_rank",
    "lattice_ratio_lower",
    "paper_depth",
    "paper_ratio_possible",
    "paper_terms",
    "paper_width",
    "parameter_costs",
]
