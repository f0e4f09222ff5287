"""Fewer pieces than samples (theorem T6): greedy covers, then pieces that are optimised and dropped."""

from logwidth.construct.pruning.cover import cover_lower, cover_work
from logwidth.construct.pruning.prune import Pruning

__all__ = ["Pruning", "cover_lower", "cover_work"]
