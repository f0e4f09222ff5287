"""One request's network: in the norm of its balls, inside the ℓ2 balls around them, or with folds."""

from dataclasses import replace

from logwidth.construct import BOXES, FOLDED, LATTICE
from logwidth.errors import InputError
from logwidth.pipeline.boxes import boxed_run
from logwidth.pipeline.builder import build, build_on_lattice, cover_work_on
from logwidth.pipeline.choice import Choice, identity
from logwidth.pipeline.folded import folded_run
from logwidth.pipeline.narrowest import narrowest
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.run import Run
from logwidth.pipeline.smallest import smallest

FEW = 1e7  # multiplications of a greedy cover: no time at all


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
    try:
        contained = _made(problem.asked(replace(problem.request, width=width), contained=True).without_checkpoint())
    except InputError:
        contained = None
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
