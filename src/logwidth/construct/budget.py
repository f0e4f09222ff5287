"""The narrowest construction within a depth."""

from dataclasses import replace

from logwidth.construct.catalogue import CONSTRUCTIONS, ConstructionSpec, Extent
from logwidth.construct.plan import Plan
from logwidth.construct.scores.collapse import testing_order
from logwidth.construct.scores.lanes import fewest_lanes, lane_layers
from logwidth.construct.scores.prototypes import piece_counts
from logwidth.errors import InputError


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
