"""Few boxes that hold every sample of a class and keep a distance from given others: grown, chosen greedily, pruned."""

from collections.abc import Iterator

import numpy as np

from logwidth.construct.boxes.lattice import Counts, Lattice
from logwidth.construct.boxes.tree import Task, from_tree, joined
from logwidth.errors import InputError
from logwidth.types import BoolArray, IntArray

WAYS, BATCH, ROUNDS = 6, 512, (0, 2, 1 << 30)
MOST_SEEDS, MOST_PAIRS, TRYING = 30_000, 400_000, 1e6

Bounds = tuple[IntArray, IntArray]


def cover(task: Task, seed: int = 0) -> list[IntArray]:
    """Return groups of rows of `own` whose bounding boxes keep clear of every foreign sample, and which hold all of `own`.

    Boxes may overlap. Where the lattice of all values is small every growth of every sample is a candidate, and those are
    chosen greedily that add most. Else boxes grow around samples by the fewest sides, or come from a tree, whichever are
    fewer. What others hold too is dropped.
    """
    points = np.concatenate([task.own, task.foreign])
    lattice = Lattice.of(points, task.clear)
    if lattice is None:
        ways = [joined(task, pruned(scattered(task), len(task.own))), from_tree(task)]
        return min((pruned(groups, len(task.own)) for groups in ways), key=len)
    rng = np.random.default_rng(seed)
    return pruned(_on_lattice(lattice, len(task.own), rng), len(task.own))


def pruned(groups: list[IntArray], n: int) -> list[IntArray]:
    """Return the groups without those whose rows others hold, the smallest first."""
    times = np.zeros(n, dtype=np.int64)
    for rows in groups:
        times[rows] += 1
    kept = []
    for rows in sorted(groups, key=len):
        if (times[rows] > 1).all():
            times[rows] -= 1
        else:
            kept.append(rows)
    return kept[::-1]


def _on_lattice(lattice: Lattice, n: int, rng: np.random.Generator) -> list[IntArray]:
    own = lattice.ranks[:n]
    foreign = lattice.counts(lattice.ranks[n:])
    lo, hi = _candidates(lattice, own, foreign, rng)
    boxes = _chosen(lattice, own, lo, hi)
    boxes = _merged(lattice, own, foreign, boxes)
    return [np.flatnonzero(_holds(own, a, b)) for a, b in boxes]


def _holds(own: IntArray, lo: IntArray, hi: IntArray) -> BoolArray:
    return np.asarray(((own >= lo) & (own <= hi)).all(axis=1))


def _candidates(lattice: Lattice, own: IntArray, foreign: Counts, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Return boxes `(B, d)` grown from samples until no side can move, in several orders of the sides."""
    seeds = np.unique(own, axis=0)
    if len(seeds) > MOST_SEEDS:
        seeds = seeds[rng.choice(len(seeds), MOST_SEEDS, replace=False)]
    seeds = np.repeat(seeds, WAYS, axis=0)
    orders = np.argsort(rng.random((len(seeds), 2 * own.shape[1])), axis=1)
    found = []
    for k, rounds in enumerate(ROUNDS):
        lo, hi = _grown(lattice, foreign, seeds[k :: len(ROUNDS)], orders[k :: len(ROUNDS)], rounds)
        found.append(np.concatenate([lo, hi], axis=1))
    boxes = np.unique(np.concatenate(found), axis=0)
    return boxes[:, : own.shape[1]], boxes[:, own.shape[1] :]


def _grown(lattice: Lattice, foreign: Counts, seeds: IntArray, orders: IntArray, rounds: int) -> tuple[IntArray, IntArray]:
    """Move the sides in turn by one value, for some `rounds`; then each as far as it can go."""
    lo, hi, d = seeds.copy(), seeds.copy(), seeds.shape[1]
    largest = np.array(lattice.shape) - 1
    stuck = np.zeros(orders.shape, dtype=bool)

    def step(rows: IntArray, sides: IntArray) -> BoolArray:
        j, up, at = sides % d, sides >= d, np.arange(len(rows))
        low, high = lo[rows], hi[rows]
        low[at, j] -= ~up
        high[at, j] += up
        free: BoolArray = (low[at, j] >= 0) & (high[at, j] <= largest[j])
        free[free] = ~lattice.too_close(foreign, low[free], high[free])
        lo[rows[free]], hi[rows[free]] = low[free], high[free]
        return free

    for _ in range(min(rounds, int(largest.max()) + 1)):
        if stuck.all():
            break
        for k in range(2 * d):
            rows = np.flatnonzero(~stuck[:, k])
            free = step(rows, orders[rows, k])
            stuck[rows[~free], k] = True
    for k in range(2 * d):
        rows = np.flatnonzero(~stuck[:, k])
        while rows.size:
            rows = rows[step(rows, orders[rows, k])]
    return lo, hi


def _chosen(lattice: Lattice, own: IntArray, lo: IntArray, hi: IntArray) -> list[Bounds]:
    """Return boxes that hold all of `own`, each the one that adds most. What a box adds never grows: few are looked at."""
    left = np.ones(len(own), dtype=bool)
    gain = lattice.counts(own).within(lo, hi + 1)
    chosen = []
    while left.any():
        counts = lattice.counts(own[left])
        order = np.argsort(-gain, kind="stable")
        best, most = -1, 0
        for start in range(0, len(order), BATCH):
            part = order[start : start + BATCH]
            if gain[part[0]] <= most:
                break
            gain[part] = counts.within(lo[part], hi[part] + 1)
            top = part[int(np.argmax(gain[part]))]
            if gain[top] > most:
                best, most = int(top), int(gain[top])
        if best < 0:  # samples from which nothing was grown
            lone = own[np.flatnonzero(left)[0]]
            chosen.append((lone, lone))
        else:
            chosen.append((lo[best], hi[best]))
        left &= ~_holds(own, *chosen[-1])
    return chosen


def _merged(lattice: Lattice, own: IntArray, foreign: Counts, boxes: list[Bounds]) -> list[Bounds]:
    """Return the boxes, two made one wherever what they alone hold has a bounding box that keeps clear."""
    low, high = (np.array([box[k] for box in boxes]) for k in (0, 1))
    holds = np.array([_holds(own, *box) for box in boxes])
    times = holds.sum(axis=0)
    while len(low) ** 2 <= 2 * MOST_PAIRS:
        found = next(_joined(lattice, own, foreign, holds, times), None)
        if found is None:
            break
        gone, made = found
        held = _holds(own, *made)
        times = times - holds[gone].sum(axis=0) + held
        low, high, holds = (np.delete(part, gone, axis=0) for part in (low, high, holds))
        low, high, holds = (np.append(a, b[None], axis=0) for a, b in ((low, made[0]), (high, made[1]), (holds, held)))
    return list(zip(low, high, strict=True))


def _joined(
    lattice: Lattice, own: IntArray, foreign: Counts, holds: BoolArray, times: IntArray
) -> Iterator[tuple[list[int], Bounds]]:
    """Yield pairs of boxes that one box can replace, and that box; bounds of what each holds alone rule most pairs out."""
    alone = np.flatnonzero(times == 1)
    owner = np.argmax(holds[:, alone], axis=0)
    least = np.full((len(holds), own.shape[1]), np.iinfo(np.int64).max)
    most = np.full_like(least, -1)
    np.minimum.at(least, owner, own[alone])
    np.maximum.at(most, owner, own[alone])
    i, j = np.triu_indices(len(holds), 1)
    lo, hi = np.minimum(least[i], least[j]), np.maximum(most[i], most[j])
    some = np.flatnonzero((hi >= lo).all(axis=1))
    for pair in some[~lattice.too_close(foreign, lo[some], hi[some])].tolist():
        a, b = int(i[pair]), int(j[pair])
        rows = own[(holds[a] | holds[b]) & (times == holds[a].astype(np.int64) + holds[b])]
        made = rows.min(axis=0), rows.max(axis=0)
        if not lattice.too_close(foreign, made[0][None], made[1][None])[0]:
            yield [a, b], made


def scattered(task: Task) -> list[IntArray]:
    """Return boxes around samples of `own` that no earlier one holds: by the sides that exclude most foreign samples."""
    waiting = np.ones(len(task.own), dtype=bool)
    tries = int(np.clip(TRYING / max(1, task.foreign.size), 1, 24))
    groups: list[IntArray] = []
    while waiting.any():
        best = np.zeros(0, dtype=np.int64)
        rows = np.flatnonzero(waiting)
        for seed in rows[np.linspace(0, len(rows) - 1, min(len(rows), tries)).astype(int)]:
            held = _around(task, int(seed))
            if waiting[held].sum() > waiting[best].sum():
                best = held
        groups.append(best)
        waiting[best] = False
    return groups


def _around(task: Task, seed: int) -> IntArray:
    """Return which samples of `own` lie in the box that grows around one of them."""
    x = task.own[seed]
    away = np.concatenate([task.foreign - x, x - task.foreign], axis=1)  # beyond the upper sides, beyond the lower ones
    clear = np.concatenate([task.clear, task.clear])
    ok = away >= clear
    open_rows, sides = np.arange(len(away)), []
    while open_rows.size:
        counts = ok[open_rows].sum(axis=0)
        side = int(np.argmax(counts))
        if counts[side] == 0:
            raise InputError("two samples of different classes are too close in every feature for boxes")
        sides.append(side)
        open_rows = open_rows[~ok[open_rows, side]]
    if not sides:
        return np.arange(len(task.own))
    reached = np.where(ok[:, sides], away[:, sides], -np.inf)
    serving = np.argmax(reached / clear[sides], axis=1)
    room = np.array([reached[serving == k, k].min(initial=np.inf) for k in range(len(sides))]) - clear[sides]
    own = np.concatenate([task.own - x, x - task.own], axis=1)[:, sides]
    return np.flatnonzero((own <= room).all(axis=1))
