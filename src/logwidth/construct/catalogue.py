"""The constructions by name, the formulas that their widths and depths equal, and the narrowest within a depth."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from logwidth.construct.boxes.balls import balls_depth, balls_width, build_balls
from logwidth.construct.boxes.boxes import boxes_depth, boxes_width, build_boxes
from logwidth.construct.cells.cells import build_cells, cells_width
from logwidth.construct.folded import build_folded, build_folded_list, folded_list_width, folded_width
from logwidth.construct.lattice.build import build_lattice, most_lattice_depth, most_lattice_width
from logwidth.construct.lattice_paper.build import LATTICE_PAPER
from logwidth.construct.lists.decision_list import build_list, list_depth, list_width
from logwidth.construct.nearest.chebyshev import build_chebyshev, chebyshev_depth, chebyshev_width
from logwidth.construct.nearest.minkowski import (
    build_manhattan,
    build_minkowski,
    manhattan_depth,
    manhattan_width,
    minkowski_depth,
    minkowski_width,
)
from logwidth.construct.plan import Construction, Plan
from logwidth.construct.scores.collapse import build_collapse, collapse_depth, collapse_width, testing_order
from logwidth.construct.scores.lanes import build_lanes, fewest_lanes, lane_layers
from logwidth.construct.scores.parallel import build_parallel, parallel_depth, parallel_width
from logwidth.construct.scores.prototypes import piece_counts
from logwidth.construct.scores.register import build_register, register_depth, register_width
from logwidth.construct.scores.sawtooth import build_sawtooth, sawtooth_depth, sawtooth_width
from logwidth.construct.scores.telescope import build_telescope, telescope_depth, telescope_width
from logwidth.errors import InputError, did_you_mean


@dataclass(frozen=True)
class Extent:
    """What a depth depends on: class sizes in the order of the tests, the pieces P, the map's rank m, the ratio kept.

    `lanes` is the number of running maxima per class, where there are several (None: one per piece).
    """

    sizes: Sequence[int]
    pieces: int
    map_rank: int
    ratio: float
    lanes: int | None = None


@dataclass(frozen=True)
class ConstructionSpec:
    """A construction: how to build it, and `width(extent)` and `depth(extent)` as its theorem has them.

    `extra_width` is the number of units beside the `m` coordinates; `dtypes` are the formats in which it is offered, and
    `serves` says for which class sizes. `home` is the norm whose balls it is made for; `any_norm` says that others may be
    asked for, where the builder refuses what it cannot reach; those for ℓ2 serve ℓp balls inside the ℓ2 balls of radius
    `c_p^+ σ`. `reference` says which exist to compare with: they are built only when named. `by_scores` says which
    decide by scores of prototypes, which need not be samples, and `by_budget` which trade width for depth: their width
    beside the coordinates depends on the budget, and they are built only when named or when a depth is asked for.
    """

    name: str
    build: Callable[[Plan], Construction]
    width: Callable[[Extent], int]
    depth: Callable[[Extent], int]
    extra_width: int
    dtypes: tuple[str, ...]
    serves: Callable[[Sequence[int]], bool] = lambda sizes: len(sizes) >= 2
    any_norm: bool = False
    reference: bool = False
    home: float = 2.0
    by_scores: bool = False
    by_budget: bool = False

    @property
    def decides_by_nearest(self) -> bool:
        """Whether the network gives the label of the nearest piece, also far beyond the balls that it is made for."""
        return self.by_scores or self.home != 2.0

    def serves_norm(self, norm: float) -> bool:
        """Return whether balls in this norm may be asked for."""
        return norm == self.home or self.any_norm


BOTH = ("float32", "float64")


def _by_rank(width: Callable[[int, int], int]) -> Callable[[Extent], int]:
    return lambda e: width(e.map_rank, e.pieces)


def _lane_layers(e: Extent) -> list[int]:
    return lane_layers(e.map_rank, e.sizes, e.lanes)


def _two_classes(sizes: Sequence[int]) -> bool:
    return len(sizes) == 2


def _nearest(
    name: str,
    build: Callable[..., Construction],
    width: Callable[..., int],
    depth: Callable[..., int],
    extra: int,
    *,
    home: float,
    any_norm: bool = True,
) -> tuple[ConstructionSpec, ConstructionSpec]:
    """Return a construction that decides by the nearest sample: with a register, and with a collapse for two classes."""
    plain, of_two = _by_rank(width), _by_rank(partial(width, collapse=True))
    kinds: dict[str, Any] = {"any_norm": any_norm, "home": home}
    return (
        ConstructionSpec(name, build, plain, lambda e: depth(e.pieces), extra, BOTH, **kinds),
        ConstructionSpec(
            f"{name}-collapse", partial(build, collapse=True), of_two, lambda e: depth(e.pieces, collapse=True), extra - 1,
            BOTH, serves=_two_classes, **kinds,
        ),
    )  # fmt: skip


CONSTRUCTIONS = {
    spec.name: spec
    for spec in (
        ConstructionSpec(
            "register", build_register, _by_rank(register_width), lambda e: register_depth(e.pieces), 3, BOTH, by_scores=True
        ),
        ConstructionSpec(
            "parallel", build_parallel, _by_rank(parallel_width), lambda e: parallel_depth(e.sizes), 2, ("float64",),
            serves=lambda sizes: len(sizes) == 2 and min(sizes) >= 2, by_scores=True,
        ),
        ConstructionSpec(
            "telescope", build_telescope, _by_rank(telescope_width), lambda e: telescope_depth(e.pieces), 2, ("float64",),
            by_scores=True,
        ),
        ConstructionSpec(
            "collapse", build_collapse, _by_rank(collapse_width), lambda e: collapse_depth(e.sizes), 2, BOTH, by_scores=True
        ),
        ConstructionSpec(
            "sawtooth", build_sawtooth, _by_rank(sawtooth_width), lambda e: sawtooth_depth(e.map_rank, e.pieces, e.ratio), 6,
            ("float32", "float64"), reference=True,
        ),
        ConstructionSpec(
            "lanes", build_lanes, lambda e: max(_lane_layers(e)), lambda e: len(_lane_layers(e)), 0, BOTH,
            by_scores=True, by_budget=True,
        ),
        ConstructionSpec("cells", build_cells, _by_rank(cells_width), lambda e: e.pieces + 2, 2, BOTH, any_norm=True),
        ConstructionSpec(
            "list", build_list, lambda e: list_width(e.map_rank, e.pieces, len(e.sizes)),
            lambda e: list_depth(e.pieces, len(e.sizes)), 1, BOTH, any_norm=True,
        ),
        *_nearest("chebyshev", build_chebyshev, chebyshev_width, chebyshev_depth, 3, home=math.inf),
        *_nearest("manhattan", build_manhattan, manhattan_width, manhattan_depth, 4, home=1.0, any_norm=False),
        *_nearest("minkowski", build_minkowski, minkowski_width, minkowski_depth, 5, home=3.0),
    )
}  # fmt: skip


FOLDED = ConstructionSpec(  # reads folds, which only a search for them has: not among those that any plan can ask for
    "folded", build_folded, _by_rank(folded_width), lambda e: collapse_depth(e.sizes) + 1, 2, BOTH
)
FOLDED_LIST = ConstructionSpec(  # the same with one hinge a fold and a list behind; how many rules it has only peeling tells
    FOLDED.name, build_folded_list, _by_rank(folded_list_width), lambda e: list_depth(e.pieces, len(e.sizes)) + 1, 1, BOTH
)
BOXES = ConstructionSpec(  # cut along the features, on no map; at most as deep as where every box has all its sides
    "boxes", build_boxes, lambda e: boxes_width(e.map_rank, e.lanes),
    lambda e: boxes_depth([2 * e.map_rank * -(-e.pieces // (e.lanes or 1))]), 2, BOTH, any_norm=True, home=math.inf,
)  # fmt: skip

LATTICE = ConstructionSpec(  # looks for its own directions; at most as wide and deep as where a wall parts every two samples
    "lattice", build_lattice, lambda e: most_lattice_width(e.map_rank, e.lanes),
    lambda e: most_lattice_depth(e.pieces), 0, BOTH, any_norm=True,
)  # fmt: skip

BALLS = ConstructionSpec(  # around every sample, on no map, for networks that reject; as deep as in l1
    "balls", build_balls, lambda e: balls_width(e.map_rank, e.lanes),
    lambda e: balls_depth(list(e.sizes), 2 * e.map_rank, e.lanes), 3, BOTH, any_norm=True, home=1.0,
)  # fmt: skip

KNOWN = (*CONSTRUCTIONS, FOLDED.name, BOXES.name, BALLS.name, LATTICE.name, LATTICE_PAPER)


def construction_named(name: str) -> ConstructionSpec:
    """Return the spec called `name`; raise InputError that lists the known ones."""
    if name == LATTICE_PAPER:
        raise InputError(f"{name} has numbers that no float holds: pipeline.memorize_exactly, or fit, builds it")
    if name not in CONSTRUCTIONS:
        raise InputError(f"unknown construction {name!r}{did_you_mean(name, KNOWN)}; known are: {', '.join(KNOWN)}")
    return CONSTRUCTIONS[name]


def constructions_for(dtype: str, class_sizes: Sequence[int], norm: float = 2.0) -> list[ConstructionSpec]:
    """Return the constructions for a float format, class sizes and a norm: the preferred one first, narrower ones after."""
    return [
        spec
        for spec in CONSTRUCTIONS.values()
        if dtype in spec.dtypes and spec.serves(class_sizes)
        if spec.serves_norm(norm) or spec.reference
    ]


def nearest_first(specs: Sequence[ConstructionSpec], norm: float) -> list[ConstructionSpec]:
    """Return those that decide by the nearest piece, the ones made for this norm or one like it first."""
    nearest = [spec for spec in specs if spec.decides_by_nearest]
    return sorted(nearest, key=lambda spec: (spec.home != norm, math.isinf(spec.home) != math.isinf(norm)))


def within_depth(plan: Plan, max_depth: int) -> tuple[ConstructionSpec, Plan]:
    """Return the narrowest construction of the plan's pieces with at most `max_depth` hidden layers, and its plan.

    Candidates are those that decide by scores of pieces: by their formulas, those of fixed width where their depth fits,
    and the fewest lanes that do.

    Raises InputError when not even one lane per piece is shallow enough.
    """
    sizes = piece_counts(plan)
    lanes = fewest_lanes(sizes, max_depth)
    if lanes is None:
        raise InputError(
            f"no network of {sum(sizes)} pieces in {len(sizes)} classes has depth {max_depth}; the least depth is "
            f"{len(lane_layers(plan.map_rank, sizes))}"
        )
    fitting = []
    for spec in CONSTRUCTIONS.values():
        if not spec.by_scores or plan.dtype not in spec.dtypes or not spec.serves(sizes):
            continue
        ordered = [sizes[c] for c in testing_order(plan)] if spec.name == "collapse" else sizes
        extent = Extent(ordered, sum(sizes), plan.map_rank, 2 * plan.radius / plan.distance, lanes)
        if spec.depth(extent) <= max_depth:
            fitting.append((spec.width(extent), spec.depth(extent), spec.name))
    return CONSTRUCTIONS[min(fitting)[2]], replace(plan, lanes=lanes)
