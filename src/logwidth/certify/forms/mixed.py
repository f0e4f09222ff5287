"""Proving a register network whose carried coordinates are mixed, split, scaled, shifted, and joined by idle units."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.register import RegisterForm
from logwidth.certify.forms.shared.recognised import Recognised
from logwidth.certify.forms.shared.running_maximum import running_maximum
from logwidth.certify.leads.carriers import UNIT, Carriers
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, Domain, FirstLayer
from logwidth.certify.leads.pieces import Comparisons, Pieces
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.rounding import gamma_upper

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class CarrierLayer:
    """What one middle layer says: the carriers' affine map `(n', n)`, and the score that its increment reads off them.

    `W` and `b` give the carriers of this layer from those of the layer before; `score` `(n,)` and `bias` are the
    increment's weights on the carriers of the layer before.
    """

    W: FloatArray
    b: FloatArray
    score: FloatArray
    bias: float


@dataclass(frozen=True, eq=False, repr=False)
class MixedRegisterForm(Recognised):
    """A register network in which layer t holds any units that are affine in z on the domain, in place of z itself.

    With `v = B z + d + e` the carriers that a score reads, `|e| ≤ D`, its value is
    `⟨w, v⟩ + β = ⟨wB, z⟩ + (⟨w, d⟩ + β) + ⟨w, e⟩`: a piece of the plain register with weights `wB`, bias `⟨w, d⟩ + β`,
    and a further error of `|w| D` and of what the dot product over the carriers rounds more than one over z. The
    register's theorem holds for any bounds on the errors of scores.
    """

    name = "mixed register"
    rule = "exact"
    first: FirstLayer
    layers: tuple[CarrierLayer, ...]
    slope: float
    rate: float
    increments: tuple[float, ...]
    top: float

    def comparisons(self, domain: Domain) -> tuple[Comparisons, dict[str, float]]:
        """Return what must hold on the balls, and the constants of the rounding bound.

        Raises UnprovableNetworkError when a carrier may be clipped, or as the plain register does.
        """
        reading = self._readings(domain)
        heads = np.zeros((2, self.first.m))
        heads[1, 0] = self.slope
        twin_bias = self.slope * (self.first.twins[0][1] - float(self.first.b[0]))
        pieces = Pieces(
            np.concatenate([heads, *(r.weights[None, :] for r in reading)]),
            np.array([0.0, twin_bias, *(r.bias for r in reading)]),
            np.zeros(2 + len(reading)),
        )
        largest, _ = running_maximum(pieces, domain, domain.lower, domain.upper)
        errors = np.array([0.0, 0.0, *(r.error + r.longer * 2 * largest for r in reading)]) * SLOP
        pieces = Pieces(pieces.weights, pieces.biases, errors)
        plain = RegisterForm(self.first, pieces, self.slope, self.rate, self.increments, self.top)
        return plain.comparisons(domain)

    def _readings(self, domain: Domain) -> Sequence["Reading"]:
        carriers, found = Carriers.first(self.first.m), []
        for layer in self.layers:
            found.append(Reading.of(layer, carriers, domain))
            carriers = carriers.through(layer.W, layer.b, domain)
        return found


@dataclass(frozen=True, eq=False)
class Reading:
    """One score as a piece over z: weights, bias, its further error, and the factor by which its sum is longer."""

    weights: FloatArray
    bias: float
    error: float
    longer: float

    @classmethod
    def of(cls, layer: CarrierLayer, carriers: Carriers, domain: Domain) -> "Reading":
        """Return the piece that a score over carriers is.

        The plain model grants `γ_{m+3}(|wB| z + |bias| + 2S)`; the sum over n carriers rounds at most
        `γ_{n+4}(|w||v| + |β| + 2S)`.
        """
        m, unit, size = domain.first.m, domain.first.format.unit, np.abs(layer.score)
        n = int(np.count_nonzero(layer.score))
        weights = layer.score @ carriers.B
        bias = float(layer.score @ carriers.d) + layer.bias
        parts = size @ np.abs(carriers.B)
        whole = float(parts @ domain.upper + size @ np.abs(carriers.d) + size @ carriers.error) + abs(layer.bias)
        if not whole * 4 < domain.first.format.largest:
            raise UnprovableNetworkError("a score may overflow")
        beyond = float(np.maximum(parts - np.abs(weights), 0) @ domain.upper + size @ np.abs(carriers.d))
        beyond += float(size @ carriers.error) + max(abs(layer.bias) - abs(bias), 0.0) + whole * 2.0**-36
        longest = gamma_upper(n + 4, unit)
        longer = max(longest - gamma_upper(m + 3, unit), 0.0)
        formed = gamma_upper(layer.score.size + m + 6, UNIT) * whole + (layer.score.size + m) * SMALLEST
        error = float(size @ carriers.error) + longest * beyond + longer * whole + formed
        return cls(weights, bias, error + (n + 5) * domain.first.format.tiny, longer)
