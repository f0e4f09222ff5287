"""Worst-case theory: knows of no real data."""

from logwidth.theory.paper import paper_depth, paper_ratio_possible, paper_terms, paper_width

__all__ = ["paper_depth", "paper_ratio_possible", "paper_terms", "paper_width"]
