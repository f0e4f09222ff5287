"""Constructions: a network and the claim it makes, one theorem per file."""

from logwidth.construct.bounded_weights import bounded_weights
from logwidth.construct.catalogue import (
    BALLS,
    BOXES,
    CONSTRUCTIONS,
    FOLDED,
    FOLDED_LIST,
    KNOWN,
    LATTICE,
    ConstructionSpec,
    Extent,
    construction_named,
    constructions_for,
    nearest_first,
    within_depth,
)
from logwidth.construct.cells.cells import can_share
from logwidth.construct.lattice_paper.build import LATTICE_PAPER, build_lattice_paper, shape_of
from logwidth.construct.lattice_paper.chain import cells_of
from logwidth.construct.lists.decision_list import NoListError
from logwidth.construct.lists.peeling import peeling_work
from logwidth.construct.obfuscation import Obfuscation, image_box, obfuscate, with_logits
from logwidth.construct.plan import Construction, Folds, Plan, Prototypes, Reject
from logwidth.construct.pruning.cover import cover_work
from logwidth.construct.pruning.prune import Pruning
from logwidth.construct.scores.collapse import collapse_depth

__all__ = [
    "BALLS",
    "BOXES",
    "CONSTRUCTIONS",
    "FOLDED",
    "FOLDED_LIST",
    "KNOWN",
    "LATTICE",
    "LATTICE_PAPER",
    "Construction",
    "ConstructionSpec",
    "Extent",
    "Folds",
    "NoListError",
    "Obfuscation",
    "Plan",
    "Prototypes",
    "Pruning",
    "Reject",
    "bounded_weights",
    "build_lattice_paper",
    "can_share",
    "cells_of",
    "collapse_depth",
    "construction_named",
    "constructions_for",
    "cover_work",
    "image_box",
    "nearest_first",
    "obfuscate",
    "peeling_work",
    "shape_of",
    "with_logits",
    "within_depth",
]
