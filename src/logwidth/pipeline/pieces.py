"""Which prototypes decide: all samples, a cover of them, or pieces that were moved."""

from collections.abc import Callable

import numpy as np

from logwidth.compute.step_cache import Arrays, Codec
from logwidth.construct import Prototypes, Pruning, cover_work

TURNED = "turned"
MOST_WORK = 1e13  # multiplications of a greedy cover: an hour


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


def _arrays(found: Prototypes | None) -> Arrays:
    """Return prototypes as arrays, all empty for none."""
    none = np.empty((0, 0))
    if found is None:
        return dict.fromkeys(("points", "offsets", "classes", "gap", "matrix"), none)
    pieces = {"points": found.centres, "offsets": found.offsets, "classes": found.classes, "gap": np.array(found.gap)}
    return {**pieces, "matrix": none if found.matrix is None else found.matrix}


def _prototypes(kept: Arrays) -> Prototypes | None:
    if not kept["classes"].size:
        return None
    matrix = kept["matrix"] if kept["matrix"].size else None
    return Prototypes(kept["points"], kept["offsets"], kept["classes"], float(kept["gap"]), matrix)


PROTOTYPES = Codec[Prototypes | None](_arrays, _prototypes)
