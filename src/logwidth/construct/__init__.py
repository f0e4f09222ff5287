"""Constructions: a network and the claim it makes, one theorem per file."""

from logwidth.construct.catalogue import RECIPES, Extent, Recipe, recipe_named, recipes_for
from logwidth.construct.collapse import collapse_depth
from logwidth.construct.plan import Construction, Plan

__all__ = ["RECIPES", "Construction", "Extent", "Plan", "Recipe", "collapse_depth", "recipe_named", "recipes_for"]
