"""The distance of single pairs by differences: slow, and accurate to a relative error of about d·2⁻⁵³."""

import math
from concurrent.futures import Executor
from fractions import Fraction

import numpy as np

from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray, IntArray

_UNIT = 2.0**-53
_SMALL = 2.0**-480


class Rechecker:
    """Distances `scale · ‖x_i − x_j‖_p` of listed pairs with the bounds `f (1 ± relative)`.

    `scale` is the power of two that brings `max |x|` into `[1/2, 1)` (or near it, for subnormal data). Differences,
    a sum of `d` terms and the root give `relative = γ_{d+80}`, in which pow is trusted to 4 ulp per call and the
    exponent `1/p` to half an ulp, `d^{u/p} ≤ 1 + 45u`; pow is called only if p is not 1, 2 or ∞. A pair with `max_k
    |x_ik − x_jk| < 2⁻⁴⁸⁰` after scaling could suffer from underflow and is evaluated in rationals.
    """

    def __init__(self, points: FloatArray, scale: float, p: float) -> None:
        self.points, self.scale, self.p = points, scale, p
        self.relative = gamma_upper(points.shape[1] + 80, _UNIT)
        self._rows = max(1, 2**16 // points.shape[1])

    def distances(self, i: IntArray, j: IntArray, pool: Executor) -> FloatArray:
        """Return `f` for the pairs `(i[k], j[k])`; it depends on the pair only, not on the list."""
        parts = [slice(a, a + self._rows) for a in range(0, len(i), self._rows)]
        return np.concatenate([np.empty(0), *pool.map(self._chunk, (i[s] for s in parts), (j[s] for s in parts))])

    def _chunk(self, i: IntArray, j: IntArray) -> FloatArray:
        t = self.points[i] * self.scale
        t -= self.points[j] * self.scale
        np.abs(t, out=t)
        largest = t.max(axis=1)
        f = self._norm(t, largest)
        for k in np.flatnonzero(largest < _SMALL):
            f[k] = self._exact(int(i[k]), int(j[k]))
        return f

    def _norm(self, t: FloatArray, largest: FloatArray) -> FloatArray:
        if self.p == 2.0:
            return np.asarray(np.sqrt(np.einsum("ij,ij->i", t, t)))
        if self.p == 1.0:
            return np.asarray(t.sum(axis=1))
        if math.isinf(self.p):
            return largest
        t /= np.maximum(largest, _SMALL)[:, None]
        return np.asarray(largest * (t**self.p).sum(axis=1) ** (1.0 / self.p))

    def _exact(self, i: int, j: int) -> float:
        x, y = self.points[i], self.points[j]
        if np.array_equal(x, y):
            return 0.0
        u = [abs(Fraction(a) - Fraction(b)) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        largest = max(u)
        t = np.array([[float(v / largest) for v in u]])
        f = float(self._norm(t, np.ones(1))[0]) * float(largest * Fraction(self.scale))
        return max(f, 2.0**-1074)

    def scaled_upper(self, f: FloatArray) -> FloatArray:
        """Return upper bounds of the scaled distances behind `f`."""
        return np.where(f == 0.0, 0.0, f * (1.0 + 2.0 * self.relative) + _underflow(f))

    def bounds(self, f: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper bounds of the unscaled distances behind `f`."""
        exponent = 1 - math.frexp(self.scale)[1]
        with np.errstate(over="ignore", under="ignore"):
            lower = np.ldexp(np.maximum(f * (1.0 - self.relative) - _underflow(f), 0.0), exponent)
            upper = np.ldexp(f * (1.0 + self.relative) + _underflow(f), exponent)
            lower, upper = np.nextafter(lower, -np.inf), np.nextafter(upper, np.inf)
        return np.maximum(lower, 0.0), np.where(f == 0.0, 0.0, upper)


def _underflow(f: FloatArray) -> FloatArray:
    """Return the absolute error of `f` from underflow, which only the rational road can meet."""
    return np.where(f < 2.0**-960, 2.0**-1070, 0.0)
