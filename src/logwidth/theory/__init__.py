"""Worst-case theory: knows of no real data."""

from logwidth.theory.beta_law import log_beta_cdf_lower, log_beta_cdf_upper
from logwidth.theory.containment import c_minus_lower, c_minus_upper, c_plus_lower, c_plus_upper
from logwidth.theory.counts import log_pairs_upper
from logwidth.theory.diagram import Diagram, diagram
from logwidth.theory.differences import difference_ratio_upper
from logwidth.theory.dual_images import dual_ratio_lower
from logwidth.theory.enclosing import enclosing_ratio_upper
from logwidth.theory.impossible import impossible_ratio_upper
from logwidth.theory.johnson_lindenstrauss import kept_closed_form_lower, kept_fraction_lower
from logwidth.theory.lattice import LatticeShape, lattice_rank, lattice_ratio_lower
from logwidth.theory.linked import linked_ratio_upper
from logwidth.theory.paper import paper_depth, paper_ratio_possible, paper_terms, paper_width
from logwidth.theory.parameters import Cost, parameter_costs
from logwidth.theory.possible import possible_ratio_lower
from logwidth.theory.product_nets import product_ratio_upper
from logwidth.theory.sphere import sphere_ratio_upper
from logwidth.theory.star import star_ratio_upper

__all__ = [
    "Cost",
    "Diagram",
    "LatticeShape",
    "c_minus_lower",
    "c_minus_upper",
    "c_plus_lower",
    "c_plus_upper",
    "diagram",
    "difference_ratio_upper",
    "dual_ratio_lower",
    "enclosing_ratio_upper",
    "impossible_ratio_upper",
    "kept_closed_form_lower",
    "kept_fraction_lower",
    "lattice_rank",
    "lattice_ratio_lower",
    "linked_ratio_upper",
    "log_beta_cdf_lower",
    "log_beta_cdf_upper",
    "log_pairs_upper",
    "paper_depth",
    "paper_ratio_possible",
    "paper_terms",
    "paper_width",
    "parameter_costs",
    "possible_ratio_lower",
    "product_ratio_upper",
    "sphere_ratio_upper",
    "star_ratio_upper",
]
