"""Ranks that are too small because every kernel comes too near some difference of opposite samples (T19)."""
