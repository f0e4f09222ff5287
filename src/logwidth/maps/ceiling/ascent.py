"""Ascent of the soft minimum over the Fantope: the relaxed search for a map."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from logwidth.maps.softmin import soft_minimum
from logwidth.types import FloatArray

MEMORY = 30
LEAST_ODDS = 1e-300
NEGLIGIBLE = 1e-12


@dataclass(frozen=True, eq=False)
class Occupation:
    """A point `P = W diag(p) Wᵀ` of the Fantope, `0 < p < 1`, `Σp = k`, from any matrix `Y = W diag(s) Vᵀ` (r, m).

    `p = s²/(s² + c)` with c such that the trace is k. So `P = Y(YᵀY + cI)⁻¹Yᵀ`, and Y is unconstrained.
    """

    basis: FloatArray
    singular: FloatArray
    right: FloatArray
    shift: float

    @classmethod
    def of(cls, Y: FloatArray, rank: int) -> "Occupation":
        """Return the point of trace `rank` that Y stands for; `rank` must be less than the columns of Y."""
        W, s, Vt = np.linalg.svd(Y, full_matrices=False)
        return cls(W, s, Vt, _shift(s * s, rank))

    @property
    def odds(self) -> FloatArray:
        """The odds `p/(1−p) = s²/c`."""
        return np.maximum(self.singular**2 / self.shift, LEAST_ODDS)

    @property
    def share(self) -> FloatArray:
        """The eigenvalues p of P, largest first."""
        odds = self.odds
        return odds / (1.0 + odds)

    @property
    def factor(self) -> FloatArray:
        """F with `P = F Fᵀ`, (r, m)."""
        return np.asarray(self.basis * np.sqrt(self.share))

    @property
    def entropy(self) -> float:
        """`−Σ p log p + (1−p) log(1−p)`."""
        odds = self.odds
        return float((np.log1p(odds) - self.share * np.log(odds)).sum())

    @property
    def reduced(self) -> FloatArray:
        """A matrix that stands for the same P with c = 1."""
        return np.asarray(self.basis * np.sqrt(self.odds))

    def pulled(self, GW: FloatArray) -> FloatArray:
        """Return the gradient in Y of a function of P whose gradient in P is G, from the product `G W`.

        `2 (I − P)(G − (a/b) I) Y C⁻¹`, `C = YᵀY + cI`, `a = tr G Y C⁻² Yᵀ`, `b = tr Y C⁻² Yᵀ`: c moves with Y.
        """
        s, c = self.singular, self.shift
        pull = (s / (s * s + c)) ** 2
        H = GW - self.basis * (np.einsum("ij,ij,j->", self.basis, GW, pull) / pull.sum())
        H -= (self.basis * self.share) @ (self.basis.T @ H)
        return np.asarray(2.0 * (H * (s / (s * s + c))) @ self.right)


def ascend_fantope(differences: FloatArray, Y: FloatArray, rank: int, temperature: float, steps: int) -> Occupation:
    """Return the point after at most `steps` L-BFGS steps uphill on `softmin_T ⟨P, u uᵀ⟩ + T·entropy(P)`.

    Over the Fantope that is concave; at its maximum P is the smoothed top eigenspace of `M(w)` for the soft-min
    weights w, so w is a nearly optimal dual point of T2. The entropy keeps P away from the boundary, where the chart
    Y has no gradient. Heuristic: a step short of the maximum makes the weights worse, never wrong.
    """
    shape = Y.shape

    def downhill(y: FloatArray) -> tuple[float, FloatArray]:
        P = Occupation.of(y.reshape(shape), rank)
        Z = differences @ P.factor
        value, w = soft_minimum(np.einsum("ij,ij->i", Z, Z), temperature)
        on = w > NEGLIGIBLE
        near = differences[on]
        GW = near.T @ (w[on, None] * (near @ P.basis)) - P.basis * (temperature * np.log(P.odds))
        return -value - temperature * P.entropy, -P.pulled(GW).ravel()

    found = minimize(
        downhill,
        Y.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": MEMORY, "ftol": 1e-15, "gtol": 1e-12},
    )
    return Occupation.of(found.x.reshape(shape), rank)


def _shift(squares: FloatArray, rank: int) -> float:
    """Return c > 0 with `Σ s²/(s² + c) = rank`, by Newton's method in log c inside a bracket."""
    low, high = 0.0, float(squares.sum()) / rank
    c = high / 10.0
    for _ in range(100):
        share = squares / (squares + c)
        excess = float(share.sum()) - rank
        low, high = (c, high) if excess > 0.0 else (low, c)
        slope = float((share * (1.0 - share)).sum())
        guess = c * np.exp(np.clip(excess / slope, -5.0, 5.0)) if slope > 0.0 else 0.0
        if not low < guess < high:
            guess = 0.5 * (low + high)
        if abs(guess - c) <= 1e-15 * c:
            break
        c = float(guess)
    return c
