"""Which samples of a class cover which, without a look at every pair and every opposite sample: for classes of thousands."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.construct.pruning.lengths import pairwise
from logwidth.construct.pruning.problem import PruningProblem, members
from logwidth.types import FloatArray, IntArray

SLICES, NEAR = 16, 3  # slices of opposite samples, and how many of their nearest a candidate has to beat first
BLOCK_ENTRIES, COLUMNS, PAIRS = 1 << 21, 512, 1 << 16
SAFE = 1.0 - 2.0**-12  # more than float32 products lose
SLACK = 1e-9
SINGLE = 2.0**-16  # of the largest squared norm: more than float32 products of images lose


def covered_lists(problem: PruningProblem, label: int) -> list[IntArray]:
    """Return, for every sample of a class, which of the class it covers (positions in the class), itself among them.

    Sample s covers i if `R_j² − r² ≥ 2σ D_j + gap` for every opposite j, with `r = ‖z_i − c_s‖`, `R_j = ‖z_i − c_j‖` and
    `D_j = ‖c_s − c_j‖`. Three facts leave little to compute. (a) With `R_i`, `R_s` the nearest opposite distances of both it
    needs `r² ≤ R_i² − 2σR_s − gap`, as `D_j ≥ R_s` for the j that is nearest to i. (b) A few opposite samples near i refuse
    most of what is left. (c) As `D_j ≤ R_j + r`, whatever has `R_j ≥ r + 2σ + gap/(R_j + r)` does not refuse: only opposite
    samples nearer to i need a look. Memory in blocks, apart from the lists.

    Where lengths are not ℓ2 ones `D_j` is `‖c_s − c_j‖_q`, a sample need not cover itself, and all is computed.
    """
    return covered_in_classes(problem, range(label, label + 1))[0]


def covered_in_classes(problem: PruningProblem, labels: range) -> list[list[IntArray]]:
    """Return what :func:`covered_lists` does for each of some neighbouring classes: small ones share their products."""
    if problem.power != 2.0:
        return [_covered_plainly(problem, label) for label in labels]
    group = ClassGroup.of(problem, labels)
    i, s, squares = _candidates(group, problem.sigma, problem.gap)
    n = len(group.own)
    starts = np.searchsorted(i, np.arange(n + 1))
    found = [(np.arange(n), np.arange(n))]
    for near in _nearer(group, np.unique(i), _limits(starts, squares, problem)):
        part = slice(starts[near.rows[0]], starts[near.rows[-1] + 1])
        kept = _unrefused((i[part], s[part], squares[part]), near, group, problem)
        found.append((s[part][kept], i[part][kept]))
    coverers, covered = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((covered, coverers))
    coverers, covered = coverers[order], covered[order]
    first = np.append(True, (np.diff(coverers) != 0) | (np.diff(covered) != 0))
    coverers, covered = coverers[first], covered[first]
    ends = np.searchsorted(coverers, np.arange(n + 1)).tolist()
    return [
        [covered[ends[k] : ends[k + 1]] - start for k in range(start, stop)]
        for start, stop in itertools.pairwise(group.ends.tolist())
    ]


@dataclass(frozen=True, eq=False)
class ClassGroup:
    """Images `own` of the samples of some classes, which end at `ends`, and `opposite` ones.

    Of several classes the opposite ones are all samples; those from `first` to `last` are of an own sample's class and do
    not count.
    """

    own: FloatArray
    ends: IntArray
    opposite: FloatArray
    first: IntArray
    last: IntArray

    @classmethod
    def of(cls, problem: PruningProblem, labels: range) -> "ClassGroup":
        """Return the group of some neighbouring classes."""
        sizes, images = np.bincount(problem.labels, minlength=problem.n_classes), problem.images
        ends = np.append(0, np.cumsum(sizes[labels.start : labels.stop]))
        if len(labels) == 1:
            mine, none = problem.labels == labels[0], np.zeros(ends[-1], dtype=np.intp)
            return cls(images[mine], ends, images[~mine], none, none)
        order, before = np.argsort(problem.labels, kind="stable"), int(sizes[: labels.start].sum())
        first, last = (before + np.repeat(end, np.diff(ends)) for end in (ends[:-1], ends[1:]))
        return cls(images[order[before : before + ends[-1]]], ends, images[order], first, last)

    def hidden(self, rows: IntArray, columns: slice) -> tuple[IntArray, IntArray]:
        """Return the entries of a table of some own samples and opposite ones that are of one class."""
        first, last = (np.clip(end[rows], columns.start, columns.stop) for end in (self.first, self.last))
        i, j = members(first, last - first)
        return i, j - columns.start


@dataclass(frozen=True, eq=False)
class Near:
    """Some own samples `rows`, in order, and pairs of one of them and an opposite one, by the own one: those near enough."""

    rows: IntArray
    own: IntArray
    opposite: IntArray


def _limits(starts: IntArray, squares: FloatArray, problem: PruningProblem) -> NDArray[np.float32]:
    """Return, per sample, a squared distance beyond which no opposite sample refuses a candidate, by (c), with room.

    The room is for products in float32. −∞ where there is no candidate.
    """
    limits = np.full(len(starts) - 1, -np.inf)
    some = np.flatnonzero(np.diff(starts))
    r = np.sqrt(np.maximum(np.maximum.reduceat(squares, starts[:-1][some]), 0.0)) if some.size else squares
    limits[some] = (r + 2.0 * problem.sigma + problem.gap / (1.0 - SLACK)) ** 2 * (1.0 + SLACK)
    room = SINGLE * float((problem.images * problem.images).sum(axis=1).max(initial=0.0))
    return np.asarray(limits + room, dtype=np.float32)


def _factors(own: FloatArray, opposite: FloatArray) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return float32 factors `[−2z, 1, ‖z‖²]` and `[c, ‖c‖², 1]` whose product holds squared distances."""
    left = np.column_stack([-2.0 * own, np.ones(len(own)), (own * own).sum(axis=1)])
    right = np.column_stack([opposite, (opposite * opposite).sum(axis=1), np.ones(len(opposite))])
    return left.astype(np.float32), right.astype(np.float32)


def _nearer(group: ClassGroup, some: IntArray, limits: NDArray[np.float32]) -> Iterator[Near]:
    """Yield some own samples at a time and the opposite ones whose squared distance in float32 is at most their limit."""
    left, right = _factors(group.own[some], group.opposite)
    rows = max(16, min(COLUMNS, 4 * BLOCK_ENTRIES // len(right)))
    for start in range(0, len(some), rows):
        block, found = slice(start, start + rows), []
        for first in range(0, len(right), COLUMNS):
            near = left[block] @ right[first : first + COLUMNS].T <= limits[some[block], None]
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


def _unrefused(
    pairs: tuple[IntArray, IntArray, FloatArray], near: Near, group: ClassGroup, problem: PruningProblem
) -> NDArray[np.bool_]:
    """Return which own samples s, at squared distances from own samples i, lead there all opposite ones near i.

    `pairs` are the i, s and squared distances, by i.
    """
    (i, s, squares), own, opposite = pairs, group.own, group.opposite
    away = _distances(own, opposite, near.own, near.opposite) ** 2
    first, last = (np.searchsorted(near.own, i, side=side) for side in ("left", "right"))
    ends, kept = np.cumsum(last - first), np.ones(len(i), dtype=bool)
    met = np.flatnonzero(last > first)
    for start, stop in _shares(ends[met], PAIRS):
        some = met[start:stop]
        count = (last - first)[some]
        item, place = members(first[some], count)
        between = _distances(own, opposite, s[some][item], near.opposite[place])
        refusal = np.maximum.reduceat(2.0 * problem.sigma * between - away[place], np.cumsum(count) - count)
        kept[some] = squares[some] + problem.gap <= -refusal
    return kept


def _shares(ends: IntArray, most: int) -> Iterator[tuple[int, int]]:
    """Yield runs of items, of about `most` entries each, whose entries end at `ends`."""
    total = int(ends[-1]) if len(ends) else 0
    cuts = np.unique([0, *np.searchsorted(ends, np.arange(most, total, most)), len(ends)])
    return itertools.pairwise(cuts.tolist())


def _candidates(group: ClassGroup, sigma: float, gap: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Return the pairs `(i, s)` that (a) and (b) leave, sorted by i, and their `r²`."""
    own, opposite = group.own, group.opposite
    near, away = _near_opposites(group)
    limit = 2.0 * sigma * SAFE * np.sqrt(away[:, 0]) + gap
    found = []
    for start, stop in itertools.pairwise(group.ends.tolist()):
        for part in _parts(stop - start, stop - start):
            block = start + part
            squares = _squares(own[block], own[start:stop])
            i, s = np.nonzero(squares <= (away[block, 0] / SAFE)[:, None] - limit[start:stop])
            found.append((block[i], start + s, squares[i, s]))
    i, s, r = (np.concatenate(parts) for parts in zip(*found, strict=True))
    for number in range(min(NEAR, near.shape[1])):
        between = _distances(own, opposite, s, near[i, number])
        kept = away[i, number] * (1.0 + SLACK) + SLACK >= r + 2.0 * sigma * between + gap
        i, s, r = i[kept], s[kept], r[kept]
    return i, s, r


def _near_opposites(group: ClassGroup) -> tuple[IntArray, FloatArray]:
    """Return some near opposite samples of each own one, nearest first, `(n, SLICES)`, and their squared distances.

    They are the nearest ones of slices of the opposite samples, by products in float32; distances are computed again. Where
    a slice has none but own ones the distance is infinite.
    """
    own, opposite = group.own, group.opposite
    few = min(SLICES, len(opposite))
    ends = [len(opposite) * k // few for k in range(few + 1)]
    left, right = _factors(own, opposite)
    near = np.empty((len(own), few), dtype=np.intp)
    for block in _parts(len(own), len(opposite) // few):
        for k, (a, b) in enumerate(itertools.pairwise(ends)):
            table = left[block] @ right[a:b].T
            table[group.hidden(block, slice(a, b))] = np.inf
            near[block, k] = a + table.argmin(axis=1)
    exact = np.stack([((own - opposite[j]) ** 2).sum(axis=1) for j in near.T], axis=1)
    exact[(group.first[:, None] <= near) & (near < group.last[:, None])] = np.inf
    order = np.argsort(exact, axis=1, kind="stable")
    return np.take_along_axis(near, order, axis=1), np.take_along_axis(exact, order, axis=1)


def _parts(n: int, columns: int) -> list[IntArray]:
    return np.array_split(np.arange(n), 1 + n * columns // BLOCK_ENTRIES)


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
