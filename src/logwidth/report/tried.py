"""What a fit tried before the network that it took, in one line."""

from collections.abc import Mapping
from typing import Any


def tried_line(summary: Mapping[str, Any]) -> str:
    """Return which ways were tried, with how many samples each certified, and which one was taken.

    >>> ways = [{"construction": "register", "pieces": "all", "lanes": None, "certified": 0}]
    >>> ways.append({"construction": "cells", "pieces": "least", "lanes": None, "certified": 40})
    >>> tried_line({"tried": ways, "n_samples": 40, "construction": "cells", "certified": 40, "dtype": "float32"})
    'took cells, which certifies 40 of 40 in float32; tried before: register 0'
    """
    tried, certified, total = summary["tried"], summary["certified"], summary["n_samples"]
    taken = f"{summary['construction']}, which certifies {certified:,} of {total:,} in {summary['dtype']}"
    if certified == total:
        return f"took {taken}; tried before: {_ways(tried[:-1])}"
    return f"nothing certifies every sample; the most does {taken}; tried: {_ways(tried)}"


def _ways(tried: list[Mapping[str, Any]]) -> str:
    """Return each construction once, with the most samples that it certified by any kind of pieces."""
    most: dict[str, int] = {}
    for way in tried:
        name = way["construction"] or "the narrowest"
        most[name] = max(most.get(name, 0), way["certified"])
    return ", ".join(f"{name} {count:,}" for name, count in most.items())
