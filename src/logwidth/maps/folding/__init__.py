"""Folds: layers after which fewer coordinates keep opposite samples apart (docs/theory/t13-folding.md)."""

from logwidth.maps.folding.search import FoldedMap, FoldSearch

__all__ = ["FoldSearch", "FoldedMap"]
