"""The constructions by name, and the formulas that their widths and depths equal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from logwidth.construct.cells import build_cells, cells_width
from logwidth.construct.collapse import build_collapse, collapse_depth, collapse_width
from logwidth.construct.parallel import build_parallel, parallel_depth, parallel_width
from logwidth.construct.plan import Construction, Plan
from logwidth.construct.register import build_register, register_depth, register_width
from logwidth.construct.sawtooth import build_sawtooth, sawtooth_depth, sawtooth_width
from logwidth.construct.telescope import build_telescope, telescope_depth, telescope_width
from logwidth.errors import InputError


@dataclass(frozen=True)
class Extent:
    """What a depth depends on: class sizes in the order of the tests, the pieces P, the map's rank m, the ratio kept."""

    sizes: Sequence[int]
    pieces: int
    map_rank: int
    ratio: float


@dataclass(frozen=True)
class Recipe:
    """A construction: how to build it, and `width(m, P)` and `depth(extent)` as its theorem has them.

    `extra_width` is the number of units beside the `m` coordinates; `dtypes` are the formats in which it is offered, and
    `serves` says for which class sizes; all serve ℓ2 balls, `any_norm` says which serve the others too, `reference` which
    exist to compare with: they are built only when named, and serve ℓp balls inside the ℓ2 balls of radius `c_p^+ σ`.
    """

    name: str
    build: Callable[[Plan], Construction]
    width: Callable[[int, int], int]
    depth: Callable[[Extent], int]
    extra_width: int
    dtypes: tuple[str, ...]
    serves: Callable[[Sequence[int]], bool] = lambda sizes: len(sizes) >= 2
    any_norm: bool = False
    reference: bool = False


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "register", build_register, register_width, lambda e: register_depth(e.pieces), 3, ("float32", "float64")
        ),
        Recipe(
            "parallel", build_parallel, parallel_width, lambda e: parallel_depth(e.sizes), 2, ("float64",),
            serves=lambda sizes: len(sizes) == 2 and min(sizes) >= 2,
        ),
        Recipe("telescope", build_telescope, telescope_width, lambda e: telescope_depth(e.pieces), 2, ("float64",)),
        Recipe(
            "collapse", build_collapse, collapse_width, lambda e: collapse_depth(e.sizes), 2, ("float32", "float64")
        ),
        Recipe(
            "sawtooth", build_sawtooth, sawtooth_width, lambda e: sawtooth_depth(e.map_rank, e.pieces, e.ratio), 6,
            ("float32", "float64"), reference=True,
        ),
        Recipe("cells", build_cells, cells_width, lambda e: e.pieces + 2, 2, ("float32", "float64"), any_norm=True),
    )
}  # fmt: skip


def recipe_named(name: str) -> Recipe:
    """Return the recipe called `name`; raise InputError that lists the known ones."""
    if name not in RECIPES:
        raise InputError(f"unknown construction {name!r}; known are: {', '.join(RECIPES)}")
    return RECIPES[name]


def recipes_for(dtype: str, class_sizes: Sequence[int], norm: float = 2.0) -> list[Recipe]:
    """Return the constructions for a float format, class sizes and a norm: the preferred one first, narrower ones after."""
    return [
        recipe
        for recipe in RECIPES.values()
        if dtype in recipe.dtypes and recipe.serves(class_sizes)
        if norm == 2.0 or recipe.any_norm or recipe.reference
    ]
