"""Where no construction is named: the first way that is certified, of the usual one, folds, and others by their cost."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isinf

from logwidth.construct import BOXES, FOLDED, LATTICE, peeling_work
from logwidth.errors import InputError
from logwidth.pipeline.boxes import boxed_run, leaner, may_box, only_boxes, rejecting_run
from logwidth.pipeline.fallback import in_turn, most_precise, other_ways
from logwidth.pipeline.folded import can_fold, folded_run
from logwidth.pipeline.map_selection import search
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.routes import either, named
from logwidth.pipeline.run import Run, certified_or_none, or_none
from logwidth.separation import blurred

PEELING = ("cells", "list")  # they store two numbers or so a halfspace and coordinate
MOST_PEELING = 2e10  # multiplications of a search for decision lists: a minute or two
SMALL = 300  # samples: so few are tried in other ways even where no way can certify all of them


def fewest_bits(problem: Problem, build: Callable[[Request], Run]) -> Run:
    """Return the certified run of the fewest stored bits among a few ways; the first that was built where none is certified.

    Heuristic: other constructions, maps or walls may take fewer. Raises InputError where no way can be built, what the
    usual way was refused for.
    """
    runs: list[Run] = []
    refused: InputError | None = None
    for request in _ways(problem.request, few=not only_boxes(problem.data)):
        try:
            runs.append(build(request))
        except InputError as found:
            refused = found
    if not runs:
        assert refused is not None
        raise refused
    return min(runs, key=lambda run: (not run.certificate.holds, run.summary.total_bits))


def _ways(request: Request, *, few: bool) -> Iterator[Request]:
    """Yield the requests that are tried, the usual one last; of many samples those alone that take no hours."""
    plain = replace(request, fewest_bits=False)
    for name in (LATTICE.name, *(PEELING if few else ())):
        yield replace(plain, construction=name)
    if isinf(request.norm):
        yield replace(plain, construction=BOXES.name)
    if few and request.norm == 2.0 and request.pieces == "least":
        yield replace(plain, smallest=True)
    yield plain


def solved(problem: Problem) -> Run:
    """Return the network of the construction that was named, or of whatever serves."""
    if problem.request.reject is not None:
        return rejecting_run(problem)
    if problem.request.fewest_bits:
        return fewest_bits(problem, lambda request: solved(problem.asked(request).without_checkpoint()))
    return _unnamed(problem) if problem.request.construction is None else named(problem)


def _unnamed(problem: Problem) -> Run:
    """Return the network of the first way that is certified, else the one with most samples certified.

    Raises InputError where nothing could be built.
    """
    boxed = certified_or_none(lambda: boxed_run(problem)) if may_box(problem.request, problem.data) else None
    if boxed is not None and only_boxes(problem.data):
        return boxed
    early = _only_lists(problem)  # looking for them would take longer than looking for folds
    if early and (run := _folded_or_none(problem)) is not None and run.certificate.holds:
        return run
    try:
        run = in_turn(lambda: _usual(problem), lambda: _others(problem), lambda request: _other(problem, request))
        return leaner(run, boxed)
    except InputError as refused:
        if boxed is not None:
            return boxed
        if early or problem.request.width is None or not _may_fold(problem):
            raise
        folded = _folded_or_none(problem)
        if folded is None:
            raise
        if not folded.certificate.holds:
            refused.args = (f"{refused}; {_short_of(folded)}",)
            raise
        return folded


def _usual(problem: Problem) -> Run:
    """Return the usual network; where ℓ2 balls around the balls are another way, and left open, the better of the two."""
    request = problem.request
    open_route = request.norm != 2.0 and not (request.start is not None or problem.admitted.contained or request.own_radii)
    return either(problem) if open_route else named(problem)


def _other(problem: Problem, request: Request) -> Run:
    return named(problem.asked(request).without_checkpoint())


def _others(problem: Problem) -> Iterator[Request]:
    """Return what else is tried: all that may serve, or the most precise where the rounding of inputs takes the room."""
    data, request = problem.data, problem.request
    hopeless = not request.own_radii and blurred(data, problem.sep, problem.target, request.dtype) is not None
    if not hopeless:
        return other_ways(request, data)
    return most_precise(request, data) if data.n_samples <= SMALL else iter(())


def _may_fold(problem: Problem) -> bool:
    return problem.request.start is None and can_fold(problem.request, problem.data)


def _only_lists(problem: Problem) -> bool:
    """Return whether only a linear map that nothing but decision lists can use may fit, and these are far to seek."""
    width, data = problem.request.width, problem.data
    if width is None or width <= FOLDED.extra_width or not _may_fold(problem):
        return False
    if peeling_work(data.n_samples, width - 1) <= MOST_PEELING or width - FOLDED.extra_width > data.n_features:
        return False
    maps = Setting.of_folds(problem, problem.request.dtype)
    return search(maps, width - FOLDED.extra_width, None).ratio_lower <= problem.target.ratio


def _folded_or_none(problem: Problem) -> Run | None:
    """Return the network with folds within the width allowed, certified or not, None where there is none."""
    return or_none(lambda: folded_run(problem, (problem.request.dtype,)))


def _short_of(run: Run) -> str:
    """Say how far a network with folds is certified, and what may help."""
    summary = run.summary
    hint = ": try --dtype float64" if summary.dtype == "float32" else ""
    return f"a network behind folds is as narrow, but certified on {summary.certified} of {summary.n_samples} balls{hint}"
