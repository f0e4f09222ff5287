"""Networks with folds: narrower than any linear map allows that the search finds (docs/theory/t13-folding.md)."""

from collections.abc import Sequence
from functools import partial

from logwidth.construct import FOLDED, Folds
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap
from logwidth.maps.folding import FoldedMap, FoldSearch
from logwidth.norms import norm_name
from logwidth.pipeline.builder import build_on_folds
from logwidth.pipeline.map_selection import first_map, search
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run

HINGES = 2
EXTRA = FOLDED.extra_width
MOST_SAMPLES = 4_000
ROOMS = (0.1, 0.18, 0.3)  # of what is missing to 1, that folds keep beyond the ratio, for float errors
HOPE = 8.0  # folds may make what is missing to 1 as many times smaller; from farther away none are looked for


def can_fold(request: Request, data: Dataset) -> bool:
    """Return whether folds may be tried where nothing was named: ℓ2 balls of one radius, some thousands of samples."""
    free = not (request.own_radii or request.smallest or request.lanes or request.max_depth)
    return free and request.norm == 2.0 and data.n_samples <= MOST_SAMPLES


def folded_run(problem: Problem, formats: Sequence[str]) -> Run:
    """Return the network with folds within the request's width; without a width one unit narrower than the linear map's.

    Folds that are found are built in each of some float formats, until one is certified; while none is, the search goes on
    to folds that keep more. The result is certified, or the last one that was tried. Raises InputError where the width is
    out of reach.
    """
    settings = [Setting.of_folds(problem, dtype) for dtype in formats]
    data, request, clock = problem.data, problem.request, problem.session.clock
    if request.norm != 2.0:
        raise InputError(
            f"the construction {FOLDED.name} is not available for l{norm_name(request.norm)} balls: folds are built for l2"
        )
    if request.own_radii or request.smallest or request.lanes is not None:
        raise InputError("folds are built for balls of one radius: leave out radius 'max', smallest and lanes")
    ratio = problem.target.ratio
    rank = _rank(settings[0])
    start = clock.timed("map", lambda: search(settings[0], rank, None))
    if not ratio < 1.0 or 1.0 - start.ratio_lower > HOPE * (1.0 - ratio):
        raise InputError(
            f"width {rank + EXTRA} is too small for ratio {ratio:.6g}: a linear map of rank {rank} keeps "
            f"{start.ratio_lower:.6g}, too little for folds to make up"
        )
    steps = problem.session.steps
    folds = FoldSearch(data, start, problem.sep.lower, HINGES, request.rng, path=steps, progress=clock.progress)
    run, tried = None, ratio
    for room in ROOMS:
        wanted = ratio + room * (1.0 - ratio)
        reached = clock.timed("folds", partial(folds.reach, wanted, ratio))
        found = folds.so_far(ratio) if reached is None else reached  # what falls short of the room may still do
        if found is not None and found.ratio > tried:
            run, tried = _certified(settings, start, _folds(found)), found.ratio
        if reached is None or (run is not None and run.certificate.holds):
            break
    if run is None:
        kept = 0.0 if folds.best is None else folds.best.ratio
        raise InputError(
            f"width {rank + EXTRA} is too small for ratio {ratio:.6g}: folds of {rank} coordinates reach {kept:.6g}; "
            f"allow width {rank + EXTRA + 1}"
        )
    folds.steps.close()
    return run


def _certified(settings: Sequence[Setting], start: PreservingMap, folds: Folds) -> Run:
    """Return the first network that is certified, of those in some float formats, else the last."""
    for setting in settings[:-1]:
        run = build_on_folds(setting, start, folds)
        if run.certificate.holds:
            return run
    return build_on_folds(settings[-1], start, folds)


def _rank(setting: Setting) -> int:
    width = setting.problem.request.width
    return max(1, first_map(setting)[0].rank - 1) if width is None else width - EXTRA


def _folds(found: FoldedMap) -> Folds:
    return Folds(found.P, found.A, found.t, found.B, found.b, found.E, found.moves, found.offsets, found.gap)
