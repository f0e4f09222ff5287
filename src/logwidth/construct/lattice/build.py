"""A lattice of data-specific cells (theorem T17): walls that no ball crosses, keys, and a memorizer of whole numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from logwidth.construct.chain import Chain, Unit
from logwidth.construct.lattice.choice import Gaps, LatticeFrame, Wall, few_walls, patterns_of
from logwidth.construct.lattice.layers import Step, add_runs, add_walls, add_words, groups_of
from logwidth.construct.lattice.memory import Cells, Keys, Memory, Runs, short_keys
from logwidth.construct.lattice.separating import separating
from logwidth.construct.plan import Construction, Plan
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.rounding import stored
from logwidth.types import FloatArray, IntArray

THEOREM = (
    "T17: a = ReLU(s z_j + b), f = ReLU(1 - a) is 1 below a wall and 0 above, exactly, since no ball crosses one; the key "
    "k = sum c f is a whole number, and steps ReLU(1 - ReLU(k - t + 1)) turn it into the label of its run of keys, or into "
    "the word of its stretch, of which two layers a bit read the digit: behind the walls nothing is rounded"
)
PRECISION = {"float32": 24, "float64": 53}
MEMORY_WIDTH = (3, 5)  # of runs, of words
THRIFT = (1.0, 1.5, 3.0)  # how much more a wall in a further coordinate must separate
FEW = 20_000  # samples up to which several choices of walls are compared


def units_held(walls: Sequence[int], lanes: int) -> list[int]:
    """Return the units of the first layer and of those of the walls, of coordinates with so many `walls` each.

    At most `m + 2 lanes + 1`: coordinates end with their last wall.
    """
    coordinates = np.repeat(np.arange(len(walls)), sorted(walls))
    groups = [coordinates[k : k + lanes] for k in range(0, len(coordinates), lanes)]
    held = [len(walls)]
    for g in range(len(groups) + 1):
        later = np.unique(np.concatenate([*groups[g + 1 :], coordinates[:0]])).size
        now = len(groups[g]) if g < len(groups) else 0
        held.append(later + now + (len(groups[g - 1]) if g else 0) + (g > 1))
    return held


def lattice_depth(walls: int, lanes: int, memory: Memory) -> int:
    """Return the depth `2 + ⌈W/lanes⌉` and the layers of the memory."""
    return 2 + -(-walls // lanes) + memory.layers


def most_lattice_width(map_rank: int, lanes: int | None = None) -> int:
    """Return what no lattice on so many coordinates exceeds."""
    return max(map_rank + 2 * (lanes or 1) + 1, MEMORY_WIDTH[1])


def most_lattice_depth(samples: int) -> int:
    """Return a depth that lattices of so many samples keep to: a wall and a threshold between every two neighbours."""
    return 2 * samples + 4


def build_lattice(plan: Plan) -> Construction:
    """Return the network of a lattice. `n_pieces` counts stretches of keys: runs of one label, or words.

    Walls stand in the middle of gaps between the images of all balls; few of them are chosen so that no cell holds two
    labels. The map's rows are those along which the walls stand.

    Raises InputError that names two samples of different labels which no wall separates, where there are such.
    """
    design = designed(plan)
    walls, keys, memory = design.walls, design.keys, design.keys.memory
    steps, used = _steps(plan, design.gaps, walls, keys.weights)
    lanes = _lanes(plan, len(steps), memory)
    first = design.frame.T[used], design.frame.b[used]
    network = _network(plan, first, groups_of(steps, lanes), memory)
    stretches = len(memory.codes) if isinstance(memory, Runs) else len(memory.words)
    return Construction("lattice", network, THEOREM, "exact", len(used), stretches)


@dataclass(frozen=True, eq=False)
class Design:
    """A lattice before its layers: where walls may stand, those chosen, keys and their memory; entries with one lane."""

    frame: LatticeFrame
    gaps: Gaps
    walls: list[Wall]
    keys: Keys
    entries: int


def designed(plan: Plan) -> Design:
    """Return the lattice of the fewest entries, over pools of directions and a few weights of further coordinates.

    Raises InputError where no walls separate the labels, no keys tell them apart, or the labels are too far apart.
    """
    values, most = plan.values, 2.0 ** (PRECISION[plan.dtype] - 3)
    if np.ptp(values) >= most or abs(values.min()) >= most or not np.array_equal(values, np.round(values)):
        raise InputError(f"label values from {values.min()} to {values.max()} are too far apart in {plan.dtype}")
    codes = (values - values.min()).astype(np.int64)[plan.labels]
    found, refused = [], None
    for frame, gaps in separating(plan):
        for thrift in THRIFT if len(codes) <= FEW else THRIFT[:1]:
            try:
                found.append(_design(plan, frame, gaps, codes, thrift))
            except InputError as problem:
                refused = problem
    if not found:
        assert refused is not None
        raise refused
    return min(found, key=lambda design: design.entries)


def _design(plan: Plan, frame: LatticeFrame, gaps: Gaps, codes: IntArray, thrift: float) -> Design:
    precision = PRECISION[plan.dtype]
    walls = few_walls(gaps, plan.labels, thrift)
    above, kinds = patterns_of(gaps.above(walls), codes)
    keys = short_keys(Cells(np.asfortranarray(~above), kinds, 2 ** (precision - 1), precision), walls)
    sizes = units_held(list(Counter(j for j, _ in walls).values()), 1)
    before = [plan.points.shape[1], *sizes]
    front = sum(units * (inputs + 1) for units, inputs in zip(sizes, before, strict=False))
    return Design(frame, gaps, walls, keys, front + keys.memory.entries)


def _steps(plan: Plan, gaps: Gaps, walls: Sequence[Wall], weights: IntArray) -> tuple[list[Step], list[int]]:
    """Return the walls as steps, and which rows they read: `slope z + bias` is 0 and 1 on both sides of a gap's middle."""
    used = sorted({j for j, _ in walls})
    steps = []
    for (j, s), weight in zip(walls, weights.tolist(), strict=True):
        low, high = float(gaps.low[j][s]), float(gaps.high[j][s])
        slope = float(2.0 ** np.ceil(np.log2(4.0 / (high - low))))
        bias = 0.5 - slope * (low + high) / 2
        steps.append(Step(used.index(j), slope, float(stored(np.array([bias]), plan.dtype)[0]), weight))
    return steps, used


def _lanes(plan: Plan, walls: int, memory: Memory) -> int:
    """Return the walls side by side that are asked for, or the fewest that keep the depth that is."""
    if plan.max_depth is None:
        return min(plan.lanes or 1, walls)
    room = plan.max_depth - lattice_depth(0, 1, memory)
    if room < 1:
        least = lattice_depth(1, 1, memory)
        raise InputError(f"no network of this lattice has depth {plan.max_depth}; the least depth is {least}")
    return -(-walls // room)


def _network(
    plan: Plan, first: tuple[FloatArray, FloatArray], groups: Sequence[Sequence[Step]], memory: Memory
) -> ReluNetwork:
    chain = Chain(0, plan.dtype, on_layer=plan.on_layer)
    T, b = (part.astype(plan.dtype) for part in first)
    chain.layers.append(AffineLayer.from_dense(T, b))
    chain.names = {f"c{j}": j for j in range(len(b))}
    key = add_walls(chain, groups)
    inputs, constant = add_runs(chain, key, memory) if isinstance(memory, Runs) else add_words(chain, key, memory)
    return chain.output(Unit("label", inputs, constant + float(plan.values.min())))
