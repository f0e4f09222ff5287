"""Folding layers before scores, cells or lists: fewer coordinates than a preserving linear map needs (theorem T13)."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from logwidth.construct.chain import build_frame
from logwidth.construct.folded_cells import cells_on_folds, least_slab
from logwidth.construct.folded_images import FoldedImages
from logwidth.construct.lists.decision_list import NoListError, network_of_lists
from logwidth.construct.lists.peeling import Rule
from logwidth.construct.lists.planar_peeling import PlanarSets, directions, polygon
from logwidth.construct.plan import Construction, Folds, Plan, Prototypes
from logwidth.construct.scores.collapse import build_collapse, testing_order
from logwidth.construct.scores.prototypes import choose_prototypes
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
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
THEOREM = (
    "T13: layers of r linear units and K hinges, p ← p + E h, h ← ReLU(B p + b h − t), whose hinges bend R^d so that r "
    "coordinates keep opposite balls apart; then cells on them, or successive collapse tests"
)
LISTED = THEOREM.replace("cells on them, or successive collapse tests", "linear decision lists whose rules may cut balls")
SPARE = 1.0 + 2.0**-8
Behind = Callable[[Plan, Plan, Folds], Construction]


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


def folded_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 2` of two hinges a layer, and of the tests."""
    del n_pieces
    return map_rank + 2


def folded_list_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 1` of one hinge a layer, and of the lists."""
    del n_pieces
    return map_rank + 1


def build_folded(plan: Plan) -> Construction:
    """Return folding layers of r linear units and K hinges, then a network on what they make of the samples.

    Cells that hold many samples, and where `share_cells` is not set, the collapse network of all samples' scores. Width
    `max(r + K, r + 2)`, depth that of the network behind plus the number of folds. The coordinates of its frame are those of
    the folding layers too, so that these copy most of what they pass on, and its first layer reads the last fold.

    Raises InputError when the plan has no folds.
    """
    along = []
    if not plan.share_cells:
        inner = _inner_plan(plan, _images(_folds(plan), plan.points))
        order = choose_prototypes(inner, testing_order(inner))
        along = [order.point(1) - order.point(0)]
    return _behind_folds(plan, along, THEOREM, cells_on_folds if plan.share_cells else _collapse)


def build_folded_list(plan: Plan) -> Construction:
    """Return folding layers of two linear units and one hinge, then decision lists on what they make of the balls: width 3.

    Depth that of the lists plus the number of folds. Raises InputError when the plan has no folds, or no list is found.
    """
    return _behind_folds(plan, [], LISTED, lists_on_folds)


def _collapse(_plan: Plan, inner: Plan, _folds: Folds) -> Construction:
    return build_collapse(inner)


def _folds(plan: Plan) -> Folds:
    if plan.folds is None:
        raise InputError("there are no folds to build; give a width, one or two below what a linear map needs")
    return plan.folds


def _behind_folds(plan: Plan, along: list[FloatArray], theorem: str, behind: Behind) -> Construction:
    """Return the folding layers, in the coordinates of what stands behind them, and that."""
    given = _folds(plan)
    images = _images(given, plan.points)
    turn = build_frame(_inner_plan(plan, images), images, along).T
    folds = _turned(given, turn)
    low, high = _ranges(folds, plan.points, plan.radius * SPARE)
    here = images @ turn.T
    reach = np.maximum(high[-1] - here, here - low[-1]).max(axis=1) / np.linalg.norm(turn, axis=1).min()
    built = behind(plan, _inner_plan(plan, images, reach * SPARE), folds)
    first = built.network.hidden[0]
    again = first.dense().astype(np.float64)[: len(turn)]
    if not np.allclose(again, turn, rtol=0.0, atol=2.0**-20 * float(np.abs(turn).max())):
        raise InputError("the scores' coordinates depend on the balls; these folds cannot be built")
    layers = _layers(folds, [part.min(axis=0) for part in low], first, plan.dtype)
    network = ReluNetwork((*layers, *built.network.hidden[1:]), built.network.output)
    return replace(built, name="folded", network=network, theorem=theorem, map_rank=len(given.P))


def _images(folds: Folds, points: FloatArray) -> FloatArray:
    """Return what the folds make of `points` `(N, d)`."""
    p, h = points @ folds.P.T, np.maximum(points @ folds.A.T - folds.t[0], 0.0)
    for B, b, E, t in zip(folds.B, folds.b, folds.E, folds.t[1:], strict=False):
        p, h = p + h @ E.T, np.maximum(p @ B.T + h @ b.T - t, 0.0)
    return np.asarray(p + h @ folds.E[-1].T)


def _inner_plan(plan: Plan, images: FloatArray, reach: FloatArray | None = None) -> Plan:
    """Return the order to the network on the images, whose pieces, if it has any, are the samples, moved."""
    assert plan.folds is not None
    reach = np.zeros(len(images)) if reach is None else reach
    pieces = Prototypes(images + plan.folds.moves, plan.folds.offsets, plan.labels, plan.folds.gap)
    rank, tiny = images.shape[1], 2.0**-20 * plan.radius  # the reach says how far balls go
    return replace(
        plan, points=images, matrix=np.eye(rank), radius=tiny, distance=2 * tiny, prototypes=pieces, reach=reach, folds=None
    )


def _turned(folds: Folds, turn: FloatArray) -> Folds:
    """Return the same folds with `turn · y` in place of y; `turn` is orthogonal, up to a factor and rounding."""
    back, E = np.linalg.inv(turn), np.einsum("ij,ljk->lik", turn, folds.E)
    return replace(folds, P=turn @ folds.P, B=folds.B @ back, E=E, moves=folds.moves @ turn.T)


def _ranges(folds: Folds, points: FloatArray, radius: float) -> tuple[list[FloatArray], list[FloatArray]]:
    """Return bounds on every p and on y over the balls around `points` `(N, d)`: from p_1 and h_1 on by intervals."""
    low, high = [], []
    p, u = points @ folds.P.T, points @ folds.A.T - folds.t[0]
    far, wide = radius * np.linalg.norm(folds.P, axis=1), radius * np.linalg.norm(folds.A, axis=1)
    p_low, p_high, h_low, h_high = p - far, p + far, np.maximum(u - wide, 0.0), np.maximum(u + wide, 0.0)
    for layer, E in enumerate(folds.E):
        low.append(p_low)
        high.append(p_high)
        further = layer + 1 < len(folds.E)
        if further:
            u_low, u_high = _affine(folds.B[layer], p_low, p_high), _affine(folds.b[layer], h_low, h_high)
        moved = _affine(E, h_low, h_high)
        p_low, p_high = p_low + moved[0], p_high + moved[1]
        if further:
            t = folds.t[layer + 1]
            h_low, h_high = np.maximum(u_low[0] + u_high[0] - t, 0.0), np.maximum(u_low[1] + u_high[1] - t, 0.0)
    return [*low, p_low], [*high, p_high]


def _affine(W: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return bounds on `W v` for `low ≤ v ≤ high`."""
    up, down = np.maximum(W, 0.0).T, np.minimum(W, 0.0).T
    return low @ up + high @ down, high @ up + low @ down


def _layers(folds: Folds, lowest: list[FloatArray], first: AffineLayer, dtype: str) -> list[AffineLayer]:
    """Return the folding layers and the first layer behind, which reads the last fold.

    A linear unit holds `p + shift`, the shift being a little more than keeps it positive on every ball.
    """
    rank = len(folds.P)
    shifts = [(-least * SPARE + 2.0**-6 * np.abs(least).max()).astype(dtype).astype(np.float64) for least in lowest[:-1]]
    wide = np.concatenate([folds.P, folds.A])
    layers = [AffineLayer.from_dense(wide.astype(dtype), np.concatenate([shifts[0], -folds.t[0]]).astype(dtype))]
    for layer in range(1, len(folds.E)):
        B, b, E = folds.B[layer - 1], folds.b[layer - 1], folds.E[layer - 1].astype(dtype)
        matrix = np.block([[np.eye(rank), E], [B, b]])
        bias = np.concatenate([shifts[layer] - shifts[layer - 1], -folds.t[layer] - B @ shifts[layer - 1]])
        layers.append(AffineLayer.from_dense(matrix.astype(dtype), bias.astype(dtype)))
    rows = np.arange(first.n_outputs) % rank  # a twin reads what the first coordinate does
    end = np.block([np.eye(rank), folds.E[-1]])[rows]
    bias = first.bias.astype(np.float64) - shifts[-1][rows]
    layers.append(AffineLayer.from_dense(end.astype(dtype), bias.astype(dtype)))
    return layers
