"""Newton's method for the smoothed dual of T2 on a few hundred pairs."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from logwidth.types import FloatArray, IntArray

LEAST_WEIGHT = 1e-300
LEAST_GAIN = 1e-2
LEAST_STEP = 1e-6
SHRINK = 0.1


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
