"""Fewer pieces than samples (theorem T6): greedy covers, then pieces that are optimised and dropped."""

from logwidth.construct.pruning.cover import cover_lower, cover_work, covering_prototypes
from logwidth.construct.pruning.prune import Pruning, prototypes_with_new_map, pruned_prototypes

__all__ = ["Pruning", "cover_lower", "cover_work", "covering_prototypes", "prototypes_with_new_map", "pruned_prototypes"]
