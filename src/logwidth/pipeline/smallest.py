"""The smallest network rather than the narrowest: more rank buys fewer pieces, up to a point."""

from collections.abc import Callable

from logwidth.maps import PreservingMap
from logwidth.pipeline.run import Run

PATIENCE = 2  # ranks in a row that give no smaller network


def smallest_from(first: Run, largest_rank: int, build: Callable[[int, PreservingMap], Run]) -> Run:
    """Return the certified network with the fewest nonzero numbers among those of a few ranks, `first` among them.

    `build(rank, map)` returns a run on a map of that rank that is found from another one. Each rank is half as large again
    as the last, up to `largest_rank`. Heuristic: neither the ranks between nor the pieces are searched through.
    """
    best, found, failures = first, first.map, 0
    while found.rank < largest_rank and failures < PATIENCE:
        trial = build(min(largest_rank, found.rank + max(1, found.rank // 2)), found)
        if trial.map.rank <= found.rank:  # the span of the data
            break
        found = trial.map
        better = trial.certificate.holds and trial.summary["n_nonzero"] < best.summary["n_nonzero"]
        best, failures = (trial, 0) if better else (best, failures + 1)
    return best
