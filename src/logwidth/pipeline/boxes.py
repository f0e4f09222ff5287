"""Networks of boxes: where they are tried unasked, and which of two certified networks is kept."""

import math

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline.builder import build_in_boxes
from logwidth.pipeline.choice import identity
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run

MOST_NUMBERS = 2e7  # of all samples: boxes look at them all for every box
MANY = 4_000  # samples from which nothing else is tried in l-infinity: covers by cells would take hours


def may_box(request: Request, data: Dataset) -> bool:
    """Return whether boxes are tried where no construction is named: ℓ∞ balls of one radius, not too many numbers."""
    free = not (request.own_radii or request.smallest or request.start is not None)
    return free and math.isinf(request.norm) and data.n_samples * data.n_features <= MOST_NUMBERS


def only_boxes(data: Dataset) -> bool:
    """Return whether a certified network of boxes is taken without a look at others."""
    return data.n_samples > MANY


def boxed_run(problem: Problem) -> Run:
    """Return the network of boxes along the features. Raises InputError where there is none."""
    if problem.request.own_radii or problem.request.start is not None:
        raise InputError("boxes are cut along the features for balls of one radius: leave out start maps and radius 'max'")
    setting = Setting.direct(problem)
    return build_in_boxes(setting, identity(setting))


def boxed_or_none(problem: Problem) -> Run | None:
    """Return the network of boxes, None where there is none that is certified."""
    try:
        run = boxed_run(problem)
    except InputError:
        return None
    return run if run.certificate.holds else None


def leaner(run: Run, boxed: Run | None) -> Run:
    """Return the certified one of two runs that is narrower, and of one width the shallower."""
    if boxed is None:
        return run
    if not run.certificate.holds:
        return boxed
    sizes = [(r.network.width, r.network.depth) for r in (boxed, run)]
    return boxed if sizes[0] < sizes[1] else run
