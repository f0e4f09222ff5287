"""Which opposite scores can matter to a class at all: most scores of many classes lie too far away."""

import numpy as np
from numpy.typing import NDArray

from logwidth.construct.pruning.lengths import pairwise
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import IntArray

SHARE = 8  # samples a score, at least: else the table of scores takes as much as it may save
ENTRIES = 1 << 20  # of that table at a time
ROUNDING = 1e-9  # of the terms of a bound, beyond what it may err by


def near_scores(
    problem: PruningProblem, scores: Scores, bounds: tuple[float, float], reach: float
) -> NDArray[np.bool_] | None:
    """Return, per class, the scores over which one of its own may miss at least `−reach` at one of its samples.

    Of shape (classes, P); None where all scores are to be looked at. `bounds` = (sigma, gap); scores in the order of their
    classes. With g and r of a ball around the samples of its class, own score s misses over score j at most
    `gap + (σ + r)‖w_s − w_j‖_2 + a_j(g) − a_s(g)` at any of them.
    """
    P = scores.size
    if problem.power != 2.0 or len(problem.labels) < P * SHARE or problem.n_classes <= scores.classes[-1]:
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
