"""From a plan to a run: network, ONNX bytes, the certificate of what was read back from them, and the numbers."""

import json
from dataclasses import replace
from importlib.metadata import version

import numpy as np

from logwidth.certify import Certificate, Certification, certify, read_onnx
from logwidth.construct import Construction, ConstructionSpec, Extent, Plan, bounded_weights, within_depth
from logwidth.dataset import Dataset, none_value
from logwidth.errors import InputError
from logwidth.export import check_storable, to_onnx
from logwidth.maps import PreservingMap
from logwidth.network import ReluNetwork
from logwidth.norms import norm_name
from logwidth.pipeline.per_sample_radii import certify_own
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.reference import LINE
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run
from logwidth.pipeline.session import Clock
from logwidth.pipeline.summary import described, summarize
from logwidth.separation import Target


def assemble(setting: Setting, plan: Plan, found: PreservingMap, spec: ConstructionSpec, pieces: str) -> Run:
    """Build, store, read back and certify one network; `pieces` says where its prototypes came from.

    Raises InputError where the construction refuses the plan, or its network is wider or deeper than allowed.
    """
    problem, request, data, clock = (
        setting.problem,
        setting.problem.request,
        setting.problem.data,
        setting.problem.session.clock,
    )
    spec, plan = _within_depth(request, spec, plan)
    extent = _extent(setting, found) if spec.reference else None
    if extent is not None:
        check_storable(spec.depth(extent), spec.width(extent), data.n_features, request.dtype)
    built = clock.timed("construction", lambda: spec.build(_watched(plan, spec, clock)))
    built = replace(built, name=LINE) if request.construction == LINE else built
    _check_budgets(request, built)
    network, most = _scaled(built.network, data), request.max_weight
    if most is not None:
        network = clock.timed("construction", lambda: bounded_weights(network, most))
    words = _metadata(data, built, problem.target, request)
    content = clock.timed("export", lambda: to_onnx(network, words, form=request.onnx))
    stored = clock.timed("export", lambda: read_onnx(content)).network
    built, network = replace(built, network=stored), stored  # what was built is not held beside what was read back
    proof, target = clock.timed("certification", lambda: _certified(problem, stored))
    scales = stored.hidden[0].input_scales
    certificate = Certificate.bind(proof, data, content, (target.radius, request.norm), stored.dtype, scales)
    asked = (problem.sep, target, setting.working)
    compared = None if extent is None else (spec, extent)
    summary = summarize(data, request, asked, (built, stored, certificate), found, pieces, compared)
    return Run(stored, found, certificate, summary, content)


def _certified(problem: Problem, stored: ReluNetwork) -> tuple[Certification, Target]:
    progress = problem.session.clock.stage("certification")
    if problem.request.own_radii:
        return certify_own(stored, problem.data, problem.sep, progress)
    return certify(stored, problem.data, problem.target.radius, norm=problem.request.norm, progress=progress), problem.target


def _within_depth(request: Request, spec: ConstructionSpec, plan: Plan) -> tuple[ConstructionSpec, Plan]:
    """Return the construction and plan that meet a depth budget; a named one keeps its name."""
    if request.max_depth is None or not spec.by_budget:
        return spec, plan
    chosen, plan = within_depth(plan, request.max_depth)
    return (spec if request.construction is not None else chosen), plan


def _watched(plan: Plan, spec: ConstructionSpec, clock: Clock) -> Plan:
    """Return the plan whose layers are reported against the depth that the construction's formula expects."""
    classes = plan.labels if plan.prototypes is None else plan.prototypes.classes
    sizes = np.bincount(classes, minlength=plan.n_classes).tolist()
    ratio = min(2 * plan.radius / plan.distance, 1.0)
    expected = max(1, spec.depth(Extent(sizes, len(classes), plan.map_rank, ratio, plan.lanes)))
    report, step = clock.stage("construction"), max(1, expected // 100)

    def on_layer(layers: int) -> None:
        if layers % step == 0:
            report(min(1.0, layers / expected))

    return replace(plan, on_layer=on_layer)


def _check_budgets(request: Request, built: Construction) -> None:
    """Refuse a network that is wider or deeper than allowed."""
    width, depth = built.network.width, built.network.depth
    for name, size, most in (("width", width, request.width), ("max_depth", depth, request.max_depth)):
        if most is not None and size > most:
            raise InputError(
                f"{name} {most} is out of reach: {built.name} with {built.n_pieces} pieces has width {width} and depth "
                f"{depth}; allow more of one or the other"
            )


def _extent(setting: Setting, found: PreservingMap) -> Extent:
    data = setting.problem.data
    images = data.points @ found.matrix.T
    counts = [len(np.unique(images[data.labels == c], axis=0)) for c in range(data.n_classes)]
    return Extent(counts, sum(counts), found.rank, 2 * setting.working.target.radius / found.distance_lower)


def _scaled(network: ReluNetwork, data: Dataset) -> ReluNetwork:
    """Return the network whose file reads features that are not divided by their scales, where that is exact."""
    try:
        return network.scaled(data.feature_scales)
    except InputError:  # a weight divided by its scale leaves the float format: the file reads scaled features
        return network


def _metadata(data: Dataset, built: Construction, target: Target, request: Request) -> dict[str, str]:
    """Return what is written into the ONNX file beside the network."""
    return {
        "classes": json.dumps(list(data.classes)),
        "label_values": json.dumps(data.values.tolist()),
        "construction": built.name,
        "theorem": built.theorem,
        "radius": repr(target.radius),
        "norm": norm_name(request.norm),
        "logwidth_version": version("logwidth"),
        **described(data),
        **({} if request.reject is None else {"none_value": repr(none_value(data.values)), "reject": repr(request.reject)}),
    }
