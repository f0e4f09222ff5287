"""Few samples whose Voronoi scores serve all (theorem T6): greedy set covers, and what no cover can go below."""

import heapq
from dataclasses import replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from logwidth.compute.executor import executor_for
from logwidth.compute.threads import thread_pool
from logwidth.construct.plan import Plan
from logwidth.construct.pruning.problem import PruningProblem
from logwidth.construct.pruning.reach import covered_in_classes, covered_lists
from logwidth.errors import InputError
from logwidth.types import IntArray


def cover_work(plan: Plan) -> float:
    """Return about the multiplications that a greedy cover takes: `m Σ n_c (N − n_c)`."""
    return sum(_products(plan.labels, plan.map_rank))


def _products(labels: IntArray, rank: int) -> list[float]:
    sizes = np.bincount(labels).astype(np.float64)
    return list((rank * sizes * (len(labels) - sizes)).tolist())


def covering_rows(problem: PruningProblem) -> IntArray:
    """Return the rows of a greedy cover, class by class, in the order in which they were chosen; none can be left out."""
    works = _products(problem.labels, problem.images.shape[1])
    problem, groups = replace(problem, near=problem.nearest()), problem.groups
    with thread_pool() as pool:
        answers = executor_for(pool, work=sum(works)).run(
            _greedy_rows, problem, groups, weigh=lambda group: sum(works[group.start : group.stop])
        )
        return np.concatenate(list(answers))


def cover_lower(plan: Plan) -> int:
    """Return a lower bound on the size of every such cover by samples, for every choice of covering samples.

    The dual of the linear relaxation: `y ≥ 0` on samples with `Σ_{i covered by s} y_i ≤ 1` for all s gives `Σ y`.
    Whatever the solver returns is made feasible before it counts. Which sample covers which is decided in floats, so
    this is a bound for the covers that :meth:`Pruning.cover` chooses from, not a theorem about all networks.
    """
    problem = PruningProblem.of(plan)
    return sum(_packing_lower(covered_lists(problem, label)) for label in range(problem.n_classes))


def _greedy_rows(problem: PruningProblem, labels: range) -> IntArray:
    """Return the rows of greedy covers of some classes."""
    rows = (np.flatnonzero(problem.labels == label) for label in labels)
    return np.concatenate([_greedy(*pair) for pair in zip(rows, covered_in_classes(problem, labels), strict=True)])


def _greedy(rows: IntArray, lists: list[IntArray]) -> IntArray:
    """Return the rows of a greedy cover of a class, lazily: gains only shrink, so one that leads when renewed is largest."""
    covered = np.zeros(len(rows), dtype=bool)
    covered[np.concatenate(lists)] = True
    if not covered.all():
        raise InputError("no cover: the scores of the samples themselves do not lead on all balls in this norm")
    queue = [(-len(served), s) for s, served in enumerate(lists)]
    heapq.heapify(queue)
    left, chosen = np.ones(len(rows), dtype=bool), []
    while left.any():
        _, s = heapq.heappop(queue)
        gain = int(left[lists[s]].sum())
        if queue and (-gain, s) > queue[0]:
            heapq.heappush(queue, (-gain, s))
            continue
        chosen.append(s)
        left[lists[s]] = False
    return np.asarray(rows[np.array(_needed(chosen, lists))])


def _needed(chosen: list[int], lists: list[IntArray]) -> list[int]:
    """Return the chosen ones without those whose samples the rest covers too, the last ones left out first."""
    times = np.zeros(len(lists), dtype=np.intp)
    for s in chosen:
        times[lists[s]] += 1
    kept = []
    for s in reversed(chosen):
        if (times[lists[s]] > 1).all():
            times[lists[s]] -= 1
        else:
            kept.append(s)
    return kept[::-1]


def _packing_lower(lists: list[IntArray]) -> int:
    """Return `⌈Σ y⌉` of a feasible packing, at least 1."""
    n = len(lists)
    ends = np.cumsum([0, *(len(covered) for covered in lists)])
    A = csr_matrix((np.ones(ends[-1]), np.concatenate(lists), ends), shape=(n, n))
    solved = milp(
        -np.ones(n), constraints=LinearConstraint(A, ub=np.ones(n)), bounds=Bounds(0.0, 1.0)
    )  # nothing is integral
    if solved.x is None:
        return 1
    y = np.maximum(solved.x, 0.0)
    load = float((A @ y).max()) * (1.0 + 1e-9)
    return max(1, int(np.ceil(float(y.sum()) / max(load, 1.0) - 1e-6)))
