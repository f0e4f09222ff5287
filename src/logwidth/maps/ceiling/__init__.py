"""Weights that bound from above what any map of a rank can keep: the dual of the search (docs/theory.md, T2)."""
