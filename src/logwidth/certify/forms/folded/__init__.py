"""Folds before a register or a collapse (T13): the form, its layers, what it requires of balls."""
