"""Load every room before the docstrings of src/ are collected: a module that pytest imports by its path exists twice."""

import logwidth

for name in logwidth.__all__:
    getattr(logwidth, name)
