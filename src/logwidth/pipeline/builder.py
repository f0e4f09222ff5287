"""Building on a map: which pieces decide, how they are kept, and how much room each sample's own radius is given."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from logwidth.compute.step_cache import Arrays, Codec, digest_of
from logwidth.construct import (
    BOXES,
    FOLDED,
    FOLDED_LIST,
    LATTICE,
    ConstructionSpec,
    Folds,
    NoListError,
    Plan,
    Prototypes,
    Pruning,
    Reject,
    can_share,
    cover_work,
)
from logwidth.dataset import none_value
from logwidth.maps import PreservingMap, check_map
from logwidth.pipeline.assembly import assemble
from logwidth.pipeline.map_selection import Choice
from logwidth.pipeline.problem import Setting
from logwidth.pipeline.run import Run, certified_or_none, first_certified, or_none

TURNED = "turned"
MOST_WORK = 1e13  # multiplications of a greedy cover: an hour
REACH = 0.55  # of a sample's distance to the nearest opposite one: how far its own radius may go by the nearest piece
FARTHEST = 1.0  # by cells, which hold more than the points nearest to their samples; no radius goes farther
SINGLE = "cells"  # the construction whose cells may hold one sample each, where many cost too much precision
Room = NDArray[np.float64] | None


def chosen_prototypes(kind: str, pruning: Pruning, progress: Callable[[float], None]) -> Prototypes | None:
    """Return the prototypes of a kind ('least', 'cover', 'all'); None stands for all samples, also where N is too large.

    TURNED stands for few pieces with a map of the plan's rank that is moved with them; None where nothing is gained by it.
    """
    if kind == TURNED:
        return pruning.with_new_map(progress)
    if kind == "least":
        return pruning.pruned(progress)
    if kind == "all" or cover_work(pruning.plan) > MOST_WORK:
        return None
    return pruning.cover()


def _as_arrays(found: Prototypes | None) -> Arrays:
    """Return prototypes as arrays, all empty for none."""
    none = np.empty((0, 0))
    if found is None:
        return dict.fromkeys(("points", "offsets", "classes", "gap", "matrix"), none)
    pieces = {"points": found.centres, "offsets": found.offsets, "classes": found.classes, "gap": np.array(found.gap)}
    return {**pieces, "matrix": none if found.matrix is None else found.matrix}


def _of_arrays(kept: Arrays) -> Prototypes | None:
    if not kept["classes"].size:
        return None
    matrix = kept["matrix"] if kept["matrix"].size else None
    return Prototypes(kept["points"], kept["offsets"], kept["classes"], float(kept["gap"]), matrix)


PROTOTYPES = Codec[Prototypes | None](_as_arrays, _of_arrays)


def build(choice: Choice) -> Run:
    """Return the first certified of a few ways to build on a map, else the last one.

    With the pieces asked for and room for every sample's own radius, the least pieces first on a map that is moved with
    them; then with all samples as pieces; then, where that costs too much precision, with less room, at last for the
    wanted radius alone.

    Raises InputError where none can be built: what the first way, that of the fewest pieces, was refused for.
    """
    return first_certified(partial(_tried, choice, pieces, room) for pieces, room in _ways(choice))


def build_on_folds(setting: Setting, start: PreservingMap, spec: ConstructionSpec, folds: Folds) -> Run:
    """Return the network with folds: of lists, of cells that hold many samples, or of all scores where none are certified.

    `start` is the linear map that they began with. Raises InputError where the folds cannot be built.
    """
    plan = replace(_plan(setting, start, None), folds=folds)
    if spec is FOLDED_LIST:
        return assemble(setting, plan, start, spec, "all")
    if setting.problem.request.pieces == "least":
        run = certified_or_none(lambda: assemble(setting, plan, start, FOLDED, "all"))
        if run is not None:
            return run
    return assemble(setting, replace(plan, share_cells=False), start, FOLDED, "all")


def build_in_boxes(setting: Setting, found: PreservingMap, spec: ConstructionSpec = BOXES) -> Run:
    """Return the network of boxes along the features, or of balls around the samples; `found` is the identity."""
    request = setting.problem.request
    given = request.radius_per_feature
    radii = None if given is None or isinstance(given, str) else np.array(given)
    far = None if request.reject is None else Reject(request.reject, none_value(setting.problem.data.values))
    plan = replace(_plan(setting, found, None), max_depth=request.max_depth, radii=radii, reject=far)
    return assemble(setting, plan, found, spec, spec.name)


def build_shared_cells(choice: Choice, depth: int) -> Run | None:
    """Return the certified network of cells that hold many samples, None where there is none less deep than `depth`."""
    setting = choice.setting
    for room in (FARTHEST * setting.problem.sep.sample_upper, None):
        plan = _plan(setting, choice.found, room)
        if not can_share(plan):
            return None
        run = or_none(partial(_once, setting, plan, choice.found, choice.spec, "all"))
        if run is None or run.network.depth >= depth:
            return None
        if run.certificate.holds:
            return run
    return None


def build_on_lattice(setting: Setting, found: PreservingMap) -> Run:
    """Return the network of a lattice along directions of its own, or along the rows of a map that is not the identity."""
    plan = replace(_plan(setting, found, None), max_depth=setting.problem.request.max_depth)
    return assemble(setting, plan, found, LATTICE, LATTICE.name)


def pieces_needed(setting: Setting, kind: str, found: PreservingMap) -> int:
    """Return how many pieces of a kind serve all balls on a map."""
    prototypes = _prototypes(setting, kind, _plan(setting, found, _wide(setting)))
    return setting.problem.data.n_samples if prototypes is None else len(prototypes.classes)


def cover_work_on(setting: Setting, found: PreservingMap) -> float:
    """Return about the multiplications that a greedy cover on a map takes."""
    return cover_work(_plan(setting, found, None))


def _wide(setting: Setting) -> NDArray[np.float64]:
    return REACH * setting.problem.sep.sample_upper


def _ways(choice: Choice) -> Iterator[tuple[str, Room]]:
    """Yield kinds of pieces, each with the room for every sample's own radius."""
    setting, spec, request = choice.setting, choice.spec, choice.setting.problem.request
    wide = _wide(setting)
    if not (spec.decides_by_nearest or spec.reference):
        yield "all", FARTHEST * setting.problem.sep.sample_upper
    if spec.by_scores and request.pieces != "all" and not request.own_radii:
        if choice.turning and request.pieces == "least" and setting.working.norm == 2.0:
            yield TURNED, wide
        yield request.pieces, wide
    yield "all", wide
    if spec.name == SINGLE:
        yield SINGLE, wide
    yield "all", None


def _tried(choice: Choice, pieces: str, room: Room) -> Run | None:
    """Return the run of one way; None where the map is to be moved with the pieces and nothing is gained by it."""
    setting, found, spec = choice.setting, choice.found, choice.spec
    plan = _plan(setting, found, room)
    if pieces == SINGLE:
        return _once(setting, replace(plan, share_cells=False), found, spec, "all")
    if pieces != TURNED:
        prototypes = _prototypes(setting, pieces, plan)
        kind = "all" if prototypes is None else pieces
        return _once(setting, replace(plan, prototypes=prototypes), found, spec, kind)
    prototypes = _prototypes(setting, TURNED, plan)
    if prototypes is None or prototypes.matrix is None:
        return None
    moved = check_map(
        setting.problem.data,
        prototypes.matrix,
        norm=found.norm,
        method="moved with the pieces",
        separation=setting.working.sep,
    )
    plan = replace(_plan(setting, moved, room), prototypes=prototypes)
    return _once(setting, plan, moved, spec, setting.problem.request.pieces)


def _once(setting: Setting, plan: Plan, found: PreservingMap, spec: ConstructionSpec, pieces: str) -> Run:
    """Build, unless the same was built before and not certified, or peeling got stuck on the same images."""
    memo, reach = setting.problem.session.memo, None if plan.reach is None else plan.reach.tobytes()
    key = spec.name, plan.lanes, plan.share_cells, setting.working.norm, plan.matrix.tobytes(), pieces, plan.radius, reach
    run, images = memo.runs.get(key), (spec.name, *key[3:5], plan.radius)
    if images in memo.stuck:
        raise memo.stuck[images]
    if run is None:
        try:
            run = assemble(setting, plan, found, spec, pieces)
        except NoListError as refused:
            memo.stuck[images] = refused
            raise
        memo.keep(key, run)
    return run


def _plan(setting: Setting, found: PreservingMap, room: Room) -> Plan:
    data, working, request = setting.problem.data, setting.working, setting.problem.request
    return Plan(
        data.points,
        data.labels,
        data.values,
        found.matrix,
        working.target.radius,
        found.distance_lower,
        request.dtype,
        working.norm,
        found.image_norm,
        reach=room,
        lanes=request.lanes,
        near=working.sep.neighbor,
    )


def _prototypes(setting: Setting, kind: str, plan: Plan) -> Prototypes | None:
    """Return the pieces of a kind, found before or now; None for all samples."""
    if kind == "all":
        return None
    session, request = setting.problem.session, setting.problem.request
    memo, clock = session.memo, session.clock
    of_plan = plan.matrix.tobytes(), plan.reach is None, setting.working.norm, plan.radius, plan.dtype
    key = (kind, *of_plan)
    if key not in memo.pieces:
        stage = clock.stage("pieces")
        name = f"pieces {digest_of(key)[:12]}"
        pruning = memo.prunings.setdefault(of_plan, Pruning(plan, request.rng, request.effort, clock.say))
        memo.pieces[key] = clock.timed(
            "pieces", lambda: session.steps.recall(name, lambda: chosen_prototypes(kind, pruning, stage), PROTOTYPES)
        )
    return memo.pieces[key]
