"""Constructions: a network and the claim it makes, one theorem per file."""

from logwidth.construct.budget import within_depth
from logwidth.construct.catalogue import FOLDED, RECIPES, Extent, Recipe, nearest_first, recipe_named, recipes_for
from logwidth.construct.collapse import collapse_depth
from logwidth.construct.dress import Dress, dress, image_box
from logwidth.construct.logits import with_logits
from logwidth.construct.peeling import peeling_work
from logwidth.construct.plan import Construction, Folds, Plan, Prototypes
from logwidth.construct.pruning import cover_lower, cover_work, covering_prototypes, pruned_prototypes, turned_prototypes

__all__ = [
    "FOLDED",
    "RECIPES",
    "Construction",
    "Dress",
    "Extent",
    "Folds",
    "Plan",
    "Prototypes",
    "Recipe",
    "collapse_depth",
    "cover_lower",
    "cover_work",
    "covering_prototypes",
    "dress",
    "image_box",
    "nearest_first",
    "peeling_work",
    "pruned_prototypes",
    "recipe_named",
    "recipes_for",
    "turned_prototypes",
    "with_logits",
    "within_depth",
]
