"""Few samples whose Voronoi scores serve all (theorem T6): greedy set covers, and what no cover can go below."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from logwidth.construct.plan import FloatArray, IntArray, Plan, Prototypes
from logwidth.construct.pruning.scene import Scene, Scores


def covering_prototypes(plan: Plan) -> Prototypes:
    """Return samples that cover all samples of their class against all opposite samples, chosen greedily.

    Sample s covers i when `(a_s − a_j)(z_i) − 2σ‖c_s − c_j‖ ≥ gap` for every opposite sample j: on the whole ball around
    i the score of s leads. Each class is a set-cover problem of its own (T6).
    """
    scene = Scene.of(plan)
    return Scores.voronoi(scene, covering_rows(scene)).prototypes(plan, scene)


def cover_work(plan: Plan) -> float:
    """Return the number of comparisons that a greedy cover takes: `Σ n_c² (N − n_c)`."""
    sizes = np.bincount(plan.labels).astype(np.float64)
    return float((sizes * sizes * (len(plan.labels) - sizes)).sum())


def covering_rows(scene: Scene) -> IntArray:
    """Return the rows of a greedy cover, class by class."""
    return np.concatenate([_greedy_rows(scene, label) for label in range(scene.n_classes)])


def cover_lower(plan: Plan) -> int:
    """Return a lower bound on the size of every such cover by samples, for every choice of covering samples.

    The dual of the linear relaxation: `y ≥ 0` on samples with `Σ_{i covered by s} y_i ≤ 1` for all s gives `Σ y`.
    Whatever the solver returns is made feasible before it counts. Who covers whom is decided in floats, so this is a
    bound for the covers that :func:`covering_prototypes` chooses from, not a theorem about all networks.
    """
    scene = Scene.of(plan)
    return sum(_packing_lower(covers(scene, label)[1]) for label in range(scene.n_classes))


def covers(scene: Scene, label: int) -> tuple[IntArray, NDArray[np.bool_]]:
    """Return the rows of a class `(n,)` and the table `(n, n)` of which row covers which."""
    rows, others = np.flatnonzero(scene.labels == label), np.flatnonzero(scene.labels != label)
    own, opposite = scene.images[rows], scene.images[others]
    rivals = _scores(own, opposite)
    table = np.zeros((len(rows), len(rows)), dtype=bool)
    some = len(others) // 8 + 1
    for number, centre in enumerate(own):
        reach = 2.0 * scene.sigma * np.sqrt(np.maximum(((opposite - centre) ** 2).sum(axis=1), 0.0))
        lead = _scores(own, centre[None])[:, 0] - scene.gap
        near = np.flatnonzero(lead >= (rivals[:, :some] + reach[:some]).max(axis=1))
        table[number, near] = lead[near] >= (rivals[near] + reach).max(axis=1)
    return rows, table


def _scores(points: FloatArray, centres: FloatArray) -> FloatArray:
    return np.asarray(2.0 * points @ centres.T - (centres * centres).sum(axis=1))


def _greedy_rows(scene: Scene, label: int) -> IntArray:
    rows, table = covers(scene, label)
    np.fill_diagonal(table, True)
    left, chosen = np.ones(len(rows), dtype=bool), []
    gains = table.sum(axis=1)
    while left.any():
        best = int(np.argmax(gains))
        chosen.append(best)
        fresh = table[best] & left
        left &= ~fresh
        gains = gains - table[:, fresh].sum(axis=1)
    return np.asarray(rows[np.array(chosen)])


def _packing_lower(table: NDArray[np.bool_]) -> int:
    """Return `⌈Σ y⌉` of a feasible packing, at least 1."""
    n = len(table)
    A = table.astype(np.float64)
    solved = linprog(-np.ones(n), A_ub=A, b_ub=np.ones(n), bounds=[(0.0, 1.0)] * n)
    if solved.x is None:
        return 1
    y = np.maximum(solved.x, 0.0)
    load = float((A @ y).max()) * (1.0 + 1e-9)
    return max(1, int(np.ceil(float(y.sum()) / max(load, 1.0) - 1e-6)))
