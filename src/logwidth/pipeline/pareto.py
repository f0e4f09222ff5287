"""Width against depth: certified networks of the same pieces, none of which another beats in both."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from logwidth.dataset import Dataset
from logwidth.pipeline.memorize import memorize_again
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run
from logwidth.types import Progress

GROWTH = 1.6
KEYS = ("construction", "width", "depth", "n_nonzero", "map_rank", "n_pieces", "pieces", "dtype", "certified")


def pareto_front(data: Dataset, request: Request, *, progress: Progress | None = None) -> list[dict[str, Any]]:
    """Return certified networks that no other one found beats in width and depth, the narrowest first.

    The register, and lanes from one per class to one per piece in growing steps, all on one map with the same pieces. A row
    has the summary's numbers of that name and `lanes` (None: the register) and `certified_radius`, the least proven radius.

    Raises InputError when the request cannot be met.
    """
    counts = list(_steps(int(np.bincount(data.labels).max())))
    choices: list[tuple[str, int | None]] = [("register", None), *(("lanes", q) for q in counts[1:])]
    runs = memorize_again(data, replace(request, construction="lanes", lanes=1), choices, progress)
    rows = [_row(run, lanes) for run, lanes in zip(runs, [1, None, *counts[1:]], strict=True) if run.certificate.holds]
    return undominated(rows)


def undominated(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows that are shallower than all narrower ones, the narrowest first.

    >>> undominated([{"width": 5, "depth": 3}, {"width": 4, "depth": 3}, {"width": 2, "depth": 9}, {"width": 6, "depth": 1}])
    [{'width': 2, 'depth': 9}, {'width': 4, 'depth': 3}, {'width': 6, 'depth': 1}]
    """
    front: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row["width"], row["depth"])):
        if not front or row["depth"] < front[-1]["depth"]:
            front.append(row)
    return front


def _steps(largest: int) -> Iterator[int]:
    q = 1
    while q < largest:
        yield q
        q = max(q + 1, int(q * GROWTH))
    yield largest


def _row(run: Run, lanes: int | None) -> dict[str, Any]:
    radius = float(run.certificate.radius_lower.min())
    return {**{key: run.summary[key] for key in KEYS}, "lanes": lanes, "certified_radius": radius}
