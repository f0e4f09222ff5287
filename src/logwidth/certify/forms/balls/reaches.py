"""How far the balls of a list reach in real inputs: within one radius each holds, beyond another it does not (T15c)."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import FirstLayer
from logwidth.types import FloatArray

STEPS, STARTS = 60, 17
MOST_OFF = 2.0**-10  # of 2^p: by how much a whole number may be off
UP = 1.0 + 2.0**-30  # more than the float64 roundings of the sums here, of up to 2^20 terms
Sums = tuple[FloatArray, FloatArray, FloatArray, FloatArray]  # centres, knots, weights, levels


@dataclass(frozen=True, eq=False)
class Reaches:
    """Ball k holds every real x within `inner[k]` of `centres[k]` in ℓp, and none beyond `outer[k]` (∞: not known).

    `centres` `(P, d)` are float64 numbers, radii negative where nothing is held. No radius beyond `largest` is claimed.
    """

    centres: FloatArray
    inner: FloatArray
    outer: FloatArray
    norm: float
    largest: float

    @classmethod
    def of(cls, first: FirstLayer, sums: Sums, norm: float, top: float) -> "Reaches":
        """Return the reaches of balls `F(w) ≤ level − 1`.

        With `u = s x + b − B` the whole number w is `clip(u, 0, M)` up to ε. One scale m serves all features: along each,
        `φ(s t + ε) ≤ A + m t^p` up to the radius and `φ(s t − ε) ≥ a + m t^p`, so that on a ball `F ≤ Σ A + m r^p`, and on a
        sphere `F ≥ Σ a + m R^p`; beyond it F, convex in x where nothing is clipped, is no less. Where something is clipped
        one feature alone must take F to the level.
        """
        centres, knots, weights, levels = sums
        scale, most = first.T.max(axis=1), top / 4
        where = (centres + (top / 2 - first.b)) / scale
        span = (
            most + top / 2 + np.abs(first.b) + 4 * MOST_OFF * top
        ) / scale  # |x_j| wherever w_j is not clipped, and somewhat beyond
        lost = _lost(first)
        off = (0.5 + scale * span * first.format.unit * 2) * UP + lost
        off = off + 8 * 2.0**-53 * (scale * np.abs(where) + np.abs(first.b) + top)  # of the sum that follows
        off = off + np.abs(scale * where + first.b - top / 2 - centres)
        side = _Side(knots, weights, scale[None, :, None], off[:, :, None], norm)
        ends = np.stack([most - centres, centres], axis=2) - 2 * off[:, :, None]
        sure = (off < MOST_OFF * top).all(axis=1) & ((centres >= 0) & (centres <= most)).all(axis=1)
        clipped = (side.value(np.maximum(ends, 0.0)).min(axis=(1, 2), initial=np.inf) >= levels) & sure
        power = side.power()
        inner, outer = _largest(side, levels - 1, power), _smallest(side, levels, power)
        return cls(where, np.where(sure, inner, -1.0), np.where(clipped, outer, np.inf), norm, float(np.abs(span).max()))

    def distances(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper bounds `(n, P)` on the distances of points `(n, d)` to the centres."""
        away = np.abs(points[:, None, :] - self.centres)
        found = away.sum(axis=2) if self.norm == 1.0 else np.sqrt((away * away).sum(axis=2))
        slack = 2.0**-40 * found + 2.0**-50 * np.abs(points).max(initial=0.0) * points.shape[1] + 2.0**-500
        return np.asarray(found - slack), np.asarray(found + slack)


def _lost(first: FirstLayer) -> FloatArray:
    """Return what underflow of inputs and products may change in a sum `(d,)`."""
    zoom = np.ones(first.m) if first.scales is None else np.maximum(1.0, 1.0 / first.scales)
    return np.asarray((first.T.max(axis=1) * zoom + first.T.shape[1]) * first.format.tiny * 4)


@dataclass(frozen=True, eq=False)
class _Side:
    """`φ(v) = Σ g ReLU(v − τ)` along each feature and side `(P, m, 2)` of each ball; `off` ε, `scale` s, `norm` p."""

    knots: FloatArray
    weights: FloatArray
    scale: FloatArray
    off: FloatArray
    norm: float

    def value(self, v: FloatArray) -> FloatArray:
        """Return φ at `v` `(P, m, 2)`."""
        return np.asarray((np.maximum(v[..., None] - self.knots, 0.0) * self.weights).sum(axis=3))

    def power(self) -> FloatArray:
        """Return a slope m > 0 a ball `(P,)` for which `m t^p` is near φ(s t): the least of φ/t^p at what it bends at."""
        total = self.weights.sum(axis=3)
        least = (total * self.scale if self.norm == 1.0 else np.full_like(total, np.inf)).min(axis=(1, 2))
        for i in range(self.knots.shape[3]):
            t = self.knots[..., i] / self.scale
            with np.errstate(divide="ignore", invalid="ignore"):
                ratio = self.value(self.knots[..., i]) / t**self.norm
            least = np.minimum(least, np.where((t > 0) & (self.weights[..., i] > 0), ratio, np.inf).min(axis=(1, 2)))
        last = total * self.scale if self.norm == 1.0 else total**2 / 4  # where nothing bends any m will do
        other = np.maximum(last.min(axis=(1, 2)), 2.0**-500)
        return np.asarray(np.where(np.isfinite(least) & (least > 0), least, other))

    def above(self, radius: FloatArray, power: FloatArray) -> FloatArray:
        """Return `Σ_j max_{0 ≤ t ≤ r} φ(s t + ε) − m t^p`, of the larger side, rounded up, for radii `(P,)`."""
        ends = [np.zeros_like(radius), radius]
        best = np.full(self.knots.shape[:3], -np.inf)
        for t in ends:
            best = np.maximum(best, self._excess(np.broadcast_to(t[:, None, None], best.shape), power, 1))
        for i in range(self.knots.shape[3]):
            t = (self.knots[..., i] - self.off) / self.scale
            best = np.maximum(best, self._excess(np.clip(t, 0.0, radius[:, None, None]), power, 1))
            if self.norm == 2.0:  # where the slope of a piece is that of m t²
                slope = np.where(self.knots <= self.knots[..., i : i + 1], self.weights, 0.0).sum(axis=3) * self.scale
                t = slope / (2 * power[:, None, None])
                best = np.maximum(best, self._excess(np.clip(t, 0.0, radius[:, None, None]), power, 1))
        return np.asarray(best.max(axis=2).sum(axis=1))

    def below(self, radius: FloatArray, power: FloatArray) -> FloatArray:
        """Return `Σ_j min_{0 ≤ t ≤ R} φ(s t − ε) − m t^p`, of the smaller side, rounded down, for radii `(P,)`."""
        worst = np.full(self.knots.shape[:3], np.inf)
        places = [np.broadcast_to(t, worst.shape) for t in (0.0, radius[:, None, None], self.off / self.scale)]
        places += [(self.knots[..., i] + self.off) / self.scale for i in range(self.knots.shape[3])]
        for t in places:
            worst = np.minimum(worst, self._excess(np.clip(t, 0.0, radius[:, None, None]), power, -1))
        return np.asarray(worst.min(axis=2).sum(axis=1))

    def _excess(self, t: FloatArray, power: FloatArray, sign: int) -> FloatArray:
        """Return `φ(s t ± ε) − m t^p`, rounded in the direction of the sign."""
        value = self.value(np.maximum(self.scale * t + sign * self.off, 0.0))
        less = power[:, None, None] * t**self.norm
        return np.asarray(value - less + sign * (value + less) * (UP - 1))


def _largest(side: _Side, level: FloatArray, power: FloatArray) -> FloatArray:
    """Return radii at which a ball is proven to hold: `Σ A(r) + m r^p ≤ level`, by bisection; −1 where none is found."""
    p = side.norm
    high = ((np.maximum(level, 0.0) + 1.0) / power) ** (1 / p)
    low = np.zeros_like(high)

    def fits(r: FloatArray) -> np.ndarray:
        return np.asarray(side.above(r, power) + power * r**p * UP <= level)

    some = fits(low)
    for _ in range(STEPS):
        middle = (low + high) / 2
        ok = fits(middle)
        low, high = np.where(ok, middle, low), np.where(ok, high, middle)
    return np.where(some, low, -1.0)


def _smallest(side: _Side, level: FloatArray, power: FloatArray) -> FloatArray:
    """Return radii beyond which a ball is proven not to hold: `Σ a(R) + m R^p ≥ level`, by bisection; ∞ where none is."""
    p = side.norm
    low = (level / power) ** (1 / p)  # less cannot do
    high, found = 2 * low, np.zeros(len(low), dtype=bool)

    def beyond(r: FloatArray) -> np.ndarray:
        return np.asarray(side.below(r, power) + power * r**p / UP >= level)

    for start in (low * share for share in np.linspace(1, 2, STARTS)):  # beyond the last bend the bound is poor again
        ok = beyond(start) & ~found
        high, found = np.where(ok, start, high), found | ok
    for _ in range(STEPS):
        middle = (low + high) / 2
        ok = beyond(middle)
        low, high = np.where(ok, low, middle), np.where(ok, middle, high)
    return np.where(found & beyond(high), high, np.inf)
