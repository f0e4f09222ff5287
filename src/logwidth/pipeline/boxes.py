"""Networks of boxes, and those of boxes or balls that reject what is far from all samples (T14, T15)."""

import math
from dataclasses import replace

import numpy as np

from logwidth.certify import cuboids_right, prove_rejection, recognise
from logwidth.construct import BALLS
from logwidth.dataset import Dataset, none_value
from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.pipeline.builder import build_in_boxes
from logwidth.pipeline.map_selection import identity
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run

MOST_NUMBERS = 2e7  # of all samples: boxes look at them all for every box
MANY = 4_000  # samples from which nothing else is tried in l-infinity: covers by cells would take hours
NONE = "none"  # what predict prints


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
    setting, given = Setting.direct(problem), problem.request.radius_per_feature
    if given is not None and not isinstance(given, str) and len(given) != problem.data.n_features:
        raise InputError(f"{len(given)} radii per feature were given for {problem.data.n_features} features")
    if given is not None and not isinstance(given, str) and problem.data.feature_scales is not None:
        raise InputError(
            "radii per feature are in the units of the features, which --standardize divides: leave --standardize out, "
            "or ask for the radius per feature 'cells'"
        )
    run = build_in_boxes(setting, identity(setting))
    return run if given is None else _with_cuboids(run, problem)


def _with_cuboids(run: Run, problem: Problem) -> Run:
    """Return the run with what is proven of the cuboids that are asked for. Raises InputError unless all of them are."""
    given, ratio, data = problem.request.radius_per_feature, problem.target.ratio, problem.data
    clock = problem.session.clock
    right = clock.timed("cuboids", lambda: cuboids_right(recognise(run.network), data, given, ratio))
    asked = {"cells": ratio} if isinstance(given, str) else {"radii": list(given)}
    if not right.all():
        missed = np.flatnonzero(~right)
        raise InputError(
            f"of {data.n_samples:,} cuboids {len(missed):,} are not proven, that of sample {missed[0]} first: boxes keep "
            "too little room there; a smaller ratio, smaller radii or --dtype float64 may serve"
        )
    return replace(run, summary=replace(run.summary, cuboids={**asked, "proven": int(right.sum())}))


def leaner(run: Run, boxed: Run | None) -> Run:
    """Return the certified one of two runs that is narrower, and of one width the shallower."""
    if boxed is None:
        return run
    if not run.certificate.holds:
        return boxed
    sizes = [(r.network.width, r.network.depth) for r in (boxed, run)]
    return boxed if sizes[0] < sizes[1] else run


def rejecting_run(problem: Problem) -> Run:
    """Return the network with what is proven of inputs far from all samples.

    The summary's `width_lower` is d + 1, which every network that rejects needs, whatever the data (T15a).

    Raises InputError where a width is asked for that no network can reject with, or where balls reach the reject radius.
    """
    request, data, radius = problem.request, problem.data, problem.target.radius
    asked = request.reject or 0.0
    if not asked > radius:
        raise InputError(
            f"the reject radius {asked!r} must exceed the radius {radius:.6g} of the balls in l{norm_name(request.norm)}, "
            "on which the label is given"
        )
    if NONE in data.classes:
        raise InputError(f"a class is called {NONE!r}, which is what predict prints for rejected rows: rename it")
    least = data.n_features + 1
    if request.width is not None and request.width < least:
        raise InputError(
            f"width {request.width} is too small to reject: a network without skip connections whose layers have at most "
            f"d = {data.n_features} units keeps its label along a path without end from every sample (theorem T15): none "
            f"of width below {least} can; those built here have width {least + 1}"
        )
    if request.width == least:
        raise InputError(
            f"width {least} is too small for the networks that reject: they have width {least + 1}. That none of width "
            f"{least - 1} can is theorem T15"
        )
    run = _near(problem)
    value, clock = none_value(data.values), problem.session.clock
    far = clock.timed("reject", lambda: prove_rejection(run.network, data, asked, norm=request.norm, value=value))
    told = {"radius": far.radius, "value": far.value, "inputs_upper": far.inputs_upper}
    certificate = replace(run.certificate, rejection=far)
    return replace(run, certificate=certificate, summary=replace(run.summary, reject=told, width_lower=least))


def _near(problem: Problem) -> Run:
    """Return the network of boxes where their corners are near enough, else of balls; what was named, if it was."""
    name, norm = problem.request.construction, problem.request.norm
    if name == BALLS.name:
        return _of_balls(problem)
    try:
        return boxed_run(problem)
    except InputError:
        if name is not None or norm not in (1.0, 2.0):
            raise
    return _of_balls(problem)


def _of_balls(problem: Problem) -> Run:
    setting = Setting.direct(problem)
    return build_in_boxes(setting, identity(setting), BALLS)
