"""Which own score serves which sample best, and by how much it falls short on the sample's ball."""

from collections.abc import Iterator

import numpy as np

from logwidth.compute.threads import thread_pool
from logwidth.construct.pruning.lengths import pairwise
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import FloatArray, IntArray

CHOICES = 32
URGENT = 16
BLOCK_ENTRIES = 1 << 20
MOMENT = 2e7  # pairs of a sample and a score
Sides = tuple[IntArray, IntArray]


def assign(problem: PruningProblem, scores: Scores, sigma: float, gap: float) -> tuple[IntArray, FloatArray]:
    """Return, per sample, the own score that serves it best `(N,)` and its shortfall `(N,)`, in units of Δ².

    The shortfall of score s at sample i is `max_j gap + σ‖w_s − w_j‖_q + a_j(z_i) − a_s(z_i)` over opposite scores j; at
    most 0 means that s leads on the whole ball. The largest own scores are tried first, 32 at most, as far as
    needed; what limits a sample under one own score is asked first whether it limits it as much under the next. Work
    `N P m`, in blocks of a million entries, on all cores where it takes more than a moment.
    """
    cover = np.zeros(len(problem.labels), dtype=np.intp)
    short = np.full(len(problem.labels), np.inf)

    def answered(task: tuple[IntArray, Sides]) -> None:
        block, sides = task
        cover[block], short[block] = _Duel(problem.images[block], scores, sides, (sigma, gap), problem.power).best()

    if len(problem.labels) * scores.size <= MOMENT:
        for task in _tasks(problem, scores):
            answered(task)
    else:
        with thread_pool() as pool:
            list(pool.map(answered, _tasks(problem, scores)))
    return cover, short


def _tasks(problem: PruningProblem, scores: Scores) -> Iterator[tuple[IntArray, Sides]]:
    """Yield blocks of samples of one class, those with the same largest own score together, with their own and opposite."""
    for rows, sides in _classes(problem, scores):
        favourite = _favourites(problem.images[rows], scores, sides[0])
        for block in _blocks(rows[np.argsort(favourite, kind="stable")], scores.size):
            yield block, sides


def rivals(
    problem: PruningProblem, scores: Scores, cover: IntArray, bounds: tuple[float, float], reach: float, most: int
) -> tuple[IntArray, IntArray]:
    """Return samples and opposite scores `(n,)`, `(n,)` whose lead is short of the wanted one by more than `−reach`.

    `bounds` = (sigma, gap) are the wanted radius and lead; per sample at most the 16 most urgent rivals, and of all of
    them the `most` most urgent.
    """
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    held = 0
    for rows, sides in _classes(problem, scores):
        place = np.zeros(scores.size, dtype=np.intp)
        place[sides[0]] = np.arange(len(sides[0]))
        for block in _blocks(rows[np.argsort(cover[rows], kind="stable")], scores.size):
            duel = _Duel(problem.images[block], scores, sides, bounds, problem.power)
            found.append(_urgent(duel.missing(np.arange(len(block)), place[cover[block]]), reach, block, sides[1]))
            held += len(found[-1][0])
            if held > 4 * most:
                found = [_most_urgent(found, most)]
                held = most
    i, j, _ = _most_urgent(found, most)
    return i, j


class _Duel:
    """Own against opposite scores at a block of samples `z` `(n, m)`; `bounds` = (sigma, gap), `power` that of lengths."""

    def __init__(self, z: FloatArray, scores: Scores, sides: Sides, bounds: tuple[float, float], power: float) -> None:
        self.scores, self.sides, (self.sigma, self.gap), self.power = scores, sides, bounds, power
        self.mine, self.against = (_values(z, scores, side) for side in sides)

    def best(self) -> tuple[IntArray, FloatArray]:
        """Return the best own score of each sample `(n,)` and its shortfall `(n,)`."""
        best = self.mine.argmax(axis=1)
        short, limiting = _limits(self.missing(np.arange(len(best)), best))
        rows = np.flatnonzero(short > 0.0)
        ranked = np.argsort(-self.mine[rows], axis=1, kind="stable")[:, :CHOICES]
        for choice in range(1, ranked.shape[1]):
            on = short[rows] > 0.0
            rows, ranked = rows[on], ranked[on]
            if not rows.size:
                break
            asked, s = rows, ranked[:, choice]
            hopeful = self.missing_over(asked, s, limiting[asked]) < short[asked]  # else the same rival limits it as much
            asked, s = asked[hopeful], s[hopeful]
            if not asked.size:
                continue
            missing, by = _limits(self.missing(asked, s))
            better = missing < short[asked]
            asked = asked[better]
            best[asked], short[asked], limiting[asked] = s[better], missing[better], by[better]
        return self.sides[0][best], short

    def missing_over(self, rows: IntArray, s: IntArray, j: IntArray) -> FloatArray:
        """Return what own score `s[k]` misses over the one opposite score `j[k]` at sample `rows[k]` `(n,)`."""
        weights, (own, opposite) = self.scores.weights, self.sides
        length = np.linalg.norm(weights[own[s]] - weights[opposite[j]], ord=self.power, axis=1)
        return np.asarray(self.gap + self.sigma * length + self.against[rows, j] - self.mine[rows, s])

    def missing(self, rows: IntArray, s: IntArray) -> FloatArray:
        """Return what own score `s[k]` (its place among the own) misses over each opposite one at sample `rows[k]`."""
        some, which = np.unique(s, return_inverse=True)
        own, opposite = (self.scores.weights[side] for side in (self.sides[0][some], self.sides[1]))
        table = (self.sigma * pairwise(own, opposite, self.power))[which]
        table += self.against if len(rows) == len(self.against) else self.against[rows]
        table += (self.gap - self.mine[rows, s])[:, None]
        return np.asarray(table)


def _limits(table: FloatArray) -> tuple[FloatArray, IntArray]:
    """Return the largest entry of each row `(n,)` and its place."""
    place = table.argmax(axis=1)
    return table[np.arange(len(table)), place], place


def _classes(problem: PruningProblem, scores: Scores) -> Iterator[tuple[IntArray, Sides]]:
    """Yield the samples of each class with its own and the opposite scores."""
    order = np.argsort(problem.labels, kind="stable")
    ends = np.cumsum(np.bincount(problem.labels))
    for label, rows in enumerate(np.split(order, ends[:-1])):
        yield rows, (np.flatnonzero(scores.classes == label), np.flatnonzero(scores.classes != label))


def _blocks(rows: IntArray, size: int) -> Iterator[IntArray]:
    step = max(1, BLOCK_ENTRIES // size)
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def _favourites(z: FloatArray, scores: Scores, own: IntArray) -> IntArray:
    """Return the place of the largest own score at each sample `(n,)`."""
    if len(own) == 1:
        return np.zeros(len(z), dtype=np.intp)
    parts = [_values(z[block], scores, own).argmax(axis=1) for block in _blocks(np.arange(len(z)), len(own))]
    return np.concatenate(parts)


def _values(z: FloatArray, scores: Scores, which: IntArray) -> FloatArray:
    values = z @ scores.weights[which].T
    values += scores.biases[which]
    return np.asarray(values)


def _urgent(table: FloatArray, reach: float, block: IntArray, opposite: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    if table.shape[1] > URGENT:
        level = -np.partition(-table, URGENT - 1, axis=1)[:, URGENT - 1]
        on = table >= np.maximum(level, -reach)[:, None]
    else:
        on = table >= -reach
    i, j = np.nonzero(on)
    return block[i], opposite[j], table[i, j]


def _most_urgent(found: list[tuple[IntArray, IntArray, FloatArray]], most: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return what was found as one, cut down to the `most` largest."""
    i, j, missing = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if len(missing) > most:
        kept = np.sort(np.argpartition(-missing, most - 1)[:most])
        i, j, missing = i[kept], j[kept], missing[kept]
    return i, j, missing
