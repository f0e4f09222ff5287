"""The smallest network rather than the narrowest: more rank buys fewer pieces, up to a point."""

from collections.abc import Callable, Iterable, Iterator

from logwidth.errors import InputError
from logwidth.maps import PreservingMap, principal_rank
from logwidth.pipeline.builder import build
from logwidth.pipeline.choice import Choice
from logwidth.pipeline.map_selection import search
from logwidth.pipeline.problem import Setting
from logwidth.pipeline.run import Run

NEARLY_ALL = 1.0 - 1e-6  # of δ: a search for a map that keeps more would go on for nothing
Build = Callable[[int, PreservingMap | None], Run | None]


def smallest(setting: Setting) -> Run | None:
    """Return the smallest of the networks on maps of a few ranks that the width budget allows, None if there is none."""
    data, request = setting.problem.data, setting.problem.request
    most = data.n_features if request.width is None else request.width - setting.specs[0].extra_width
    run = smallest_of(principal_rank(data), min(most, data.n_features), lambda rank, start: _certified(setting, rank, start))
    if run is None or request.start is not None:
        return run
    turned = build(Choice(setting, run.map, setting.construction_at(run.map.rank)))
    return turned if turned.certificate.holds and turned.summary.n_nonzero < run.summary.n_nonzero else run


def _certified(setting: Setting, rank: int, start: PreservingMap | None) -> Run | None:
    """Return a certified run on a map of a rank; None where the search finds none that keeps the balls apart."""
    found = setting.problem.session.clock.timed("map", lambda: search(setting, rank, start, NEARLY_ALL))
    if found.rank < rank or found.ratio_lower <= setting.working.target.ratio:
        return None
    try:
        run = build(Choice(setting, found, setting.construction_at(found.rank), turning=False))
    except InputError:
        return None
    return run if run.certificate.holds else None


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
        if trial is not None and (best is None or trial.summary.n_nonzero < best.summary.n_nonzero):
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
