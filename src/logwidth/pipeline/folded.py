"""Networks with folds: narrower than any linear map allows that the search finds (docs/theory/t13-folding.md)."""

from collections.abc import Iterator, Sequence
from functools import partial

from logwidth.construct import FOLDED, FOLDED_LIST, ConstructionSpec, Folds, NoListError
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap
from logwidth.maps.folding.search import FoldedMap, FoldSearch
from logwidth.norms import norm_name
from logwidth.pipeline.builder import build_on_folds
from logwidth.pipeline.map_selection import first_map, search
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run

EXTRA = FOLDED.extra_width
PLANE = 2  # coordinates, on which lists are built
MOST_SAMPLES = 4_000
ROOMS = (0.1, 0.18, 0.3)  # of what is missing to 1, that folds keep beyond the ratio, for float errors
MORE_ROOM = (0.5, 0.7)  # where lists stand behind them, whose rules are near to many balls
HOPE = 8.0  # folds may make what is missing to 1 as many times smaller; from farther away none are looked for
LIST_HOPE = 4.0  # the same for one hinge a fold


def can_fold(request: Request, data: Dataset) -> bool:
    """Return whether folds may be tried where nothing was named: ℓ2 balls of one radius, some thousands of samples."""
    free = not (request.own_radii or request.smallest or request.lanes or request.max_depth)
    return free and request.norm == 2.0 and data.n_samples <= MOST_SAMPLES


def folded_run(problem: Problem, formats: Sequence[str]) -> Run:
    """Return the network with folds within the request's width; without a width one unit narrower than the linear map's.

    Cells or scores stand behind the folds, or decision lists on two coordinates, where that is narrower. Folds that are
    found are built in each of some float formats, until one is certified; while none is, the search goes on to folds that
    keep more. The result is certified, or the last one that was tried. Raises InputError where the width is
    out of reach.
    """
    settings = [Setting.of_folds(problem, dtype) for dtype in formats]
    request = problem.request
    if request.norm != 2.0:
        raise InputError(
            f"the construction {FOLDED.name} is not available for l{norm_name(request.norm)} balls: folds are built for l2"
        )
    if request.own_radii or request.smallest or request.lanes is not None:
        raise InputError("folds are built for balls of one radius: leave out radius 'max', smallest and lanes")
    run, refused = None, None
    for spec, rank in _ways(settings[0]):
        try:
            found = _folded(settings, spec, rank)
        except InputError as problem_found:
            refused = refused or problem_found
            continue
        if found.certificate.holds:
            return found
        run = run or found
    if run is None:
        assert refused is not None
        raise refused
    return run


def _ways(setting: Setting) -> Iterator[tuple[ConstructionSpec, int]]:
    """Yield what stands behind the folds, and on how many coordinates: lists where only they are as narrow as that."""
    width = setting.problem.request.width
    if width is None:
        rank = max(1, first_map(setting)[0].rank - 1)
        if rank == PLANE:
            yield FOLDED_LIST, PLANE
        yield FOLDED, rank
        return
    yield FOLDED, width - EXTRA
    if width == PLANE + FOLDED_LIST.extra_width and setting.problem.data.n_features > PLANE:
        yield FOLDED_LIST, PLANE


def _folded(settings: Sequence[Setting], spec: ConstructionSpec, rank: int) -> Run:
    """Return the certified network on folds of some coordinates, or the last one that was tried."""
    problem, ratio, hinges = settings[0].problem, settings[0].problem.target.ratio, spec.extra_width
    clock, width = problem.session.clock, rank + spec.extra_width
    start = clock.timed("map", lambda: search(settings[0], rank, None))
    hope = LIST_HOPE if spec is FOLDED_LIST else HOPE
    if not ratio < 1.0 or 1.0 - start.ratio_lower > hope * (1.0 - ratio):
        raise InputError(
            f"width {width} is too small for ratio {ratio:.6g}: a linear map of rank {rank} keeps "
            f"{start.ratio_lower:.6g}, too little for folds to make up"
        )
    folds = FoldSearch(
        problem.data, start, problem.sep.lower, hinges, problem.request.rng, path=problem.session.steps,
        progress=clock.progress,
    )  # fmt: skip
    run, refused, tried = None, None, ratio
    for room in (*ROOMS, *MORE_ROOM) if spec is FOLDED_LIST else ROOMS:
        wanted = ratio + room * (1.0 - ratio)
        reached = clock.timed("folds", partial(folds.reach, wanted, ratio))
        found = folds.so_far(ratio) if reached is None else reached  # what falls short of the room may still do
        if found is not None and found.ratio > tried:
            tried = found.ratio
            try:
                run = _certified(settings, start, spec, _folds(found))
            except NoListError as problem_found:
                refused = problem_found
        if reached is None or (run is not None and run.certificate.holds):
            break
    if run is None and refused is not None:
        raise refused
    if run is None:
        kept = 0.0 if folds.best is None else folds.best.ratio
        raise InputError(
            f"width {width} is too small for ratio {ratio:.6g}: folds of {rank} coordinates reach {kept:.6g}; "
            f"allow width {width + 1}"
        )
    folds.steps.close()
    return run


def _certified(settings: Sequence[Setting], start: PreservingMap, spec: ConstructionSpec, folds: Folds) -> Run:
    """Return the first network that is certified, of those in some float formats, else the last."""
    for setting in settings[:-1]:
        run = build_on_folds(setting, start, spec, folds)
        if run.certificate.holds:
            return run
    return build_on_folds(settings[-1], start, spec, folds)


def _folds(found: FoldedMap) -> Folds:
    return Folds(found.P, found.A, found.t, found.B, found.b, found.E, found.moves, found.offsets, found.gap)
