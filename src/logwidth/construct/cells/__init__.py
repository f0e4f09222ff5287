"""Cells: few halfspaces around each sample, tested one after another (theorem T5c)."""
