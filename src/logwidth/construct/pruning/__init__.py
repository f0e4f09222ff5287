"""Fewer pieces than samples (theorem T6): greedy covers, then pieces that are optimised and dropped."""
