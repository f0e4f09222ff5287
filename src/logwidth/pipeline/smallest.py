"""The smallest network rather than the narrowest: more rank buys fewer pieces, up to a point."""

from collections.abc import Callable, Iterable, Iterator

from logwidth.maps import PreservingMap
from logwidth.pipeline.run import Run

Build = Callable[[int, PreservingMap | None], Run | None]


def smallest_of(middle: int, most: int, build: Build) -> Run | None:
    """Return the certified network with the fewest nonzero numbers among those of a few ranks up to `most`.

    `build(rank, start)` returns a certified run on a map of that rank that is found from another one, None where there is
    none. From `middle` on ranks fall by a third as long as networks get smaller; if the first step down does not help they
    grow by half instead. Large ranks come first: there little has to be searched for, and few pieces are found soon.
    Heuristic: neither the ranks between nor the pieces are searched through. None where no rank gives a certified network.
    """
    middle = min(middle, most)
    first = build(middle, None)
    if first is not None:
        fallen = _walked(_falling(middle), first, build)
        if fallen is not first:
            return fallen
    return _walked(_rising(middle, most), first, build)


def _walked(ranks: Iterable[int], best: Run | None, build: Build) -> Run | None:
    """Return the last of the networks, rank by rank, that is smaller than those before it."""
    for rank in ranks:
        trial = build(rank, None if best is None else best.map)
        if trial is not None and (best is None or trial.summary["n_nonzero"] < best.summary["n_nonzero"]):
            best = trial
        elif best is not None:
            break
    return best


def _falling(rank: int) -> Iterator[int]:
    while rank > 1:
        rank = min(rank - 1, 2 * rank // 3)
        yield rank


def _rising(rank: int, most: int) -> Iterator[int]:
    while rank < most:
        rank = min(most, rank + max(1, rank // 2))
        yield rank
