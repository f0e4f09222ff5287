"""Newton's method for weights of T2, and ellipsoids inscribed in ℓp balls (T2 for other p). Heuristics: any will do."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from logwidth.types import FloatArray, IntArray

LEAST_WEIGHT = 1e-300
LEAST_GAIN = 1e-2
LEAST_STEP = 1e-6
SHRINK = 0.1
FITS = 12
SCALINGS = 10
FLOOR = 1e-9
MIXTURES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)


@dataclass(frozen=True, eq=False)
class Smoothed:
    """The smoothed dual `max_P ⟨P, M(w)⟩ + T entropy(P) + T Σ w log w` at weights w, P in the Fantope of trace k.

    The maximum is at `P = E diag(p) Eᵀ`, `p = 1/(1 + exp(−(λ − ν)/T))`, E and λ the eigenpairs of M(w), `Σp = k`.
    It exceeds `Σ_{l≤k} λ_l(M)` by `T·entropy` less `T log n` at most.
    """

    weights: FloatArray
    value: float
    eigenvalues: FloatArray
    vectors: FloatArray
    share: FloatArray

    @property
    def factor(self) -> FloatArray:
        """F with `P = F Fᵀ`, without the directions that P hardly uses."""
        on = self.share > 1e-9
        return np.ascontiguousarray(self.vectors[:, on] * np.sqrt(self.share[on]))

    def eigensum(self, rank: int) -> float:
        """Return the sum of the `rank` largest eigenvalues of M(w)."""
        return float(self.eigenvalues[-rank:].sum())


def smoothed(differences: FloatArray, weights: FloatArray, rank: int, temperature: float) -> Smoothed:
    """Return the smoothed dual at the given weights."""
    eigenvalues, E = np.linalg.eigh(differences.T @ (weights[:, None] * differences))
    nu = level(eigenvalues, rank, temperature)
    spread = (eigenvalues - nu) / temperature
    value = rank * nu + temperature * np.logaddexp(0.0, spread).sum()
    value += temperature * (weights * np.log(np.maximum(weights, LEAST_WEIGHT))).sum()
    return Smoothed(weights, float(value), eigenvalues, E, expit(spread))


def descend(differences: FloatArray, weights: FloatArray, rank: int, temperature: float, steps: int) -> Smoothed:
    """Return the smoothed dual after at most `steps` damped Newton steps on the simplex of weights.

    Stops when a step promises less than a hundredth of the temperature. Cost of a step: n² r² / 2 products.
    """
    here = smoothed(differences, weights, rank, temperature)
    for _ in range(steps):
        direction, gain = _newton_direction(differences, here, temperature)
        there = _line_search(differences, here, direction, gain, rank, temperature)
        if there is None:
            break
        here = there
        if gain < LEAST_GAIN * temperature:
            break
    return here


def _newton_direction(differences: FloatArray, here: Smoothed, temperature: float) -> tuple[FloatArray, float]:
    """Return the Newton step in w with `Σ dw = 0` and the decrease that it promises.

    Hessian `A K Aᵀ − d dᵀ/Σf + T diag(1/w)`: row i of A holds the products `⟨u_i,e_a⟩⟨u_i,e_b⟩`, K the divided
    differences of the Fermi function, `f = p(1−p)/T`, and d comes from ν. It is scaled by √w from both sides.
    """
    Y = differences @ here.vectors
    slope = here.share * (1.0 - here.share) / temperature
    root = np.sqrt(here.weights)
    a, b, K = _divided_differences(here, slope, temperature)
    Z = (Y[:, a] * Y[:, b]) * (np.sqrt(K) * root[:, None])
    H = Z @ Z.T
    d = root * ((Y * Y) @ slope)
    H -= np.outer(d, d) / max(float(slope.sum()), LEAST_WEIGHT)
    H[np.diag_indices(len(H))] += temperature
    gradient = (Y * Y) @ here.share + temperature * np.log(np.maximum(here.weights, LEAST_WEIGHT))
    x, y = cho_solve(cho_factor(H), np.stack([root * gradient, root], axis=1)).T
    step = -root * (x - y * ((root @ x) / (root @ y)))
    return step, -float(gradient @ step)


def _divided_differences(here: Smoothed, slope: FloatArray, temperature: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Return indices `a ≤ b` and the divided differences of p there, off-diagonal ones doubled, without negligible ones."""
    gap = here.eigenvalues[:, None] - here.eigenvalues
    close = np.abs(gap) <= 1e-3 * temperature
    K = np.where(close, 0.5 * (slope[:, None] + slope), (here.share[:, None] - here.share) / np.where(close, 1.0, gap))
    K = np.triu(2.0 * K, 1) + np.diag(slope)
    a, b = np.nonzero(1e-9 * K.max() < K)
    return a, b, K[a, b]


def _line_search(
    differences: FloatArray, here: Smoothed, direction: FloatArray, gain: float, rank: int, temperature: float
) -> Smoothed | None:
    """Return the first point of a halving line search that decreases enough, or None; weights shrink tenfold at most."""
    step = 1.0
    while step > LEAST_STEP and gain > 0.0:
        weights = np.maximum(here.weights + step * direction, SHRINK * here.weights)
        there = smoothed(differences, weights / weights.sum(), rank, temperature)
        if there.value <= here.value - 1e-4 * step * gain:
            return there
        step /= 2.0
    return None


def level(eigenvalues: FloatArray, rank: int, temperature: float) -> float:
    """Return ν with `Σ 1/(1 + exp(−(λ − ν)/T)) = rank`, by bisection."""
    low, high = float(eigenvalues[0]) - 50.0 * temperature, float(eigenvalues[-1]) + 50.0 * temperature
    for _ in range(100):
        nu = 0.5 * (low + high)
        low, high = (nu, high) if expit((eigenvalues - nu) / temperature).sum() > rank else (low, nu)
        if high - low <= 1e-15 * (abs(low) + abs(high)):
            break
    return 0.5 * (low + high)


def fitted(p: float, M: FloatArray, Q: FloatArray, rank: int, temperature: float) -> FloatArray:
    """Return Q with `{vᵀQ⁻¹v ≤ 1} ⊂ B_p(0, 1)`, up to rounding, and a smaller sum of eigenvalues of `Q^{−1/2} M Q^{−1/2}`.

    The sum is `max_P tr(C Q⁻¹)`, `C = M^{1/2} P M^{1/2}`, convex in Q; P is smoothed by the temperature, Q renewed for
    the C at hand, and averaged. The best of all steps is returned, so the sum never grows.
    """
    step = _diagonal_step if p < 2.0 else _dense_step
    best, least = Q, ellipsoid_sum(M, Q, rank)
    for _ in range(FITS):
        Q = step(p, _curvature(M, Q, rank, temperature), Q)
        shown = Q if p < 2.0 or math.isinf(p) else _mixed(p, M, Q, rank)
        value = ellipsoid_sum(M, shown, rank)
        best, least = (shown, value) if value < least else (best, least)
    return best


def ellipsoid_sum(M: FloatArray, Q: FloatArray, rank: int) -> float:
    """Return the sum of the `rank` largest eigenvalues of `Q^{−1/2} M Q^{−1/2}`."""
    A = inverse_root(Q)
    return float(np.linalg.eigvalsh(A @ M @ A.T)[-rank:].sum())


def inverse_root(Q: FloatArray) -> FloatArray:
    """Return A with `AᵀA = Q⁻¹`: the ellipsoid is `‖Av‖_2 ≤ 1`. Diagonal if Q is."""
    values, E = np.linalg.eigh(Q)
    return np.asarray((E / np.sqrt(values)) @ E.T)


def round_ellipsoid(p: float, d: int) -> FloatArray:
    """Return the Q of the largest ball inscribed in `B_p(0, 1)`: `c_p^-(d)² I`."""
    return np.asarray(np.eye(d) * min(1.0, float(d) ** (1.0 - 2.0 / p)))


def _curvature(M: FloatArray, Q: FloatArray, rank: int, temperature: float) -> FloatArray:
    """Return `C = Q^{1/2} E diag(pλ) Eᵀ Q^{1/2}`, E and λ the eigenpairs of `Q^{−1/2} M Q^{−1/2}`."""
    values, V = np.linalg.eigh(Q)
    root, back = (V * np.sqrt(values)) @ V.T, (V / np.sqrt(values)) @ V.T
    eigenvalues, E = np.linalg.eigh(back @ M @ back)
    if rank < len(eigenvalues):
        share = expit((eigenvalues - level(eigenvalues, rank, temperature)) / temperature)
    else:
        share = np.ones_like(eigenvalues)
    F = root @ (E * np.sqrt(share * np.maximum(eigenvalues, 0.0)))
    return np.asarray(F @ F.T)


def _diagonal_step(p: float, C: FloatArray, Q: FloatArray) -> FloatArray:
    """Return the geometric mean of Q and the minimiser of `Σ C_jj/t_j` over `‖t‖_s ≤ 1`, `s = p/(2−p)`.

    The minimiser is `t ∝ C_jj^{1/(s+1)}`.
    """
    s = p / (2.0 - p)
    t = np.sqrt(np.diag(Q) * np.maximum(np.diag(C), 0.0) ** (1.0 / (s + 1.0)))
    t = np.maximum(t / t.max(), FLOOR)
    return np.diag(t / (t**s).sum() ** (1.0 / s))


def _dense_step(_p: float, C: FloatArray, Q: FloatArray) -> FloatArray:
    """Return the mean of Q and the minimiser of `tr(C Q⁻¹)` over `diag Q ≤ 1`, its diagonal filled up to 1.

    The minimiser is `D^{−1/2}(D^{1/2} C D^{1/2})^{1/2} D^{−1/2}` with D diagonal, the diagonal of the middle root.
    """
    d = len(C)
    C = np.ldexp(C, -int(np.frexp(np.abs(C).max())[1]))  # the minimiser is the same, and nothing overflows
    C = C + np.eye(d) * (1e-6 * np.trace(C) / d)
    scale = np.sqrt(np.diag(C))
    for _ in range(SCALINGS):
        scale = np.maximum(np.diag(_root(C, scale)), FLOOR * scale.max())
    fresh = _root(C, scale) / np.sqrt(np.outer(scale, scale))
    mean = 0.5 * Q / np.diag(Q).max() + 0.5 * fresh / np.diag(fresh).max()
    mean = 0.5 * (mean + mean.T) * (1.0 - 1e-6)
    return np.asarray(mean + np.diag(1.0 - np.diag(mean)))


def _root(C: FloatArray, scale: FloatArray) -> FloatArray:
    root = np.sqrt(scale)
    values, E = np.linalg.eigh(root[:, None] * C * root)
    return np.asarray((E * np.sqrt(np.maximum(values, 0.0))) @ E.T)


def _mixed(p: float, M: FloatArray, Q: FloatArray, rank: int) -> FloatArray:
    """Return the best mixture of Q and I, normalised by `(max Q_jj)^{1−2/p} λ_max(Q)^{2/p} = 1`, for 2 < p < ∞."""
    mixtures = [share * Q + (1.0 - share) * np.eye(len(Q)) for share in MIXTURES]
    sizes = [np.diag(R).max() ** (1.0 - 2.0 / p) * np.linalg.eigvalsh(R)[-1] ** (2.0 / p) for R in mixtures]
    return min((R / size for R, size in zip(mixtures, sizes, strict=True)), key=lambda R: ellipsoid_sum(M, R, rank))
