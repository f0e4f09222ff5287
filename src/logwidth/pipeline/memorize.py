"""The main job: the only place where the rooms meet. Wiring and retry policy, no mathematics."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import Certificate, LowerBound, Outcome, certify, read_onnx
from logwidth.construct import Construction, Extent, Plan, Recipe, recipe_named, recipes_for
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import check_storable, to_onnx, write_run
from logwidth.maps import PreservingMap, check_map, search_map, smallest_rank_map
from logwidth.network import ReluNetwork
from logwidth.norms import norm_name, parse_norm
from logwidth.pipeline.line import LINE, line_goal, line_map
from logwidth.pipeline.lower import width_excluded
from logwidth.pipeline.reference import Ground, containing_ground, paper_map
from logwidth.rounding import float_format
from logwidth.separation import Goal, Separation, goal_of, separation
from logwidth.theory import paper_depth, paper_width

ATTEMPTS = 4
REACH = 0.55  # of a sample's distance to the nearest opposite one: as far as its own radius may go
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Request:
    """What the user asks for: `ratio` or `radius`, and optionally a width budget, a construction, a float format."""

    ratio: float | None = None
    radius: float | None = None
    norm: float = 2.0
    width: int | None = None
    construction: str | None = None
    dtype: str = "float32"
    seed: int = 0
    checkpoint: str | os.PathLike[str] | None = None


@dataclass(frozen=True, eq=False)
class Run:
    """What was built: the stored network, its map, its certificate, and the summary that is printed.

    `onnx` holds the bytes of the network's file; `network` was read back from them and is what was certified.
    `width_certificate` proves the summary's `width_lower` (None: not computed, or the trivial 1).
    """

    network: ReluNetwork
    map: PreservingMap
    certificate: Certificate
    summary: dict[str, Any]
    onnx: bytes
    width_certificate: LowerBound | None = None

    def save(self, directory: str | os.PathLike[str]) -> Path:
        """Write `network.onnx`, `certificate.json`, `summary.json` and, if there is one, `width_certificate.json`.

        The run directory is written whole or not at all.
        """
        files = {
            "network.onnx": self.onnx,
            "certificate.json": self.certificate.to_json().encode(),
            "summary.json": (json.dumps(self.summary, indent=1, allow_nan=False) + "\n").encode(),
        }
        if self.width_certificate is not None:
            files["width_certificate.json"] = self.width_certificate.to_json().encode()
        return write_run(directory, files)


def memorize(  # noqa: PLR0913
    data: Dataset,
    *,
    ratio: float | None = None,
    radius: float | None = None,
    norm: object = 2,
    width: int | None = None,
    construction: str | None = None,
    dtype: str = "float32",
    rng: int = 0,
    start: PreservingMap | None = None,
    bracket: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> Run:
    """Compile `data` into a ReLU network that is certified to answer right on every ball `B_p(x_i, radius)`.

    `ratio = 2 radius/δ ∈ (0, 1)` or `radius` says how large the balls are. The map of least rank that the search finds
    is used; with a budget `width` the first construction that fits. `construction` names one (a key of
    `construct.RECIPES`, or 'line', the contrast that is not robust, which needs no ratio and is always in float64);
    `dtype` is the float format in which the network is stored and certified. The same `rng` seed gives the same network.

    For other norms than ℓ2 the balls are also put into ℓ2 balls, `B_p(x, σ) ⊂ B_2(x, c_p^+ σ)`, unless a construction is
    named; if that network is narrower it is the result, certified in ℓp. The summary's `route` says 'direct' or 'l2 balls'.

    The result's certificate was made from the ONNX bytes and the data alone; `run.certificate.holds` says whether every
    ball is certified.

    `start` is a map to use if it keeps enough (by default one is searched for). With `bracket` the width is also bounded
    from below: `run.width_certificate` proves the summary's `width_lower`. `checkpoint` names a file from which a search for
    the map that was killed goes on.

    Raises InputError when the request cannot be met; the message says what can be reached.
    """
    request = Request(ratio, radius, parse_norm(norm), width, construction, dtype, rng, checkpoint)
    job = _Job(data, request, start, progress or _silent)
    return job.run(bracket=bracket)


class _Job:
    """One run of the main job; `contained`: built for ℓ2 balls around the balls."""

    def __init__(
        self, data: Dataset, request: Request, start: PreservingMap | None, progress: Progress, *, contained: bool = False
    ) -> None:
        self.data, self.request, self.start, self.progress = data, request, start, progress
        self.contained = contained
        self.on_line = request.construction == LINE
        if self.on_line:  # float32 cannot hold the gaps of a line
            self.request = replace(request, dtype="float64")
        self.seconds: dict[str, float] = {}
        self.recipes = self._recipes()

    def run(self, *, bracket: bool) -> Run:
        """Separate, find a map, build, store, certify; ask for a better map while the margin is too small."""
        started = time.perf_counter()
        sep = self._timed("separation", lambda: separation(self.data, self.request.norm, progress=self._stage("separation")))
        found, goal = self._line(sep) if self.on_line else (None, self._goal(sep))
        run = self._either(sep, goal) if self._has_choice() else self._made(found, sep, goal)
        if bracket and run.certificate.holds:
            run = self._bounded(run, sep)
        run.summary["seconds"] = {**self.seconds, "total": time.perf_counter() - started}
        return run

    def _has_choice(self) -> bool:
        """Return whether ℓ2 balls around the balls are another way, and the user leaves it open."""
        named = self.request.construction is not None or self.start is not None
        return self.request.norm != 2.0 and not (named or self.contained)

    def _either(self, sep: Separation, goal: Goal) -> Run:
        """Return the network for the balls or that for the ℓ2 balls around them, whichever is certified and narrower."""
        direct, problem = None, None
        try:
            direct = self._made(None, sep, goal)
        except InputError as refused:
            problem = refused
        width = self.request.width if direct is None or not direct.certificate.holds else direct.network.width - 1
        request = replace(self.request, width=width, checkpoint=None)
        try:
            contained = _Job(self.data, request, None, self.progress, contained=True)._made(None, sep, goal)
        except InputError:
            contained = None
        if contained is not None and (contained.certificate.holds or direct is None):
            return contained
        if direct is None:
            assert problem is not None
            raise problem
        return direct

    def _made(self, found: PreservingMap | None, sep: Separation, goal: Goal) -> Run:
        """Find a map, build on it, certify; ask for a better map while the margin is too small."""
        self.ground = self._ground(sep, goal)
        found = found or self._timed("map", self._least_map)
        for _ in range(ATTEMPTS):
            run, found = self._build_on(found, sep, goal)
            if run.certificate.holds:
                break
            better = self._better_map(run, found, goal)
            if better is None:
                break
            found = better
        return run

    def _goal(self, sep: Separation) -> Goal:
        return goal_of(sep, ratio=self.request.ratio, radius=self.request.radius)

    def _line(self, sep: Separation) -> tuple[PreservingMap, Goal]:
        request = self.request
        found = self._timed("map", lambda: line_map(self.data, sep, request.seed))
        return found, line_goal(sep, found, request.ratio, request.radius)

    def _ground(self, sep: Separation, goal: Goal) -> Ground:
        """Return in which norm map and network are made: the request's, or ℓ2 around it for what serves ℓ2 only."""
        norm = self.request.norm
        if self.recipes[0].reference or self.contained:
            return containing_ground(self.data, norm, goal, sep, self.recipes[0].name)
        return Ground(norm, sep, goal)

    def _bounded(self, run: Run, sep: Separation) -> Run:
        """Return the run with the certificate that its width cannot be below `width_lower`."""
        proof = self._timed(
            "width from below",
            lambda: width_excluded(self.data, run.certificate.radius, run.map.rank, sep, progress=self.progress),
        )
        summary = {**run.summary, "width_lower": 1 if proof is None else proof.width_lower}
        return replace(run, summary=summary, width_certificate=proof)

    def _recipes(self) -> list[Recipe]:
        """Return the constructions that may be used, preferred first; refuse what cannot be met."""
        request = self.request
        float_format(request.dtype)
        if self.on_line:
            return [recipe_named("cells")]
        sizes = np.bincount(self.data.labels).tolist()
        recipes = recipes_for(request.dtype, sizes, 2.0 if self.contained else request.norm)
        if request.construction is not None:
            named = recipe_named(request.construction)
            if named not in recipes and named.home == 2.0 and named in recipes_for(request.dtype, sizes):
                self.contained, recipes = True, [named]
            if named not in recipes:
                raise InputError(
                    f"the construction {named.name} is not available for {request.dtype}, {self.data.n_classes} classes and "
                    f"l{norm_name(request.norm)} balls; available are: {', '.join(recipe.name for recipe in recipes)}"
                )
            recipes = [named]
        else:
            recipes = [recipe for recipe in recipes if not recipe.reference]
        least = 1 + min(recipe.extra_width for recipe in recipes)
        if request.width is not None and request.width < least:
            raise InputError(f"the width must be at least {least} for these data, not {request.width}")
        return recipes

    def _least_map(self) -> PreservingMap:
        budget, request, goal = self._largest_rank(), self.request, self.ground.goal
        if self.start is not None and self.start.rank <= budget and self.start.ratio_lower > goal.ratio:
            return self.start
        if self.recipes[0].reference:
            return paper_map(self.data, self.ground, request.width, request.seed, self.progress)
        try:
            return smallest_rank_map(
                self.data,
                goal.ratio,
                norm=self.ground.norm,
                rng=request.seed,
                max_rank=budget,
                separation=self.ground.sep,
                checkpoint=request.checkpoint,
                progress=self.progress,
            )
        except InputError as problem:
            if request.width is None or not 0.0 < goal.ratio < 1.0:
                raise
            raise InputError(f"width {request.width} is too small for ratio {goal.ratio:.6g}: {problem}") from problem

    def _largest_rank(self) -> int:
        if self.request.width is None:
            return self.data.n_features
        return min(self.data.n_features, self.request.width - min(recipe.extra_width for recipe in self.recipes))

    def _recipe(self, rank: int) -> Recipe:
        """Return the preferred construction that fits the width budget at this rank."""
        budget = self.request.width
        fitting = [recipe for recipe in self.recipes if budget is None or rank + recipe.extra_width <= budget]
        return fitting[0]

    def _build_on(self, found: PreservingMap, sep: Separation, goal: Goal) -> tuple[Run, PreservingMap]:
        """Build on a map; where it keeps balls apart but no construction can use it, build on a better one.

        For ℓ2 that is the best map of the same rank that the search finds, for other norms the identity.
        """
        try:
            return self._build(found, sep, goal), found
        except InputError:
            if self.ground.norm == 2.0 and self._recipe(found.rank).name == "list":
                found = search_map(
                    self.data, found.rank, rng=self.request.seed, separation=self.ground.sep, start=found,
                    progress=self.progress,
                )  # fmt: skip
                return self._build(found, sep, goal), found
            if (
                self.on_line
                or self.ground.norm == 2.0
                or found.method == "identity"
                or self._largest_rank() < self.data.n_features
            ):
                raise
        identity = np.eye(self.data.n_features)  # keeps all distances in every norm
        found = check_map(self.data, identity, norm=self.request.norm, method="identity", separation=sep)
        return self._build(found, sep, goal), found

    def _build(self, found: PreservingMap, sep: Separation, goal: Goal) -> Run:
        """Build with room for every sample's own radius; where that costs too much precision, for the wanted one alone."""
        run = self._build_within(found, sep, goal, REACH * sep.sample_upper)
        return run if run.certificate.holds else self._build_within(found, sep, goal, None)

    def _build_within(self, found: PreservingMap, sep: Separation, goal: Goal, reach: NDArray[np.float64] | None) -> Run:
        data, request, ground = self.data, self.request, self.ground
        plan = Plan(
            data.points,
            data.labels,
            data.values,
            found.matrix,
            ground.goal.radius,
            found.distance_lower,
            request.dtype,
            ground.norm,
            found.image_norm,
            reach=reach,
        )
        recipe = self._recipe(found.rank)
        if recipe.reference:
            extent = self._reference_extent(found)
            check_storable(recipe.depth(extent), recipe.width(found.rank, extent.pieces), data.n_features, request.dtype)
        built = self._timed("construction", lambda: recipe.build(plan))
        built = replace(built, name=LINE) if self.on_line else built
        content = self._timed("export", lambda: to_onnx(built.network, self._metadata(built, goal)))
        stored = self._timed("export", lambda: read_onnx(content)).network
        proof = self._timed(
            "certification",
            lambda: certify(stored, data, goal.radius, request.norm, progress=self._stage("certification")),
        )
        certificate = Certificate.bind(proof, data, content, (goal.radius, request.norm), stored.dtype)
        summary = self._summary(built, stored, certificate, (sep, goal), found)
        if recipe.reference:
            summary |= self._beside(recipe, found)
        return Run(stored, found, certificate, summary, content)

    def _reference_extent(self, found: PreservingMap) -> Extent:
        images = self.data.points @ found.matrix.T
        counts = [len(np.unique(images[self.data.labels == c], axis=0)) for c in range(self.data.n_classes)]
        return Extent(counts, sum(counts), found.rank, 2 * self.ground.goal.radius / found.distance_lower)

    def _beside(self, recipe: Recipe, found: PreservingMap) -> dict[str, Any]:
        """Return the depth that the reference's formula says, and the register network that gives the same guarantee."""
        extent, register = self._reference_extent(found), recipe_named("register")
        return {
            "formula_depth": recipe.depth(extent),
            "voronoi_width": register.width(found.rank, extent.pieces),
            "voronoi_depth": register.depth(extent),
        }

    def _better_map(self, run: Run, found: PreservingMap, goal: Goal) -> PreservingMap | None:
        """Return a map that keeps what the certificate fell short of, None if there is none left."""
        radii = run.certificate.radius_lower
        short = self.ground.goal.ratio * (1.0 - max(float(radii.min()), 0.5 * goal.radius) / goal.radius)
        wanted = found.ratio_lower + 1.5 * short
        if self.recipes[0].reference or self.on_line:
            return None
        if wanted >= 1.0 and found.rank >= self._largest_rank():
            return None
        for rank in range(found.rank, self._largest_rank() + 1):
            better = search_map(
                self.data, rank, norm=self.ground.norm, rng=self.request.seed, separation=self.ground.sep, start=found,
                wanted_ratio=min(wanted, 1.0), progress=self.progress,
            )  # fmt: skip
            if better.ratio_lower >= min(wanted, 1.0 - 1e-6):
                return better
        return None

    def _metadata(self, built: Construction, goal: Goal) -> dict[str, str]:
        return {
            "classes": json.dumps(list(self.data.classes)),
            "label_values": json.dumps(self.data.values.tolist()),
            "construction": built.name,
            "theorem": built.theorem,
            "radius": repr(goal.radius),
            "norm": norm_name(self.request.norm),
            "logwidth_version": version("logwidth"),
        }

    def _summary(
        self,
        built: Construction,
        stored: ReluNetwork,
        certificate: Certificate,
        target: tuple[Separation, Goal],
        found: PreservingMap,
    ) -> dict[str, Any]:
        data, (sep, goal) = self.data, target
        return {
            "n_samples": data.n_samples,
            "n_features": data.n_features,
            "n_classes": data.n_classes,
            "norm": norm_name(self.request.norm),
            "delta": sep.lower,
            "radius": goal.radius,
            "ratio": goal.ratio,
            "construction": built.name,
            "route": "direct" if self.ground.norm == self.request.norm else "l2 balls",
            "map_rank": built.map_rank,
            "map_ratio_lower": found.ratio_lower,
            "map_method": found.method,
            "width": stored.width,
            "depth": stored.depth,
            "n_nonzero": stored.n_nonzero,
            "n_pieces": built.n_pieces,
            "width_lower": None,
            "paper_width": paper_width(data.n_features),
            "paper_depth": paper_depth(data.n_samples, data.n_features, goal.ratio) if self.request.norm == 2.0 else None,
            "dtype": stored.dtype,
            "label_rule": certificate.rule,
            "certified": certificate.count(Outcome.CERTIFIED),
            "falsified": certificate.count(Outcome.FALSIFIED),
            "undecided": certificate.count(Outcome.UNDECIDED),
            "radius_lower_min": float(certificate.radius_lower.min()),
            "radius_lower_median": float(np.median(certificate.radius_lower)),
            "seed": self.request.seed,
            "seconds": {},
            "logwidth_version": version("logwidth"),
            "data_source": None if data.source is None else data.source.to_json(),
            "data_sha256": certificate.data_sha256,
            "network_sha256": certificate.network_sha256,
        }

    def _timed(self, stage: str, work: Callable[[], Any]) -> Any:
        started = time.perf_counter()
        self.progress(stage, 0.0)
        result = work()
        self.progress(stage, 1.0)
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
        return result

    def _stage(self, name: str) -> Callable[[float], None]:
        return lambda fraction: self.progress(name, fraction)


def _silent(_stage: str, _fraction: float) -> None:
    """Ignore progress."""
