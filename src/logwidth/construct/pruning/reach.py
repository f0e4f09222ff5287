"""Which samples of a class cover which, without a look at every pair and every opposite sample: for classes of thousands."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.construct.pruning.class_group import ClassGroup, left_factor, right_factor
from logwidth.construct.pruning.problem import PruningProblem, members, pairwise
from logwidth.types import BoolArray, FloatArray, IntArray

BLOCK_ENTRIES, COLUMNS, PAIRS = 1 << 21, 512, 1 << 16
MANY = 512  # lengths that one product gives sooner than differences
SLACK = 1e-9
SINGLE = 2.0**-16  # of the largest squared norm: more than float32 products of images lose


def covered_lists(problem: PruningProblem, label: int) -> list[IntArray]:
    """Return, for every sample of a class, which of the class it covers (positions in the class), itself among them.

    Sample s covers i if `R_j² − r² ≥ 2σ D_j + gap` for every opposite j, with `r = ‖z_i − c_s‖`, `R_j = ‖z_i − c_j‖` and
    `D_j = ‖c_s − c_j‖`; itself it always covers. Two facts leave little to compute. (a) One opposite sample near i refuses
    most s; what it leaves is asked of all samples that are near one of the class, and then of the others. (b) As
    `D_j ≤ R_j + r`, whatever has `R_j ≥ r + 2σ + gap/(R_j + r)` does not refuse: only opposite samples nearer to i need a
    look, and none where i has no s left. Memory in blocks, apart from the lists.

    Where lengths are not ℓ2 ones `D_j` is `‖c_s − c_j‖_q`, a sample need not cover itself, and all is computed.
    """
    return covered_in_classes(problem, range(label, label + 1))[0]


def covered_in_classes(problem: PruningProblem, labels: range) -> list[list[IntArray]]:
    """Return what :func:`covered_lists` does for each of some neighbouring classes: small ones share their products."""
    if problem.power != 2.0:
        return [_covered_plainly(problem, label) for label in labels]
    group = ClassGroup.of(problem, labels)
    pairs, n = _candidates(group, problem), len(group.own)
    for part in group.parts():
        pairs = _left(pairs, part, problem)
    coverers, covered = (np.append(np.arange(n), end) for end in (pairs.s, pairs.i))
    order = np.lexsort((covered, coverers))
    coverers, covered = coverers[order], covered[order]
    ends = np.searchsorted(coverers, np.arange(n + 1)).tolist()
    return [
        [covered[ends[k] : ends[k + 1]] - start for k in range(start, stop)]
        for start, stop in itertools.pairwise(group.ends.tolist())
    ]


@dataclass(frozen=True, eq=False)
class Pairs:
    """Own samples s that may cover own samples i, sorted by i, and the squared distances of both."""

    i: IntArray
    s: IntArray
    squares: FloatArray

    def take(self, which: slice | BoolArray | IntArray) -> "Pairs":
        """Return some of them."""
        return Pairs(self.i[which], self.s[which], self.squares[which])


@dataclass(frozen=True, eq=False)
class Near:
    """Some own samples `rows`, in order, and pairs of one of them and an opposite one, by the own one: those near enough."""

    rows: IntArray
    own: IntArray
    opposite: IntArray


def _candidates(group: ClassGroup, problem: PruningProblem) -> Pairs:
    """Return the pairs of different samples that (a) leaves of the one opposite sample near i.

    Products in float32 with room leave a few more.
    """
    own, near, room = group.own, group.opposite[group.near], _room(problem)
    away = ((own - near) ** 2).sum(axis=1)
    limit = (away - problem.gap + 2.0 * room).astype(np.float32)
    everyone, found = right_factor(own).astype(np.float32).T, []
    for start, stop in itertools.pairwise(group.ends.tolist()):
        for a in range(start, stop, COLUMNS // 2):
            block = slice(a, min(a + COLUMNS // 2, stop))
            by_self = left_factor(own[block]).astype(np.float32)
            by_near = left_factor(near[block], -room).astype(np.float32)
            for b in range(start, stop, COLUMNS):
                others = everyone[:, b : min(b + COLUMNS, stop)]
                reach = by_near @ others
                np.sqrt(np.maximum(reach, 0.0, out=reach), out=reach)
                reach *= np.float32(2.0 * problem.sigma)
                reach += by_self @ others
                i, s = np.divmod(np.flatnonzero(reach <= limit[block, None]), reach.shape[1])
                found.append((i + a, s + b))
    i, s = (np.concatenate(parts) for parts in zip(*found, strict=True))
    i, s = i[i != s], s[i != s]
    order = np.argsort(i, kind="stable")
    i, s = i[order], s[order]
    return Pairs(i, s, _distances(own, own, i, s) ** 2)


def _left(pairs: Pairs, group: ClassGroup, problem: PruningProblem) -> Pairs:
    """Return the pairs that no opposite sample of a group refuses."""
    starts = np.searchsorted(pairs.i, np.arange(len(group.own) + 1))
    kept = np.ones(len(pairs.i), dtype=bool)
    some = np.flatnonzero(np.diff(starts))
    for near in _nearer(group, some, _limits(starts, pairs.squares, problem)):
        part = slice(starts[near.rows[0]], starts[near.rows[-1] + 1])
        kept[part] = _unrefused(pairs.take(part), near, group, problem)
    return pairs.take(kept)


def _limits(starts: IntArray, squares: FloatArray, problem: PruningProblem) -> NDArray[np.float32]:
    """Return, per sample, a squared distance beyond which no opposite sample refuses a candidate, by (b), with room.

    The room is for products in float32. −∞ where there is no candidate.
    """
    limits = np.full(len(starts) - 1, -np.inf)
    some = np.flatnonzero(np.diff(starts))
    r = np.sqrt(np.maximum(np.maximum.reduceat(squares, starts[:-1][some]), 0.0)) if some.size else squares
    limits[some] = (r + 2.0 * problem.sigma + problem.gap / (1.0 - SLACK)) ** 2 * (1.0 + SLACK)
    return np.asarray(limits + _room(problem), dtype=np.float32)


def _room(problem: PruningProblem) -> float:
    return SINGLE * float(np.einsum("ij,ij->i", problem.images, problem.images).max(initial=0.0))


def _nearer(group: ClassGroup, some: IntArray, limits: NDArray[np.float32]) -> Iterator[Near]:
    """Yield some own samples at a time and the opposite ones whose squared distance in float32 is at most their limit."""
    left, right = (factor.astype(np.float32) for factor in group.factors)
    left, right = left[some], right.T
    rows = max(16, min(COLUMNS, 4 * BLOCK_ENTRIES // max(1, right.shape[1])))
    for start in range(0, len(some), rows):
        block, found = slice(start, start + rows), [(some[:0], some[:0])]
        for first in range(0, right.shape[1], COLUMNS):
            near = left[block] @ right[:, first : first + COLUMNS] <= limits[some[block], None]
            near[group.hidden(some[block], slice(first, first + near.shape[1]))] = False
            i, j = np.divmod(np.flatnonzero(near), near.shape[1])  # many times quicker than nonzero
            found.append((i, j + first))
        i, j = (np.concatenate(parts) for parts in zip(*found, strict=True))
        order = np.argsort(i, kind="stable")
        yield Near(some[block], some[block][i[order]], j[order])


def _covered_plainly(problem: PruningProblem, label: int) -> list[IntArray]:
    """Return what each sample of a class covers, straight from the definition: `n² k` for n own and k opposite samples."""
    own, opposite = (problem.images[side] for side in (problem.labels == label, problem.labels != label))
    away, apart = _squares(own, opposite), _squares(own, own)
    between = 2.0 * problem.sigma * pairwise(own, opposite, problem.power)
    return [
        np.flatnonzero((away - reach).min(axis=1) >= near + problem.gap) for reach, near in zip(between, apart, strict=True)
    ]


def _unrefused(pairs: Pairs, near: Near, group: ClassGroup, problem: PruningProblem) -> BoolArray:
    """Return which own samples s lead at own samples i all opposite ones near i."""
    i, s, squares, own, opposite = pairs.i, pairs.s, pairs.squares, group.own, group.opposite
    away = _distances(own, opposite, near.own, near.opposite) ** 2
    first, last = (np.searchsorted(near.own, i, side=side) for side in ("left", "right"))
    kept, begin = np.ones(len(i), dtype=bool), np.flatnonzero(np.diff(i, prepend=-1))
    sizes = np.diff(begin, append=len(i))
    large = sizes * (last - first)[begin] >= MANY
    left, right = group.factors

    def leads(some: IntArray, those: IntArray) -> BoolArray:
        reach = left[s[some]] @ right[near.opposite[those]].T
        np.sqrt(np.maximum(reach, 0.0, out=reach), out=reach)
        reach *= 2.0 * problem.sigma
        reach -= away[those]
        return np.asarray(squares[some] + problem.gap <= -reach.max(axis=1))

    for a, size in zip(begin[large].tolist(), sizes[large].tolist(), strict=True):
        some, those = np.arange(a, a + size), np.arange(first[a], last[a])
        led = leads(some, those[[away[those].argmin()]])  # the nearest one refuses most
        kept[some] = led
        kept[some[led]] = leads(some[led], those)
    counts = np.where(np.repeat(large, sizes), 0, last - first)
    met = np.flatnonzero(counts)
    for start, stop in _shares(np.cumsum(counts)[met], PAIRS):
        some = met[start:stop]
        item, place = members(first[some], counts[some])
        between = _distances(own, opposite, s[some][item], near.opposite[place])
        begin = np.cumsum(counts[some]) - counts[some]
        refusal = np.maximum.reduceat(2.0 * problem.sigma * between - away[place], begin)
        kept[some] = squares[some] + problem.gap <= -refusal
    return kept


def _shares(ends: IntArray, most: int) -> Iterator[tuple[int, int]]:
    """Yield runs of items, of about `most` entries each, whose entries end at `ends`."""
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.unique([0, *np.searchsorted(ends, np.arange(most, total, most)), len(ends)])
    return itertools.pairwise(cuts.tolist())


def _squares(z: FloatArray, centres: FloatArray) -> FloatArray:
    table = (-2.0 * z) @ centres.T
    table += (z * z).sum(axis=1)[:, None]
    table += (centres * centres).sum(axis=1)
    return np.asarray(table)


def _distances(own: FloatArray, opposite: FloatArray, s: IntArray, j: IntArray) -> FloatArray:
    """Return `‖c_s − c_j‖` of pairs, block by block."""
    lengths = np.empty(len(s))
    step = max(1, BLOCK_ENTRIES // (16 * own.shape[1]))
    for start in range(0, len(s), step):
        part = slice(start, start + step)
        between = own[s[part]] - opposite[j[part]]
        lengths[part] = np.sqrt(np.einsum("ij,ij->i", between, between))
    return lengths
