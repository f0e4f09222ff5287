"""Distances that networks compute: sums of a convex function of each coordinate, between two multiples of a power."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.certify.leads.geometry import power_near
from logwidth.norms import dual_exponent
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

LEAST_POWER = 2.0**-900
SLACKS = (0.0, *(2.0**k for k in range(-16, 3)))
ENTRIES = 2**16
"""Numbers of an array of slacks, rows and lines of φ that are computed at once."""


@dataclass(frozen=True, eq=False)
class DistanceShape:
    """What is made of `t = z − c`: `max |t_j|` ('maximum'), `Σ|t_j|` ('absolute') or `Σ φ(t_j)` ('power').

    `φ(t) = Σ_k weights_k ReLU(|t| − knots_k)`, `0 = knots_0 < knots_1 < …`, weights positive.
    """

    kind: str
    knots: FloatArray
    weights: FloatArray

    @classmethod
    def maximum(cls) -> "DistanceShape":
        """Return the ℓ∞ norm."""
        return cls("maximum", np.zeros(0), np.zeros(0))

    @classmethod
    def absolute(cls) -> "DistanceShape":
        """Return the ℓ1 norm."""
        return cls("absolute", np.zeros(0), np.zeros(0))

    def exponents(self, norm: float) -> list[float]:
        """Return norms ℓs in which to bound this distance; any choice is sound, these are the likely ones."""
        if self.kind != "power":
            return [np.inf if self.kind == "maximum" else 1.0]
        found = {norm} if np.isfinite(norm) else set()
        if self.knots.size > 2:
            ends = self.knots[[1, -1]]
            found.add(max(1.0, float(np.diff(np.log(self._values(ends)))[0] / np.diff(np.log(ends))[0])))
        return sorted(found or {2.0})

    def upper(self, radii: FloatArray, s: float, m: int) -> FloatArray:
        """Return upper bounds on the distance where `‖t‖_s ≤ radii`.

        For a power: `φ(t) ≤ α_β + β|t|^s` for `|t| ≤ r` gives `Σ φ(t_j) ≤ mα_β + βr^s`, for every β. φ is the largest of
        its lines `g t + o`; the concave `g t + o − βt^s` peaks near `(g/(sβ))^{1/(s−1)}` or at an end, below its
        tangent there.
        """
        if self.kind != "power":
            return radii * SLOP
        best, step = np.empty(radii.shape), max(1, ENTRIES // (len(SLACKS) * self.knots.size))
        for start in range(0, radii.size, step):
            best[start : start + step] = self._sums_upper(radii[start : start + step], s, m)
        with np.errstate(under="ignore"):
            small = radii**s < LEAST_POWER  # where the power underflows: every coordinate is at most r, and φ increases
        best = np.where(small, m * self._values(np.asarray(radii)), best)
        return best * SLOP + SMALLEST

    def _sums_upper(self, radii: FloatArray, s: float, m: int) -> FloatArray:
        """Return the least of the bounds on `Σ φ(t_j)` over some β, axis 0 of all that is computed here."""
        slopes, offsets = np.cumsum(self.weights), -np.cumsum(self.weights * self.knots)
        beta, r = (self._base(s) * (1.0 + np.array(SLACKS)))[:, None, None], radii[:, None]
        with np.errstate(over="ignore", under="ignore", divide="ignore"):
            peaks = self._peaks(slopes, beta, s, r)
            tilt = slopes - s * beta * peaks ** (s - 1.0)
            tops = slopes * peaks + offsets - beta * peaks**s + np.maximum(tilt * (r - peaks), -tilt * peaks)
            alpha, rest = np.maximum(tops.max(axis=2), 0.0), beta[:, 0] * radii**s
            alpha += (np.abs(offsets).max() + slopes[-1] * radii + rest) * 2.0**-40
            found: FloatArray = np.fmin.reduce(m * alpha + rest, axis=0, initial=np.inf)
        return found

    @staticmethod
    def _peaks(slopes: FloatArray, beta: FloatArray, s: float, r: FloatArray) -> FloatArray:
        """Return about where `g t − βt^s` peaks on `[0, r]`; what it misses there, the tangent makes good."""
        if s == 1.0:
            return np.where(slopes > beta, r, 0.0)
        exponents = np.minimum(np.log(slopes / (s * beta)) / (s - 1.0), 700.0)  # a power might overflow
        peaks: FloatArray = np.minimum(np.maximum(np.exp(exponents), 1e-250), r)
        return peaks

    def lower(self, radii: FloatArray, s: float) -> FloatArray:
        """Return lower bounds on the distance where `‖t‖_s ≥ radii`, at least 0.

        For a power: with B the least `φ(τ)/τ^s` at the knots in `(0, r)` and at r, φ ≥ B|t|^s up to r: chords lie above
        a convex function; so the sum is at least `B r^s`, or `φ(r) ≥ B r^s` if a coordinate exceeds r.
        """
        r = np.maximum(radii, 0.0)
        if self.kind != "power":
            return r / SLOP
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            ratio = self._values(r) / r**s
            for knot, value in zip(self.knots[1:], self._values(self.knots[1:]), strict=True):
                at_knot = value / knot**s if knot**s > LEAST_POWER else 0.0  # an underflowing power proves nothing
                ratio = np.where(r > knot, np.minimum(ratio, at_knot), ratio)
            bound = np.minimum(ratio * r**s, self._values(r)) / SLOP - SMALLEST
            bound = np.where(r**s > LEAST_POWER, bound, 0.0)
        return np.where(np.isfinite(bound) & (bound > 0), bound, 0.0)

    def _values(self, t: FloatArray) -> FloatArray:
        found: FloatArray = np.maximum(t[..., None] - self.knots, 0.0) @ self.weights
        return found

    def _base(self, s: float) -> float:
        """Return a likely β: the least multiple of `t^s` that φ has at its knots."""
        places = self.knots[1:] if self.knots.size > 1 else np.ones(1)
        return float((self._values(places) / places**s).min())


def image_reach(T: FloatArray, p: float, s: float) -> float:
    """Return an upper bound on `sup ‖T h‖_s` over `‖h‖_p ≤ 1`.

    The least of: the ℓs norm of the rows' dual norms; for ℓs to ℓs `‖T‖_1^{1/s} ‖T‖_∞^{1−1/s}` (Riesz–Thorin), for s = 2
    also `‖T Tᵀ‖_∞^{1/2}`, times `d^{1/s − 1/p}` where p > s.
    """
    d = T.shape[1]
    rows = row_norms_upper(T, dual_exponent(p))
    bounds = [float(row_norms_upper(rows[None, :], s)[0])]
    size = np.abs(T)
    columns, lines = float(size.sum(axis=0).max()), float(size.sum(axis=1).max())
    inverse = 0.0 if np.isinf(s) else 1.0 / s
    inner = [columns**inverse * lines ** (1.0 - inverse)]
    if s == 2.0:
        scale = power_near(T)
        unit, part = T / scale, size / scale
        gram = np.abs(unit @ unit.T).sum(axis=1).max() + gamma_upper(d + 2, 2.0**-53) * (part @ part.T).sum(axis=1).max()
        inner.append(float(np.sqrt(gram)) * scale)
    shrink = max(0.0, inverse - (0.0 if np.isinf(p) else 1.0 / p))
    bounds.append(min(inner) * float(d) ** shrink * SLOP)
    return min(bounds) * SLOP
