"""Coordinates that are carried along mixed, split, scaled and shifted: what every layer holds of the first one's image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper
from logwidth.types import FloatArray

UNIT = 2.0**-53
SAFE_SIZE = 2.0**-90  # a copy by a power of two of a number at least this large, by one at least this large, is exact


@dataclass(frozen=True, eq=False)
class Carriers:
    """The computed values of `n` units are `B z + d + e`, `|e| ≤ error`, on the whole domain.

    `z` `(m,)` are the *computed* coordinates of the first layer, `B` `(n, m)`, `d`, `error` `(n,)`. A unit that is
    provably 0 has a zero row.
    """

    B: FloatArray
    d: FloatArray
    error: FloatArray

    @classmethod
    def first(cls, m: int) -> "Carriers":
        """Return the coordinates themselves."""
        return cls(np.eye(m), np.zeros(m), np.zeros(m))

    def range(self, domain: Domain) -> tuple[FloatArray, FloatArray]:
        """Return bounds `(lower, upper)` on the units' computed values, before any ReLU."""
        plus, minus = np.maximum(self.B, 0), np.minimum(self.B, 0)
        slack = (np.abs(self.B) @ domain.upper + np.abs(self.d) + self.error) * 2.0**-36 + (domain.first.m + 1) * SMALLEST
        lower = plus @ domain.lower + minus @ domain.upper + self.d - self.error - slack
        upper = plus @ domain.upper + minus @ domain.lower + self.d + self.error + slack
        return lower, upper

    @staticmethod
    def underflow(n: int, domain: Domain) -> float:
        """Return what a sum over n carriers loses where its products underflow: a coefficient multiplies a coordinate."""
        return float((n + domain.first.m) * SMALLEST * (1.0 + domain.upper.sum()) * SLOP)

    def size(self, domain: Domain) -> FloatArray:
        """Return bounds on the units' absolute values."""
        lower, upper = self.range(domain)
        return np.maximum(np.abs(lower), np.abs(upper))

    def through(self, W: FloatArray, b: FloatArray, domain: Domain) -> "Carriers":
        """Return the next layer's units `ReLU(W v + b)`, all of which must be provably unclipped or provably 0.

        Writing v = B z + d + e, the computed `W v + b` is `(W B) z + (W d + b) + W e + ρ`; ρ is the rounding of the dot
        product, `γ_{n+1}(|W||v| + |b|)`, and nothing for a copy by a power of two.

        Raises UnprovableNetworkError for a unit that may be clipped somewhere on the domain, or may overflow.
        """
        fmt, n = domain.first.format, W.shape[1]
        magnitude = np.abs(W) @ self.size(domain) + np.abs(b)
        if not float(magnitude.max(initial=0.0)) * 4 < fmt.largest:
            raise UnprovableNetworkError("a carried coordinate may overflow")
        B, d = W @ self.B, W @ self.d + b
        formed = np.abs(W) @ (np.abs(self.B) @ domain.upper + np.abs(self.d)) + np.abs(b)
        rounding = gamma_upper(n + 1, fmt.unit) * magnitude + (n + 1) * fmt.tiny
        rounding += gamma_upper(n + domain.first.m + 4, UNIT) * formed + self.underflow(n, domain)
        rounding[self._copies(W, b, domain)] = 0.0
        found = Carriers(B, d, (np.abs(W) @ self.error + rounding) * SLOP)
        lower, upper = found.range(domain)
        idle = upper <= 0
        if (~idle & (lower < 0)).any():
            raise UnprovableNetworkError("a carried coordinate may be clipped at zero")
        live = np.where(idle, 0.0, 1.0)
        return Carriers(B * live[:, None], d * live, found.error * live)

    def _copies(self, W: FloatArray, b: FloatArray, domain: Domain) -> NDArray[np.bool_]:
        """Which rows copy one unit times a power of two, far from underflow: exact in float32, float64 and `B`, `d`."""
        lone = (np.count_nonzero(W, axis=1) == 1) & (b == 0)
        column = np.argmax(np.abs(W), axis=1)
        weight = np.abs(W[np.arange(len(W)), column])
        power = np.frexp(weight)[0] == 0.5
        lower = self.range(domain)[0][column]
        normal = (lower >= SAFE_SIZE) & (weight >= SAFE_SIZE) & (lower * weight >= SAFE_SIZE)
        plain = np.where(self.B[column] != 0, np.abs(self.B[column]), 1.0).min(axis=1) >= SAFE_SIZE
        shift = np.where(self.d[column] != 0, np.abs(self.d[column]), 1.0) >= SAFE_SIZE
        copies: NDArray[np.bool_] = lone & power & normal & plain & shift
        return copies
