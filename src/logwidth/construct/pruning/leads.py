"""Which own score serves which sample best, and by how much it falls short on the sample's ball."""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from logwidth.compute.threads import thread_pool
from logwidth.construct.pruning.duel import Duel, Sides
from logwidth.construct.pruning.problem import PruningProblem, Scores, pairwise
from logwidth.types import FloatArray, IntArray

NEAR_SHARE = 8  # samples a score, at least: else the table of scores takes as much as it may save
ENTRIES = 1 << 20  # of that table at a time
ROUNDING = 1e-9  # of the terms of a bound, beyond what it may err by
CHOICES = 32
URGENT = 16
SHARE = 2048  # samples of a task
TABLE = 40_000  # entries of a table of samples and near scores that take as long as what a task costs beside them
BLOCK = 256  # samples that other choices are looked for at a time
MOMENT = 2e7  # pairs of a sample and a score
Answer = TypeVar("Answer")


def near_scores(
    problem: PruningProblem, scores: Scores, bounds: tuple[float, float], reach: float
) -> NDArray[np.bool_] | None:
    """Return, per class, the scores over which one of its own may miss at least `−reach` at one of its samples.

    Of shape (classes, P); None where all scores are to be looked at. `bounds` = (sigma, gap); scores in the order of their
    classes. With g and r of a ball around the samples of its class, own score s misses over score j at most
    `gap + (σ + r)‖w_s − w_j‖_2 + a_j(g) − a_s(g)` at any of them.
    """
    P = scores.size
    if problem.power != 2.0 or len(problem.labels) < P * NEAR_SHARE or problem.n_classes <= scores.classes[-1]:
        return None
    (sigma, gap), (centres, radii) = bounds, problem.balls
    values = centres @ scores.weights.T + scores.biases
    room = ROUNDING * (1.0 + np.abs(values).max() + (scores.weights**2).sum(axis=1).max())
    found = np.zeros((problem.n_classes, P), dtype=bool)
    step = max(1, ENTRIES // P)
    for start in range(0, P, step):
        own = np.arange(start, min(start + step, P))
        label = scores.classes[own]
        most = pairwise(scores.weights[own], scores.weights, 2.0)
        most *= (sigma + radii[label])[:, None]
        most += values[label]
        near = most >= (values[label, own] - gap - reach - room)[:, None]
        first = np.flatnonzero(np.diff(label, prepend=-1))
        found[label[first]] |= np.logical_or.reduceat(near, first)
    found[scores.classes, np.arange(P)] = False
    return found


def groups_near(near: NDArray[np.bool_], sizes: IntArray, entries: int, most: int) -> list[range]:
    """Return neighbouring classes that are looked at together, over all scores that are `near` one of them.

    A class joins while the table of their samples and these scores has at most so many `entries`, of `most` samples.
    """
    groups, held, union = [range(0)], 0, np.zeros(near.shape[1], dtype=bool)
    for label, size in enumerate(sizes.tolist()):
        joined = union | near[label]
        if held + size > most or (held + size) * int(np.count_nonzero(joined)) > entries:
            groups.append(range(label, label))
            held, joined = 0, near[label]
        groups[-1] = range(groups[-1].start, label + 1)
        held, union = held + size, joined
    return [group for group in groups if group]


def assign(problem: PruningProblem, scores: Scores, sigma: float, gap: float) -> tuple[IntArray, FloatArray]:
    """Return, per sample, the own score that serves it best `(N,)` and its shortfall `(N,)`, in units of Δ².

    The shortfall of score s at sample i is `max_j gap + σ‖w_s − w_j‖_q + a_j(z_i) − a_s(z_i)` over opposite scores j; at
    most 0 means that s leads on the whole ball, by how much is not said. Of the largest own scores, 32 at most, the largest
    that serves the sample is taken, else one that misses least. What limits a sample under its largest score is asked
    first whether it limits it as much under the others. Work `N P m`, in small blocks, on all cores where it takes more
    than a moment.
    """
    order, scores = by_class(scores)
    cover = np.zeros(len(problem.labels), dtype=np.intp)
    short = np.full(len(problem.labels), np.inf)

    def answered(sides: Sides) -> None:
        own, short[sides.rows] = _best(Duel(problem.images[sides.rows], scores, sides, (sigma, gap), problem.power))
        cover[sides.rows] = order[own]

    _each(answered, problem, scores, near_scores(problem, scores, (sigma, gap), 0.0))
    return cover, short


def rivals(
    problem: PruningProblem, scores: Scores, cover: IntArray, bounds: tuple[float, float], reach: float, most: int
) -> tuple[IntArray, IntArray]:
    """Return samples and opposite scores `(n,)`, `(n,)` whose lead is short of the wanted one by more than `−reach`.

    `bounds` = (sigma, gap) are the wanted radius and lead; per sample at most the 16 most urgent rivals, and of all of
    them the `most` most urgent.
    """
    order, scores = by_class(scores)
    chosen = np.argsort(order)[cover]

    def urgent(sides: Sides) -> tuple[IntArray, IntArray, FloatArray]:
        rows = sides.rows
        i, j, missing = _urgent(Duel(problem.images[rows], scores, sides, bounds, problem.power), chosen[rows], reach)
        i, j, missing = _most_urgent([(i, j, missing)], most)
        return rows[i], j, missing

    i, j, _ = _most_urgent(_each(urgent, problem, scores, near_scores(problem, scores, bounds, reach)), most)
    return in_order(problem, cover, i, order[j])


def in_order(problem: PruningProblem, cover: IntArray, i: IntArray, j: IntArray) -> tuple[IntArray, IntArray]:
    """Return pairs by class and own score: sums of moves then have the same bits however the work was shared."""
    place = np.empty(len(cover), dtype=np.intp)
    place[np.lexsort((cover, problem.labels))] = np.arange(len(cover))
    by = np.lexsort((j, place[i]))
    return i[by], j[by]


def _best(duel: Duel) -> tuple[IntArray, FloatArray]:
    """Return the best own score of each sample `(n,)` and its shortfall `(n,)`."""
    mine = duel.own_values()
    best = duel.sides.first + mine.argmax(axis=1)
    short, limiting = duel.missed(np.arange(len(best)), best)
    unserved = np.flatnonzero(short > 0.0)
    if mine.shape[1] > 1:
        for start in range(0, len(unserved), BLOCK):
            rows = unserved[start : start + BLOCK]
            best[rows], short[rows] = _better(duel, rows, mine[rows], (short[rows], limiting[rows]))
    return best, short


def _better(duel: Duel, rows: IntArray, mine: FloatArray, known: tuple[FloatArray, IntArray]) -> tuple[IntArray, FloatArray]:
    """Return the best of the largest own scores at samples that the largest does not serve, and their shortfall.

    `known` = shortfalls of the largest scores and rivals `(n, k)` that limit them. Every other choice misses at least what
    it misses over these, and over those met since: only a choice that may still be better is looked at in full.
    """
    short, limiting = known
    ranked = np.argsort(-mine, axis=1, kind="stable")[:, :CHOICES]
    absent = np.take_along_axis(mine, ranked, axis=1) == -np.inf
    ranked = duel.sides.first[rows, None] + np.where(absent, 0, ranked)
    best, short = ranked[:, 0].copy(), short.copy()
    least = _over(duel, rows, ranked, limiting)
    least[:, 0], least[absent] = np.inf, np.inf
    while True:
        hopeful = least < short[:, None]
        on = np.flatnonzero((short > 0.0) & hopeful.any(axis=1))
        if not on.size:
            return best, short
        choice = hopeful[on].argmax(axis=1)
        missing, by = duel.missed(rows[on], ranked[on, choice])
        least[on, choice] = np.inf
        further = _over(duel, rows[on], ranked[on], by[:, :1])
        least[on] = np.maximum(least[on], np.where((missing > 0.0)[:, None], further, -np.inf))
        better = missing < short[on]
        best[on[better]], short[on[better]] = ranked[on[better], choice[better]], missing[better]


def _over(duel: Duel, rows: IntArray, ranked: IntArray, by: IntArray) -> FloatArray:
    """Return what each of the `ranked` own scores `(n, c)` misses at most over some rivals `by` `(n, k)` of each sample."""
    shape = (len(rows), ranked.shape[1], by.shape[1])
    places = (rows[:, None, None], ranked[:, :, None], by[:, None, :])
    asked = (np.broadcast_to(place, shape).ravel() for place in places)
    return np.asarray(duel.exactly(*asked).reshape(shape).max(axis=2))


def _urgent(duel: Duel, s: IntArray, reach: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Return samples and opposite scores over which `s` misses at least `−reach`, and what it misses."""
    rows, found = np.arange(len(s)), [(np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp))]
    for part, table in duel.tables(rows, s):
        i, j = np.divmod(np.flatnonzero(table >= -reach - duel.room), table.shape[1])
        found.append((i + part.start, duel.sides.opposite[j]))
    i, j = (np.concatenate(parts) for parts in zip(*found, strict=True))
    missing = duel.exactly(i, s[i], j)
    order = np.lexsort((j, -missing, i))
    order = order[missing[order] >= -reach]
    order = order[np.arange(len(order)) - np.searchsorted(i[order], i[order]) < URGENT]
    order = order[np.lexsort((j[order], i[order]))]
    return i[order], j[order], missing[order]


def by_class(scores: Scores) -> tuple[IntArray, Scores]:
    """Return the order of the scores by class, and the scores in it."""
    order: IntArray = np.argsort(scores.classes, kind="stable")
    return order, scores.take(order)


def _each(
    do: Callable[[Sides], Answer], problem: PruningProblem, scores: Scores, near: NDArray[np.bool_] | None
) -> list[Answer]:
    """Return what a function answers for all samples, some at a time; on all cores where it takes more than a moment."""
    tasks = _tasks(problem, scores, near)
    if len(problem.labels) * scores.size <= MOMENT:
        return [do(sides) for sides in tasks]
    with thread_pool() as pool:
        return list(pool.map(do, tasks))


def _tasks(problem: PruningProblem, scores: Scores, near: NDArray[np.bool_] | None) -> Iterator[Sides]:
    """Yield samples of one class, or of some small ones, with the scores, in the order of their classes, on both sides.

    Opposite are the scores that are `near` one of the classes (:func:`near_scores`), or all.
    """
    order, sizes = np.argsort(problem.labels, kind="stable"), np.bincount(problem.labels)
    ends, cuts = np.append(0, np.cumsum(sizes)), np.searchsorted(scores.classes, np.arange(len(sizes) + 1))
    for group in problem.groups if near is None else groups_near(near, sizes, TABLE, SHARE):
        mixed, opposite = len(group) > 1, np.arange(scores.size)
        if near is not None:
            opposite = np.flatnonzero(near[group.start : group.stop].any(axis=0))
        elif not mixed:
            opposite = np.delete(opposite, slice(cuts[group.start], cuts[group.stop]))
        for start in range(ends[group.start], ends[group.stop], SHARE):
            rows = order[start : min(start + SHARE, ends[group.stop])]
            classes = problem.labels[rows]
            yield Sides(rows, cuts[classes], cuts[classes + 1], opposite, mixed)


def _most_urgent(found: list[tuple[IntArray, IntArray, FloatArray]], most: int) -> tuple[IntArray, IntArray, FloatArray]:
    """Return what was found as one, cut down to the `most` largest."""
    i, j, missing = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if len(missing) > most:
        kept = np.sort(np.argpartition(-missing, most - 1)[:most])
        i, j, missing = i[kept], j[kept], missing[kept]
    return i, j, missing
