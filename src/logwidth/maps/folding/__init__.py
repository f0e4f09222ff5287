"""Folds: layers after which fewer coordinates keep opposite samples apart (docs/theory/t13-folding.md)."""
