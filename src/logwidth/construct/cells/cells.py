"""Cells and a label register, for any norm and any preserving map: width m + 2, exact in float32 (theorem T5c)."""

from collections.abc import Iterable, Sequence

import numpy as np

from logwidth.construct.cells.shared import MOST_WORK, Cell, Room, cover_class, shared_cells, sharing_work
from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.class_order import ClassOrder, easiest_last, natural_order
from logwidth.construct.plan import Construction, Plan, thin_rate
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.rounding import stored
from logwidth.types import FloatArray

THEOREM = (
    "T5c: v = min of the halfspaces of a cell, by g ← ReLU(l_t − l_{t−1} + g), v = l_n − g; "
    "κ ← ReLU(κ + [a class starts] − λ ReLU(v)) is 0 after the true class and counts the later ones; "
    "the cells of a class hold its balls and keep out those of earlier classes"
)
ROOM = 1.0 - 2.0**-6
SHARED_ROOM = 0.4  # of what the map leaves between two balls and a hyperplane, where cells hold many samples


def cells_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 2`."""
    del n_pieces
    return map_rank + 2


def build_cells(plan: Plan) -> Construction:
    """Return the network of cells, classes in ascending order of their values; the first class needs none.

    Depth is the number of halfspaces plus 2. For ℓ2 a cell holds as many samples of its class as keep clear of the others
    together, where that takes fewer halfspaces (`shared_cells`); then the classes that lie among others come first
    (`easiest_last`). Otherwise a cell grows around one sample; its normals are dual to differences of images in the norm in
    which the map is 1-Lipschitz: along them for ℓ2, axes for ℓ∞, signs for ℓ1.
    """
    frame = build_frame(plan, plan.points, [])
    sigma, distance = plan.radius * frame.scale, plan.distance * frame.scale
    room = Room(sigma, (distance / 2 - sigma) * ROOM, _image_norm(plan))
    if not room.gap > 0:
        raise InputError("the map keeps too little room between opposite balls for cells")
    tight = Room(room.sigma, SHARED_ROOM * room.gap, room.norm) if can_share(plan) else None
    images, labels = frame.images, plan.labels
    order = natural_order(plan.values)
    if tight is not None:
        order = easiest_last(images, labels, plan.values, cells_width(plan.map_rank, 0), plan.dtype)
    rows = [np.flatnonzero(labels == c) for c in order.classes]
    cells = (_fewest(images[rows[c]], images[np.concatenate(rows[:c])], room, tight) for c in range(1, len(rows)))
    return network_of_cells(plan, frame, order, cells, (tight or room).gap)


def network_of_cells(
    plan: Plan, frame: Frame, order: ClassOrder, classes: Iterable[Sequence[Cell]], gap: float
) -> Construction:
    """Return the network whose first layer is the frame's; `classes` has the cells of every class but the first, in order.

    `gap` is what every halfspace keeps from the balls on both of its sides, in the frame's coordinates.
    """
    register = _Register(Chain.of(plan), thin_rate(4 * float(order.ticks.sum()) / gap))
    register.chain.start(frame.T, frame.b)
    n_halfspaces = 0
    for ticks, cells in zip(order.ticks.tolist(), classes, strict=True):
        for number, cell in enumerate(cells):
            rounded = Cell(stored(cell.normals, plan.dtype), stored(cell.offsets, plan.dtype))
            register.add(rounded, 0.0 if number else float(ticks))
            n_halfspaces += len(cell.offsets)
    network = register.finish(order)
    return Construction("cells", network, THEOREM, "exact", plan.map_rank, n_halfspaces)


def _fewest(own: FloatArray, earlier: FloatArray, room: Room, tight: Room | None) -> list[Cell]:
    """Return the cells of a class that take fewer halfspaces: grown around one sample each, or shared."""
    single = list(cover_class(own, earlier, room))
    if tight is None:
        return single
    return min((shared_cells(own, earlier, tight), single), key=lambda cells: sum(len(cell.offsets) for cell in cells))


def can_share(plan: Plan) -> bool:
    """Return whether cells may hold many samples: in ℓ2, where that is wanted and not too much work."""
    sizes = np.bincount(plan.labels, minlength=plan.n_classes)
    euclidean = plan.norm == 2.0 and plan.image_norm == 2.0
    return plan.share_cells and euclidean and sharing_work(sizes, plan.map_rank) <= MOST_WORK


def _image_norm(plan: Plan) -> float:
    if plan.image_norm is None:
        raise InputError("no norm is known in which the map keeps the images of opposite balls apart")
    return plan.image_norm


class _Register:
    """The chain with its pending update of the register κ."""

    def __init__(self, chain: Chain, rate: float) -> None:
        self.chain, self.rate = chain, rate
        self.update: dict[str, float] = {}
        self.ticks = 0.0

    def add(self, cell: Cell, ticks: float) -> None:
        """Add the layers of one cell: its running minimum, then its value as a test."""
        minimum: dict[str, float] = {}
        for t in range(1, len(cell.offsets)):
            step = Unit("x", minimum, float(cell.offsets[t - 1] - cell.offsets[t]), cell.normals[t] - cell.normals[t - 1])
            self._layer(step)
            minimum = {"x": 1.0}
        self._layer(Unit("x", dict.fromkeys(minimum, -1.0), -float(cell.offsets[-1]), cell.normals[-1]))
        self.update, self.ticks = {"x": -self.rate}, ticks

    def _layer(self, unit: Unit) -> None:
        kept = {"k": 1.0} if "k" in self.chain.names else {}
        self.chain.carry([unit, Unit("k", {**kept, **self.update}, self.ticks)])
        self.update, self.ticks = {}, 0.0

    def finish(self, order: ClassOrder) -> ReluNetwork:
        read = [Unit(f"k - {t:g}", {"k": 1.0, **self.update}, self.ticks - t) for t in order.thresholds.tolist()]
        weights = dict(zip((unit.name for unit in read), order.weights.tolist(), strict=True))
        return self.chain.finish(read, Unit("label", weights, order.bias))
