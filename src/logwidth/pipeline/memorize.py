"""The main job: compile a data set into a certified network."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from logwidth.compute.threads import one_thread_each
from logwidth.construct import FOLDED, construction_named
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.display import shown
from logwidth.errors import InputError
from logwidth.maps import PreservingMap
from logwidth.pipeline.advice import too_narrow
from logwidth.pipeline.builder import build
from logwidth.pipeline.fallback import TooNarrowError
from logwidth.pipeline.folded import folded_run
from logwidth.pipeline.lower import bounded
from logwidth.pipeline.narrowest import narrowest
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run
from logwidth.pipeline.session import Session
from logwidth.pipeline.unnamed import solved
from logwidth.types import Effort, Progress


@of_data
def memorize(  # noqa: PLR0913
    data: Dataset,
    request: Request | None = None,
    *,
    ratio: float | None = None,
    radius: float | str | None = None,
    norm: object = 2,
    width: int | None = None,
    construction: str | None = None,
    dtype: str = "float32",
    rng: int = 0,
    start: PreservingMap | None = None,
    bracket: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | bool | None = None,
    pieces: str = "least",
    lanes: int | None = None,
    max_depth: int | None = None,
    smallest: bool = False,
    resume: str | os.PathLike[str] | None = None,
    radius_per_feature: Any = None,
    max_weight: float | None = None,
    reject: float | None = None,
    fewest_bits: bool = False,
    onnx: str = "auto",
    effort: Effort = "normal",
) -> Run:
    """Compile `data` into a ReLU network that is certified to answer right on every ball `B_p(x_i, radius)`.

    `ratio = 2 radius/δ ∈ (0, 1)` or `radius` says how large the balls are; with `radius = "max"` each sample gets a radius
    of its own, up to half its own distance to the opposite ones in the map's image (`certificate.radius_lower`), the map
    takes all the width allowed, and every sample is a piece. With neither the ratio is DEFAULT_RATIO, 0.9. The map of least
    rank that the search finds is used; with a budget `width` the first construction that fits. `construction` names one
    (a key of `construct.CONSTRUCTIONS`, or 'line', the contrast that is not robust: it needs no ratio and is always in
    float64); `dtype` is the float format in which the network is stored and certified. The same `rng` seed gives the same
    network.

    For other norms than ℓ2 the balls are also put into ℓ2 balls, `B_p(x, σ) ⊂ B_2(x, c_p^+ σ)`, unless a construction is
    named; if that network is narrower it is the result, certified in ℓp. The summary's `route` says 'direct' or 'l2 balls'.

    The result's certificate was made from the ONNX bytes and the data alone; `run.certificate.holds` says whether every
    ball is certified.

    Where scores of pieces decide, `pieces` = 'all' takes every sample, 'cover' a greedy cover of them, 'least' moves pieces
    until few serve all balls; a `width` budget is then spent on a map of higher rank, which needs fewer.

    `smallest` builds on maps of more ranks, within `width` if it is given, and returns the network with the fewest nonzero
    numbers: wider than the narrowest and often many times smaller.

    `fewest_bits` builds on a lattice, in cells, as a list, as boxes (in ℓ∞), and as usual, in ℓ2 also the smallest, and
    returns the certified network whose weights and biases, zero or not, take the fewest bits.

    `lanes` asks for the construction of that name with so many running maxima per class: wider and shallower.
    `max_depth` asks for the narrowest network of scores of pieces that has at most so many hidden layers.

    `radius_per_feature` asks boxes in ℓ∞ for cuboids instead of balls: one radius a feature, or 'cells': the share `ratio`
    of every sample's own cell of a grid. The summary's `cuboids` says what is proven of them.

    `max_weight` bounds the size of all stored weights and biases: units are scaled by powers of two, which changes no
    value's rounding. Where they do not reach it, the error says the least bound that they reach.

    `reject` R₂ asks for a network that knows what it was not given: it returns the label on the balls, and none wherever all
    samples are farther than R₂, which `certificate.rejection` proves (docs/theory/t15-reject.md). It takes no map and at
    least d + 2 units.

    `onnx` is the form of the file: 'chain', a Gemm and a Relu per layer, which every runtime reads; 'scan', one Scan over
    stacked layers, which loads quickly at any depth; 'auto' is a chain up to 10,000 layers.
    `effort` says how long the searches for the map and for few pieces go on: 'low' takes the first map that reaches the goal
    and a cover, 'normal' leaves out what seldom gains one piece in a hundred, 'high' leaves out nothing (docs/effort.md).
    The summary's `stopped` says what was left out. Guarantees are the same.

    `start` is a map to use if it keeps enough (by default one is searched for). With `bracket` the width is also bounded
    from below: `run.width_certificate` proves the summary's `width_lower`. `checkpoint` names a file from which a search for
    the map that was killed goes on; `resume` a folder that keeps every long step, so that the same call goes on where it was
    killed and returns the same bytes (`compute.step_cache`). The caller removes it once the run is saved.

    `data` is a Dataset, or points and labels: `memorize(X, y, ratio=0.9)`. All that decides which network is built may be
    one value: `memorize(data, Request(ratio=0.9))`. `progress=True` shows a bar, in notebooks too; a callback gets
    `(stage, fraction)`.

    Raises InputError when the request cannot be met; the message says what can be reached.
    """
    parts = Request(
        ratio, radius, norm, width, construction, dtype, rng, pieces, lanes, max_depth, smallest, start, radius_per_feature,
        max_weight, reject, fewest_bits, onnx, effort,
    )  # fmt: skip
    asked = _whole(request, parts)
    with shown(progress) as report, one_thread_each():
        return _memorize(data, asked, bracket, Session.of(data, asked, report, checkpoint, resume))


def _whole(given: object, parts: Request) -> Request:
    """Return the request, given as one value or in parts."""
    if given is None:
        return parts
    if not isinstance(given, Request):
        raise InputError(f"after a data set comes a Request, or its parts by name, not {type(given).__name__}")
    if parts != Request():
        raise InputError("give a request or its parts, not both; dataclasses.replace(request, ...) changes a part of one")
    return given


def _memorize(data: Dataset, request: Request, bracket: bool, session: Session) -> Run:
    """Return the run of a request; a width that is too small is told what can be reached."""
    try:
        problem = Problem.of(data, request, session)
        run = solved(problem)
        if bracket and run.certificate.holds:
            run = bounded(run, problem)
    except InputError as refused:
        kept = refused.kept if isinstance(refused, TooNarrowError) else 0.0
        alone = session.afresh()
        told = ""
        if request.width is not None and not request.own_radii and request.reject is None:
            told = too_narrow(data, kept, request, lambda other: solved(Problem.of(data, other, alone)))
        if not told:
            raise
        raise InputError(f"{refused}; {told}") from refused
    return _ended(run, data, request, session)


def _ended(run: Run, data: Dataset, request: Request, session: Session) -> Run:
    """Return the run with its data, its times, and what searches left out."""
    clock = session.clock
    summary = replace(run.summary, seconds=clock.all_seconds(), effort=request.effort, stopped=list(clock.said) or None)
    return replace(run, data=data, summary=summary)


def memorize_again(
    data: Dataset, request: Request, choices: Iterable[tuple[str, int | None]], progress: Progress | None = None
) -> Iterator[Run]:
    """Yield the run of a request, then those of other constructions `(name, lanes)` of the same pieces on the same map.

    Raises InputError when the request cannot be met.
    """
    problem = Problem.of(data, request, Session.of(data, request, progress))
    choice, run = narrowest(Setting.of(problem))
    yield run
    for name, lanes in choices:
        asked = replace(problem, request=replace(request, construction=name, lanes=lanes))
        yield build(replace(choice, setting=replace(choice.setting, problem=asked), spec=construction_named(name)))


def memorize_folded(data: Dataset, request: Request, formats: Sequence[str], progress: Progress | None = None) -> Run:
    """Return the network with folds of a request, in the first of some float formats in which it is certified.

    Raises InputError when its width is out of reach.
    """
    folded = replace(request, construction=FOLDED.name)
    session = Session.of(data, folded, progress)
    run = folded_run(Problem.of(data, folded, session), formats)
    return _ended(run, data, folded, session)
