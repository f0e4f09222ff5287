"""Affine scores of a power diagram, compared one after another or side by side (theorems T5, T8)."""
