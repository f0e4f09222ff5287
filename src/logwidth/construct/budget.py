"""The narrowest construction within a depth."""

from dataclasses import replace

from logwidth.construct.catalogue import RECIPES, Extent, Recipe
from logwidth.construct.collapse import testing_order
from logwidth.construct.lanes import fewest_lanes, lane_layers
from logwidth.construct.plan import Plan
from logwidth.construct.prototypes import piece_counts
from logwidth.errors import InputError


def within_depth(plan: Plan, max_depth: int) -> tuple[Recipe, Plan]:
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
    for recipe in RECIPES.values():
        if not recipe.by_scores or plan.dtype not in recipe.dtypes or not recipe.serves(sizes):
            continue
        ordered = [sizes[c] for c in testing_order(plan)] if recipe.name == "collapse" else sizes
        extent = Extent(ordered, sum(sizes), plan.map_rank, 2 * plan.radius / plan.distance, lanes)
        if recipe.depth(extent) <= max_depth:
            fitting.append((recipe.width(extent), recipe.depth(extent), recipe.name))
    return RECIPES[min(fitting)[2]], replace(plan, lanes=lanes)
