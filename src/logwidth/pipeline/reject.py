"""Networks that reject: a label near the samples, none far from all of them, proven from the stored network (T15)."""

from dataclasses import replace

from logwidth.certify import prove_rejection
from logwidth.construct import BALLS
from logwidth.dataset import none_value
from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.pipeline.boxes import boxed_run
from logwidth.pipeline.builder import build_in_boxes
from logwidth.pipeline.choice import identity
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.run import Run

NONE = "none"  # what predict prints


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
