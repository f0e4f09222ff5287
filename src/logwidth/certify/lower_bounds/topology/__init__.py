"""Widths that are excluded by how the balls of a class lie around those of another: enclosed samples, linked rings (T18)."""
