"""Weights that bound from above what any map of a rank can keep: the dual of the search (docs/theory.md, T2)."""

from logwidth.maps.ceiling.column_generation import DualWeights
from logwidth.maps.ceiling.rank import rank_ceiling

__all__ = ["DualWeights", "rank_ceiling"]
