"""Successive collapse tests: the form of the stored network, and its reader."""
