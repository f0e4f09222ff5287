"""Moving scores so that each leads on the balls it serves: for a fixed assignment a convex problem."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from logwidth.construct.pruning.lengths import length_slopes, smooth_lengths
from logwidth.construct.pruning.problem import PruningProblem, Scores
from logwidth.types import FloatArray, IntArray

STEPS = 60
SMALL = 1 << 17  # numbers of a table in which zeros are added sooner than left out
Pairs = tuple[IntArray, IntArray]


def tightened(
    problem: PruningProblem, scores: Scores, cover: IntArray, pairs: Pairs, bounds: tuple[float, float]
) -> tuple[Scores, int]:
    """Return the scores after L-BFGS steps downhill on `Σ ReLU(gap + σ‖w_s − w_j‖_q − (a_s − a_j)(z_i))²`, s = cover(i).

    The sum runs over the given pairs (sample i, opposite score j). Every term is convex in (w, b): for a fixed assignment
    the admissible scores form a second-order cone program. Also returns the number of evaluations.
    """
    rows, others = pairs
    sigma, gap = bounds
    own, z = cover[rows], problem.images[rows]
    size, m = scores.weights.shape
    sums, entered = difference_sums(own, others, size), np.column_stack([z, np.ones(len(z))])

    def shortfall(x: FloatArray) -> tuple[float, FloatArray]:
        W, b = x[:-size].reshape(size, m), x[-size:]
        U = W.take(own, axis=0)
        U -= W.take(others, axis=0)
        length = smooth_lengths(U, problem.power)
        h = np.maximum(gap + sigma * length - np.einsum("ij,ij->i", U, z) - b[own] + b[others], 0.0)
        on = np.flatnonzero(h)
        pull = 2.0 * h[on]
        terms = entered.take(on, axis=0)
        terms *= -pull[:, None]
        slopes = length_slopes(U.take(on, axis=0), length[on], problem.power)
        slopes *= (sigma * pull)[:, None]
        terms[:, :-1] += slopes
        slopes = added(sums, on, terms)
        return float(h @ h), np.concatenate([slopes[:, :-1].ravel(), slopes[:, -1]])

    start = np.concatenate([scores.weights.ravel(), scores.biases])
    x, steps = stepped_down(shortfall, start)
    return replace(scores, weights=x[:-size].reshape(size, m), biases=x[-size:]), steps


def stepped_down(function: Callable[[FloatArray], tuple[float, FloatArray]], start: FloatArray) -> tuple[FloatArray, int]:
    """Return where L-BFGS steps from `start` end, and how often they asked for the function and its gradient."""
    found = minimize(
        function,
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": STEPS, "maxcor": 10, "ftol": 0.0, "gtol": 1e-10},
    )
    return found.x, int(found.nfev)


def added(sums: csr_matrix, on: IntArray, terms: FloatArray) -> FloatArray:
    """Return `sums[:, on] @ terms` `(size, k)`; a small table is filled up with zeros: the same bits, sooner."""
    if sums.shape[1] * terms.shape[1] > SMALL:
        return np.asarray(sums[:, on] @ terms)
    whole = np.zeros((sums.shape[1], terms.shape[1]))
    whole[on] = terms
    return np.asarray(sums @ whole)


def difference_sums(own: IntArray, others: IntArray, size: int) -> csr_matrix:
    """Return the matrix `(size, n)` that adds the gradient in every difference `w_own − w_other` to both scores."""
    count = np.arange(len(own))
    signs = np.repeat([1.0, -1.0], len(own))
    return csr_matrix((signs, (np.concatenate([own, others]), np.concatenate([count, count]))), shape=(size, len(own)))
