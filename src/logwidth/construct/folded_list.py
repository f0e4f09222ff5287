"""Decision lists on what folds make of balls, one unit beside two coordinates (docs/theory/t13-folding.md)."""

from collections.abc import Sequence

import numpy as np

from logwidth.construct.folded_cells import least_slab
from logwidth.construct.folded_images import FoldedImages
from logwidth.construct.frame import build_frame
from logwidth.construct.lists.decision_list import NoListError, network_of_lists
from logwidth.construct.lists.peeling import Rule
from logwidth.construct.lists.planar_peeling import PlanarSets, directions, polygon
from logwidth.construct.plan import Construction, Folds, Plan
from logwidth.construct.scores.collapse import testing_order
from logwidth.errors import InputError
from logwidth.types import FloatArray

PLANE = 2  # coordinates
WAYS = 720  # directions along which images are measured: between them an image reaches less than 1e-5 of itself farther
FLAT = 1e-6  # of how far an image reaches, that it reaches at least along every direction
SHARES = (
    0.9,
    0.7,
    0.5,
    0.25,
    0.1,
    0.03,
    0.01,
)  # of half the least slab between opposite images, that rules keep; the first that gives a list


def lists_on_folds(plan: Plan, inner: Plan, folds: Folds) -> Construction:
    """Return the network of decision lists on the two coordinates `y` that folds make, on the frame of the order `inner`.

    `plan` has the samples and the radius of their balls. `n_pieces` counts rules; width 3.

    Raises InputError for another number of coordinates, or where two opposite images cannot be parted; NoListError where
    peeling gets stuck.
    """
    if inner.map_rank != PLANE:
        raise InputError(f"lists behind folds are built on {PLANE} coordinates, not on {inner.map_rank}")
    frame = build_frame(inner, inner.points, [])
    images = FoldedImages.of(folds, plan.points, plan.radius * (1 + 2.0**-20))
    slab = least_slab(images, plan.labels)
    if not slab > 0.0:
        raise InputError("the folds keep no room between opposite balls for a list")
    corners = outlines(images)
    order = list(range(plan.n_classes)) if plan.n_classes == 2 else testing_order(inner)
    lists = [_peeled(plan, corners, order[k:], slab) for k in range(plan.n_classes - 1)]
    moved = [[_shifted(rule, frame.b) for rule in rules] for rules in lists]
    return network_of_lists(inner, frame, moved, order)


def outlines(images: FoldedImages) -> list[FloatArray]:
    """Return the corners of polygons around all images, which reach hardly farther than the images do."""
    ways, centres = directions(WAYS), images.centres
    n = len(centres)
    heights = [-images.least(np.arange(n), np.tile(-w, (n, 1)))[0] - centres @ w for w in ways]
    reach = np.maximum(np.column_stack(heights), FLAT * np.max(heights, axis=0)[:, None])
    return [polygon(ways, row) + centre for row, centre in zip(reach, centres, strict=True)]


def _peeled(plan: Plan, corners: list[FloatArray], order: Sequence[int], slab: float) -> list[Rule]:
    """Return rules that tell the class `order[0]`, as label 0, from all others of `order`, as label 1."""
    rows = np.flatnonzero(np.isin(plan.labels, order))
    sides = (plan.labels[rows] != order[0]).astype(np.int64)
    for share in SHARES:
        rules, left = PlanarSets(directions(WAYS), [corners[i] for i in rows], sides, share * slab / 2.0).peel()
        if not left.size:
            return rules
    raise NoListError(
        f"peeling found no decision list behind the folds: after {len(rules)} rules something of {left.size} of "
        f"{len(rows)} images remains; allow a width larger by one"
    )


def _shifted(rule: Rule, b: FloatArray) -> Rule:
    """Return a rule for y as one for `z = y + b`."""
    return Rule(rule.normal, rule.offset + float(rule.normal @ b), rule.label, rule.margin)
