"""Load every room before the docstrings of src/ are collected: a module that pytest imports by its path exists twice."""

import gc

import pytest

import logwidth

gc.disable()  # what is collected stays


def pytest_collectstart(collector: pytest.Collector) -> None:
    """Load the rooms in the process that collects; one that only hands out tests needs none."""
    if isinstance(collector, pytest.Session):
        for name in logwidth.__all__:
            getattr(logwidth, name)


def pytest_collection_finish() -> None:
    """Leave all that was loaded and collected out of every later search for garbage."""
    gc.freeze()
    gc.enable()
