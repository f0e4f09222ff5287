"""Boxes and balls on whole numbers, no rounding anywhere (theorems T14, T15)."""
