"""Networks with folds: narrower than any linear map allows that the search finds (docs/theory/t13-folding.md)."""

from collections.abc import Sequence
from functools import partial

from logwidth.construct import FOLDED, Folds
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap
from logwidth.maps.folding import FoldedMap, FoldSearch
from logwidth.pipeline.mapmaker import Mapmaker
from logwidth.pipeline.run import Request, Run
from logwidth.pipeline.workbench import Workbench

HINGES = 2
EXTRA = FOLDED.extra_width
MOST_SAMPLES = 4_000
ROOMS = (0.02, 0.1, 0.16, 0.25)  # of what is missing to 1, that folds keep beyond the ratio, for float errors
HOPE = 8.0  # folds may make what is missing to 1 as many times smaller; from farther away none are looked for


def can_fold(request: Request, data: Dataset) -> bool:
    """Return whether folds may be tried where nothing was named: ℓ2 balls of one radius, some thousands of samples."""
    free = not (request.own_radii or request.smallest or request.lanes or request.max_depth)
    return free and request.norm == 2.0 and data.n_samples <= MOST_SAMPLES


def folded_run(data: Dataset, request: Request, maps: Mapmaker, benches: Sequence[Workbench]) -> Run:
    """Return the network with folds within the request's width; without a width one unit narrower than the linear map's.

    Folds that are found are built on each of the benches, one a float format, until one is certified; while none is, the
    search goes on to folds that keep more. The result is certified, or the last one that was tried. Raises InputError where
    the width is out of reach.
    """
    bench = benches[0]
    if request.norm != 2.0 or request.own_radii or request.smallest or request.lanes is not None:
        raise InputError(
            "folds are built for l2 balls of one radius: leave out other norms, radius 'max', smallest and lanes"
        )
    ratio = bench.goal.ratio
    rank = _rank(request, maps)
    start = bench.clock.timed("map", lambda: maps.search(rank, None))
    if not ratio < 1.0 or 1.0 - start.ratio_lower > HOPE * (1.0 - ratio):
        raise InputError(
            f"width {rank + EXTRA} is too small for ratio {ratio:.6g}: a linear map of rank {rank} keeps "
            f"{start.ratio_lower:.6g}, too little for folds to make up"
        )
    path = bench.record.file("folds")
    search = FoldSearch(data, start, bench.sep.lower, HINGES, request.seed, path=path, progress=bench.clock.progress)
    run = None
    for room in ROOMS:
        goal = ratio + room * (1.0 - ratio)
        found = bench.clock.timed("folds", partial(search.reach, goal, ratio))
        if found is None:
            break
        run = _certified(benches, start, _folds(found))
        if run.certificate.holds:
            break
    if run is None:
        kept = 0.0 if search.best is None else search.best.ratio
        raise InputError(
            f"width {rank + EXTRA} is too small for ratio {ratio:.6g}: folds of {rank} coordinates reach {kept:.6g}; "
            f"allow width {rank + EXTRA + 1}"
        )
    search.steps.close()
    return run


def _certified(benches: Sequence[Workbench], start: PreservingMap, folds: Folds) -> Run:
    """Return the first network that is certified, of those that the benches make, else the last."""
    for bench in benches[:-1]:
        run = bench.on_folds(start, folds)
        if run.certificate.holds:
            return run
    return benches[-1].on_folds(start, folds)


def _rank(request: Request, maps: Mapmaker) -> int:
    if request.width is not None:
        return request.width - EXTRA
    return max(1, maps.first_map().rank - 1)


def _folds(found: FoldedMap) -> Folds:
    return Folds(found.P, found.A, found.t, found.B, found.b, found.E, found.moves, found.offsets, found.gap)
