"""Building on a map: plan, pieces, network, ONNX bytes, and the certificate of what was read back from them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import Certificate, Certification, certify, read_onnx
from logwidth.construct import FOLDED, Construction, Extent, Folds, Plan, Prototypes, Recipe, cover_work, within_depth
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import check_storable, to_onnx
from logwidth.maps import PreservingMap, check_map
from logwidth.network import ReluNetwork
from logwidth.norms import norm_name
from logwidth.pipeline.clock import Clock
from logwidth.pipeline.line import LINE
from logwidth.pipeline.memo import Memo
from logwidth.pipeline.own import certify_own, own_numbers
from logwidth.pipeline.pieces import TURNED, chosen_prototypes
from logwidth.pipeline.record import Record
from logwidth.pipeline.reference import Ground
from logwidth.pipeline.run import Request, Run
from logwidth.pipeline.summary import beside_reference, summarize
from logwidth.separation import Goal, Separation

REACH = 0.55  # of a sample's distance to the nearest opposite one: how far its own radius may go by the nearest piece
FARTHEST = 1.0  # by cells, which hold more than the points nearest to their samples; no radius goes farther
SINGLE = "cells"  # the construction whose cells may hold one sample each, where many cost too much precision
Way = tuple[str, NDArray[np.float64] | None]


class Workbench:
    """Builds networks for one goal; `ground` says in which norm, `sep` and `goal` are those of the request."""

    def __init__(
        self, data: Dataset, request: Request, target: tuple[Separation, Goal, Ground], kept: tuple[Clock, Record, Memo]
    ) -> None:
        self.data, self.request = data, request
        self.clock, self.record, self.memo = kept
        self.sep, self.goal, self.ground = target
        self.turning = request.pieces == "least" and self.ground.norm == 2.0

    def build(self, found: PreservingMap, recipe: Recipe) -> Run:
        """Return the first certified of a few ways to build on a map, else the last one.

        With the pieces asked for and room for every sample's own radius, the least pieces first on a map that is moved with
        them; then with all samples as pieces; then, where that costs too much precision, with less room, at last for the
        wanted radius alone.

        Raises InputError where none can be built: what the first way, that of the fewest pieces, was refused for.
        """
        run, refused = None, None
        for pieces, reach in self._ways(recipe):
            try:
                run = self._tried(found, recipe, pieces, reach) or run
            except InputError as problem:
                refused = refused or problem
                continue
            if run is not None and run.certificate.holds:
                break
        if run is None:
            assert refused is not None
            raise refused
        return run

    def fewest(self, kind: str, found: PreservingMap) -> int:
        """Return how many pieces of a kind serve all balls on a map."""
        prototypes = self._prototypes(kind, self._plan(found, self._wide))
        return self.data.n_samples if prototypes is None else len(prototypes.classes)

    def cover_work(self, found: PreservingMap) -> float:
        """Return about the multiplications that a greedy cover on a map takes."""
        return cover_work(self._plan(found, None))

    @property
    def _wide(self) -> NDArray[np.float64]:
        return REACH * self.sep.sample_upper

    def _ways(self, recipe: Recipe) -> Iterator[Way]:
        wide = self._wide
        if not (recipe.decides_by_nearest or recipe.reference):
            yield "all", FARTHEST * self.sep.sample_upper
        if recipe.by_scores and self.request.pieces != "all" and not self.request.own_radii:
            if self.turning:
                yield TURNED, wide
            yield self.request.pieces, wide
        yield "all", wide
        if recipe.name == SINGLE:
            yield SINGLE, wide
        yield "all", None

    def _tried(self, found: PreservingMap, recipe: Recipe, pieces: str, reach: NDArray[np.float64] | None) -> Run | None:
        """Return the run of one way; None where the map is to be moved with the pieces and nothing is gained by it."""
        plan = self._plan(found, reach)
        if pieces == SINGLE:
            return self._once(replace(plan, share_cells=False), found, recipe, "all")
        if pieces != TURNED:
            prototypes = self._prototypes(pieces, plan)
            kind = "all" if prototypes is None else pieces
            return self._once(replace(plan, prototypes=prototypes), found, recipe, kind)
        prototypes = self._prototypes(TURNED, plan)
        if prototypes is None or prototypes.matrix is None:
            return None
        moved = check_map(
            self.data, prototypes.matrix, norm=found.norm, method="moved with the pieces", separation=self.ground.sep
        )
        return self._once(replace(self._plan(moved, reach), prototypes=prototypes), moved, recipe, self.request.pieces)

    def on_folds(self, start: PreservingMap, folds: Folds) -> Run:
        """Return the network with folds; `start` is the linear map that they began with."""
        return self._build(replace(self._plan(start, None), folds=folds), start, FOLDED, "all")

    def _once(self, plan: Plan, found: PreservingMap, recipe: Recipe, pieces: str) -> Run:
        """Build, unless the same was built before and not certified."""
        reach = None if plan.reach is None else plan.reach.tobytes()
        key = recipe.name, plan.lanes, plan.share_cells, self.ground.norm, plan.matrix.tobytes(), pieces, plan.radius, reach
        run = self.memo.runs.get(key)
        if run is None:
            run = self._build(plan, found, recipe, pieces)
            self.memo.keep(key, run)
        return run

    def _plan(self, found: PreservingMap, reach: NDArray[np.float64] | None) -> Plan:
        data, ground = self.data, self.ground
        return Plan(
            data.points,
            data.labels,
            data.values,
            found.matrix,
            ground.goal.radius,
            found.distance_lower,
            self.request.dtype,
            ground.norm,
            found.image_norm,
            reach=reach,
            lanes=self.request.lanes,
        )

    def _prototypes(self, kind: str, plan: Plan) -> Prototypes | None:
        if kind == "all":
            return None
        key = kind, plan.matrix.tobytes(), plan.reach is None, self.ground.norm, plan.radius, plan.dtype
        if key not in self.memo.pieces:
            stage = self.clock.stage("pieces")
            self.memo.pieces[key] = self.clock.timed(
                "pieces",
                lambda: self.record.prototypes(lambda: chosen_prototypes(kind, plan, self.request.seed, stage)),
            )
        return self.memo.pieces[key]

    def _build(self, plan: Plan, found: PreservingMap, recipe: Recipe, pieces: str) -> Run:
        data, request, goal, clock = self.data, self.request, self.goal, self.clock
        recipe, plan = self._within_depth(recipe, plan)
        extent = self._extent(found) if recipe.reference else None
        if extent is not None:
            check_storable(recipe.depth(extent), recipe.width(extent), data.n_features, request.dtype)
        built = clock.timed("construction", lambda: recipe.build(self._watched(plan, recipe)))
        built = replace(built, name=LINE) if request.construction == LINE else built
        self._check_budgets(built)
        network = _scaled(built.network, data)
        content = clock.timed("export", lambda: to_onnx(network, metadata(data, built, goal, request.norm)))
        stored = clock.timed("export", lambda: read_onnx(content)).network
        proof, goal = clock.timed("certification", lambda: self._certified(stored))
        scales = stored.hidden[0].input_scales
        certificate = Certificate.bind(proof, data, content, (goal.radius, request.norm), stored.dtype, scales)
        target = (self.sep, goal, self.ground)
        summary = summarize(data, request, target, (built, stored, certificate), found, pieces)
        if request.own_radii:
            summary |= own_numbers(certificate, self.sep)
        if extent is not None:
            summary |= beside_reference(recipe, extent)
        return Run(stored, found, certificate, summary, content)

    def _certified(self, stored: ReluNetwork) -> tuple[Certification, Goal]:
        progress = self.clock.stage("certification")
        if self.request.own_radii:
            return certify_own(stored, self.data, self.sep, progress)
        return certify(stored, self.data, self.goal.radius, self.request.norm, progress=progress), self.goal

    def _within_depth(self, recipe: Recipe, plan: Plan) -> tuple[Recipe, Plan]:
        """Return the construction and plan that meet a depth budget; a named one keeps its name."""
        most, named = self.request.max_depth, self.request.construction is not None
        if most is None or not recipe.by_budget:
            return recipe, plan
        chosen, plan = within_depth(plan, most)
        return (recipe if named else chosen), plan

    def _watched(self, plan: Plan, recipe: Recipe) -> Plan:
        """Return the plan whose layers are reported against the depth that the construction's formula expects."""
        classes = plan.labels if plan.prototypes is None else plan.prototypes.classes
        sizes = np.bincount(classes, minlength=plan.n_classes).tolist()
        ratio = min(2 * plan.radius / plan.distance, 1.0)
        expected = max(1, recipe.depth(Extent(sizes, len(classes), plan.map_rank, ratio, plan.lanes)))
        report, step = self.clock.stage("construction"), max(1, expected // 100)

        def on_layer(layers: int) -> None:
            if layers % step == 0:
                report(min(1.0, layers / expected))

        return replace(plan, on_layer=on_layer)

    def _check_budgets(self, built: Construction) -> None:
        """Refuse a network that is wider or deeper than allowed."""
        width, depth = built.network.width, built.network.depth
        for name, size, most in (("width", width, self.request.width), ("max_depth", depth, self.request.max_depth)):
            if most is not None and size > most:
                raise InputError(
                    f"{name} {most} is out of reach: {built.name} with {built.n_pieces} pieces has width {width} and depth "
                    f"{depth}; allow more of one or the other"
                )

    def _extent(self, found: PreservingMap) -> Extent:
        images = self.data.points @ found.matrix.T
        counts = [len(np.unique(images[self.data.labels == c], axis=0)) for c in range(self.data.n_classes)]
        return Extent(counts, sum(counts), found.rank, 2 * self.ground.goal.radius / found.distance_lower)


def _scaled(network: ReluNetwork, data: Dataset) -> ReluNetwork:
    """Return the network whose file reads features that are not divided by their scales, where that is exact."""
    try:
        return network.scaled(data.feature_scales)
    except InputError:  # a weight divided by its scale leaves the float format: the file reads scaled features
        return network


def metadata(data: Dataset, built: Construction, goal: Goal, norm: float) -> dict[str, str]:
    """Return what is written into the ONNX file beside the network."""
    return {
        "classes": json.dumps(list(data.classes)),
        "label_values": json.dumps(data.values.tolist()),
        "construction": built.name,
        "theorem": built.theorem,
        "radius": repr(goal.radius),
        "norm": norm_name(norm),
        "logwidth_version": version("logwidth"),
        **described(data),
    }


def described(data: Dataset) -> dict[str, str]:
    """Return what a file says of the columns that its features were made of; nothing for plain arrays."""
    columns = data.columns
    names = {} if columns.names is None else {"feature_names": json.dumps(list(columns.feature_names or ()))}
    label = {} if columns.label is None else {"label_name": columns.label}
    return {**names, **label, **({"columns": json.dumps(columns.to_json())} if columns.speaks else {})}
