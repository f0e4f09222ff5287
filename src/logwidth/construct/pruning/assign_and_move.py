"""Moving scores in rounds, by what the tightest balls ask for, the assignment of samples renewed in between."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from logwidth.construct.pruning.leads import assign, in_order, rivals
from logwidth.construct.pruning.problem import PruningProblem, Scores, length_slopes, smooth_lengths
from logwidth.types import FloatArray, IntArray

STEPS = 60
MANY = 4  # one pair in so many: for more it is as quick to look at all
ROUNDING = 1e-9  # Δ²: by which a bound may err
SMALL = 1 << 17  # numbers of a table in which zeros are added sooner than left out
Pairs = tuple[IntArray, IntArray]
ROUNDS = 6
EXTRA_RADIUS = 0.05
EXTRA_GAP = 3.0
REACH = 0.3
VAIN = 2.0
MOST_ENTRIES = 5_000_000  # numbers in the differences of scores that a move looks at
OVERHEAD = 30  # what an entry costs beside its dot product
AssignedScores = tuple[Scores, IntArray, FloatArray]  # with the assignment of the samples, and by how much each is missed


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
    short = Short(own, others, np.sqrt(np.einsum("ij,ij->i", z, z)) + sigma, problem.power == 2.0)

    def shortfall(x: FloatArray) -> tuple[float, FloatArray]:
        W, b = x[:-size].reshape(size, m), x[-size:]
        some = short.candidates(W, b)
        left, right = own[some], others[some]
        U = W.take(left, axis=0)
        U -= W.take(right, axis=0)
        length = smooth_lengths(U, problem.power)
        missed = gap + sigma * length - np.einsum("ij,ij->i", U, z[some]) - b[left] + b[right]
        short.saw(W, b, missed)
        found = np.flatnonzero(missed > 0.0)
        on = np.arange(len(own))[some][found]
        pull = 2.0 * missed[found]
        terms = entered.take(on, axis=0)
        terms *= -pull[:, None]
        slopes = length_slopes(U.take(found, axis=0), length[found], problem.power)
        slopes *= (sigma * pull)[:, None]
        terms[:, :-1] += slopes
        slopes = added(sums, on, terms)
        h = np.zeros(len(own))
        h[some] = np.maximum(missed, 0.0)
        return float(h @ h), np.concatenate([slopes[:, :-1].ravel(), slopes[:, -1]])

    start = np.concatenate([scores.weights.ravel(), scores.biases])
    x, steps = stepped_down(shortfall, start)
    return replace(scores, weights=x[:-size].reshape(size, m), biases=x[-size:]), steps


class Short:
    """Which pairs may fall short: of most it is known from how little their scores have moved that they do not.

    Where a pair misses h at some scores, it misses at others at most `h + (‖z‖ + σ)(‖Δw_s‖ + ‖Δw_j‖) + Δb_j − Δb_s` (ℓ2);
    `reach` are the factors `‖z‖ + σ` `(n,)`. These scores are renewed where too many pairs come into question.
    """

    def __init__(self, own: IntArray, others: IntArray, reach: FloatArray, known: bool) -> None:
        self.own, self.others, self.reach, self.known = own, others, reach, known
        self.there: tuple[FloatArray, FloatArray, FloatArray] | None = None

    def candidates(self, W: FloatArray, b: FloatArray) -> IntArray | slice:
        """Return the pairs that may fall short at some scores, all if they are many."""
        if self.there is not None:
            weights, biases, missed = self.there
            moved, risen = np.linalg.norm(W - weights, axis=1), b - biases
            most = self.reach * (moved[self.own] + moved[self.others])
            most += missed
            most += risen[self.others] - risen[self.own]
            found = np.flatnonzero(most > -ROUNDING)
            if MANY * len(found) <= len(most):
                return found
        return slice(None)

    def saw(self, W: FloatArray, b: FloatArray, missed: FloatArray) -> None:
        """Remember what all pairs miss at some scores."""
        if self.known and len(missed) == len(self.own):
            self.there = W.copy(), b.copy(), missed


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


class ScoreMover:
    """Moves scores for one problem and counts the `work` in multiplications.

    Moves in a row keep the pairs of a sample and a rival that they looked at: what one has mended the next leaves alone.
    A `hasty` one gives up where two moves leave more samples unserved than there were, or one more than twice as many
    (`vain`), and moves with the assignment that it has; nearly always the rest would be in vain.
    """

    def __init__(self, problem: PruningProblem, *, hasty: bool = False) -> None:
        self.problem, self.hasty, self.hopeless, self.vain = problem, hasty, False, False
        self.wanted = (problem.sigma, problem.gap)
        self.target = (problem.sigma + EXTRA_RADIUS * (0.5 - problem.sigma), EXTRA_GAP * problem.gap)
        self.held: Pairs | None = None
        self.work = 0.0

    def served(self, scores: Scores) -> tuple[IntArray, FloatArray]:
        """Return the assignment of the samples and by how much each is missed; at most 0 is served."""
        self.work += scan_work(self.problem, scores)
        return assign(self.problem, scores, *self.wanted)

    def assign_and_move(self, scores: Scores, rounds: int = ROUNDS) -> AssignedScores:
        """Return the scores moved until all samples are served, or it seems hopeless, with their assignment."""
        first = last = np.inf
        self.held = None
        for number in range(rounds + 1):
            cover, short = self.served(scores)
            missing = int((short > 0.0).sum())
            self.vain = self.hasty and number > 0 and missing > VAIN * first
            self.hopeless = self.vain or (self.hasty and number > 1 and missing > first)
            if not missing or number == rounds or self.hopeless or (number > 2 and missing > 0.8 * last):
                break
            first, last = (missing if number == 0 else first), missing
            scores = self._moved(scores, cover)
        return scores, cover, short

    def _moved(self, scores: Scores, cover: IntArray) -> Scores:
        if not self.hasty:
            cover = self._assigned(scores, cover)
        reach = REACH * (1.0 - self.problem.sigma)
        most = MOST_ENTRIES // scores.weights.shape[1]
        pairs = rivals(self.problem, scores, cover, self.target, reach, most)
        if self.held is not None:
            keys = np.unique(np.concatenate([i * scores.size + j for i, j in (self.held, pairs)]))
            if len(keys) <= most:
                pairs = in_order(self.problem, cover, *np.divmod(keys, scores.size))
        self.held = pairs
        moved, work = self.tightened(scores, cover, pairs)
        self.work += (1.0 if self.hasty else 2.0) * scan_work(self.problem, scores) + work
        return moved

    def _assigned(self, scores: Scores, cover: IntArray) -> IntArray:
        """Return the assignment for the target; in a class of one score there is nothing to choose."""
        problem = self.problem
        some = np.flatnonzero(np.bincount(scores.classes)[problem.labels] > 1)
        if some.size:
            part = replace(problem, images=problem.images[some], labels=problem.labels[some])
            cover = cover.copy()
            cover[some] = assign(part, scores, *self.target)[0]
        return cover

    def tightened(self, scores: Scores, cover: IntArray, pairs: Pairs) -> tuple[Scores, float]:
        """Return the scores after a move, and its multiplications."""
        moved, steps = tightened(self.problem, scores, cover, pairs, self.target)
        per_step = 8 * len(pairs[0]) * (scores.weights.shape[1] + OVERHEAD / 4) + 40 * scores.weights.size
        return moved, float(steps) * per_step


def scan_work(problem: PruningProblem, scores: Scores) -> float:
    """Return the multiplications of one look at all samples and scores, overhead included."""
    return 2.0 * len(problem.labels) * (scores.weights.size + OVERHEAD * scores.size)
