"""One request's network: in the norm of its balls, inside the ℓ2 balls around them, with folds, or the smallest."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from logwidth.construct import BOXES, FOLDED, LATTICE
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, principal_rank
from logwidth.pipeline.boxes import boxed_run
from logwidth.pipeline.builder import build, build_on_lattice, cover_work_on
from logwidth.pipeline.folded import folded_run
from logwidth.pipeline.map_selection import Choice, identity, search
from logwidth.pipeline.narrowest import narrowest
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.run import Run, certified_or_none, or_none

NEARLY_ALL = 1.0 - 1e-6  # of δ: a search for a map that keeps more would go on for nothing
Build = Callable[[int, PreservingMap | None], Run | None]
FEW = 1e7  # multiplications of a greedy cover: no time at all


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
    return certified_or_none(lambda: build(Choice(setting, found, setting.construction_at(found.rank), turning=False)))


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


def named(problem: Problem) -> Run:
    """Return the network of the construction that was named; scores of features where ℓ2 balls around the balls meet."""
    if problem.request.construction == FOLDED.name:
        return folded_run(problem, (problem.request.dtype,))
    if problem.request.construction == BOXES.name:
        return boxed_run(problem)
    if problem.request.construction == LATTICE.name:
        return lattice_run(problem)
    try:
        return _made(problem)
    except InputError:
        run = _on_features(problem)
        if run is None:
            raise
        return run


def either(problem: Problem) -> Run:
    """Return the network for the balls or that for the ℓ2 balls around them, whichever is certified and narrower."""
    direct, refused = None, None
    try:
        direct = _made(problem)
    except InputError as found:
        refused = found
    width = problem.request.width if direct is None or not direct.certificate.holds else direct.network.width - 1
    around = replace(problem.request, width=width)
    contained = or_none(lambda: _made(problem.asked(around, contained=True).without_checkpoint()))
    if contained is not None and (contained.certificate.holds or direct is None):
        return contained
    if direct is None:
        assert refused is not None
        raise refused
    return direct


def _made(problem: Problem) -> Run:
    """Return the narrowest network, or the smallest of some ranks if that is asked for."""
    setting = Setting.of(problem)
    small = smallest(setting) if problem.request.smallest else None
    if small is not None and cover_work_on(setting, small.map) > FEW:
        return small
    run = narrowest(setting)[1]
    better = small is not None and small.summary.n_nonzero < run.summary.n_nonzero
    return small if small is not None and (better or not run.certificate.holds) else run


def _on_features(problem: Problem) -> Run | None:
    """Return a certified network of scores of all features, made for the balls as they are; None where there is none."""
    request, spec = problem.request, problem.admitted.specs[0]
    narrow = request.width is not None and request.width < problem.data.n_features + spec.extra_width
    free = request.pieces != "all" and not (request.own_radii or spec.by_budget or narrow)
    if not (problem.admitted.contained and spec.by_scores and free):
        return None
    setting = Setting.direct(problem)
    run = build(Choice(setting, identity(setting), spec))
    return run if run.certificate.holds else None


def lattice_run(problem: Problem) -> Run:
    """Return the network of a lattice. Raises InputError where there is none."""
    if problem.request.own_radii:
        raise InputError("the walls of a lattice keep one radius for all samples: leave out radius 'max'")
    setting, start = Setting.direct(problem), problem.request.start
    return build_on_lattice(setting, identity(setting) if start is None else start)
