"""Nearest-sample networks in other norms (T7): the form, its reader, what it requires of balls."""
