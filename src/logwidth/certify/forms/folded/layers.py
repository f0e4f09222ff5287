"""Folding layers: what holds of a chain of ReLU layers on given balls, rounding included (docs/theory/t13-folding.md)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.first_layer import LONGEST_SUM, SLOP, SMALLEST, row_norms_upper
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.network import AffineLayer
from logwidth.norms import dual_exponent
from logwidth.rounding import BINARY64, FloatFormat, float_format, gamma_upper

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
BoolArray = NDArray[np.bool_]
Rows = tuple[IntArray, FloatArray, FloatArray, FloatArray]
SplitRows = tuple[IntArray, FloatArray, FloatArray, FloatArray, BoolArray]
UNIT = 2.0**-53
MOST_PATTERNS = 1 << 10  # Jacobians of which the steepest is looked for
ENTRIES = 1 << 24  # coefficients of all patterns of some functions that are bounded together; more are not decided


@dataclass(frozen=True, eq=False)
class FoldLayers:
    """Layers `u_l = W_l s_{l−1} + b_l`, `s_l = ReLU(u_l)`, `s_0 = x`, as stored; of the last one only u is spoken of.

    With `scales` `(d,)` the file reads `scales · x`, as for :class:`FirstLayer`. Any weights will do. Which unit is a hinge
    and which is linear on a ball is found from bounds on u there.
    """

    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...]
    format: FloatFormat
    scales: FloatArray | None = None

    @classmethod
    def of(cls, layers: tuple[AffineLayer, ...]) -> "FoldLayers":
        """Return stored layers; raise UnprovableNetworkError where one has more inputs than the bounds cover."""
        if max(max(layer.n_inputs, layer.n_outputs) for layer in layers) > LONGEST_SUM - 64:
            raise UnprovableNetworkError(f"a layer has more than the {LONGEST_SUM} inputs that the proof covers")
        weights = tuple(layer.dense().astype(np.float64) for layer in layers)
        biases = tuple(layer.bias.astype(np.float64) for layer in layers)
        return cls(weights, biases, float_format(layers[0].dtype), layers[0].input_scales)

    @property
    def depth(self) -> int:
        """Number of layers, the last one included."""
        return len(self.weights)


@dataclass(frozen=True, eq=False)
class FoldedBalls:
    """What the layers do on the balls `B_p(x_i, radius)` in real arithmetic, and how far the computed u is off.

    Per layer, `low ≤ u ≤ high` `(n, k)`, `tops` `(n, k)` bounds `s_{l−1}` (of the first: `|x|`), `centre` is u at `x_i` in
    float64 and `slips` its error, and `errors` `(n, k)` bounds `|computed u − u|` in the network's format, in any order of
    summation.
    """

    layers: FoldLayers
    points: FloatArray
    radius: float
    norm: float
    low: list[FloatArray]
    high: list[FloatArray]
    tops: list[FloatArray]
    centre: list[FloatArray]
    errors: list[FloatArray]
    slips: list[FloatArray]

    @classmethod
    def around(cls, layers: FoldLayers, points: FloatArray, radius: float, norm: float) -> "FoldedBalls":
        """Return the bounds for `points` `(n, d)`, layer by layer; those of later layers rest on those of earlier ones.

        Raises UnprovableNetworkError when a sum may overflow in the network's format.
        """
        balls = cls(layers, points, radius, norm, [], [], [(np.abs(points) + radius) * SLOP], [], [], [])
        for _ in range(layers.depth):
            balls._next()
        return balls

    def _next(self) -> None:
        layer, points = len(self.low), self.points
        W, b = self.layers.weights[layer], self.layers.biases[layer]
        state = points if layer == 0 else np.maximum(self.centre[-1], 0.0)
        self.centre.append(state @ W.T + b)
        low, high = self._range(layer)
        sizes = self.tops[layer] @ np.abs(W).T + np.abs(b)
        if layer == 0:  # on a ball the sum of |W x| grows by no more than the dual norm of the row
            moved = row_norms_upper(W, dual_exponent(self.norm)) * self.radius * SLOP
            sizes = np.minimum(sizes, np.abs(points) @ np.abs(W).T + moved + np.abs(b))
        self.low.append(low)
        self.high.append(high)
        self.errors.append(self._error(layer, sizes * SLOP, self.errors, self.layers.format))
        self.slips.append(self._error(layer, sizes * SLOP, self.slips, BINARY64))
        self.tops.append(np.maximum(high, 0.0) * SLOP)
        read = self.tops[layer]
        if layer == 0 and self.layers.scales is not None:  # inputs as the file reads them
            read = np.maximum(read, read * self.layers.scales)
        largest = float((sizes + self.errors[-1]).max(initial=0.0)) + float(read.max(initial=0.0))
        if not largest < self.layers.format.largest / 4:
            raise UnprovableNetworkError(f"layer {layer + 1} may overflow in {self.layers.format.name}")

    def _range(self, layer: int) -> tuple[FloatArray, FloatArray]:
        """Return bounds on u of a layer, unit by unit: the function and its negative, bounded from below."""
        n, k = self.centre[layer].shape
        owner = np.repeat(np.arange(n), k)
        unit = np.tile(np.eye(k), (n, 1))
        zero = np.zeros(n * k)
        low = self.lower(owner, unit, zero, layer).reshape(n, k)
        high = -self.lower(owner, -unit, zero, layer).reshape(n, k)
        if layer > 0:  # interval arithmetic, where it is better
            W, b = self.layers.weights[layer], self.layers.biases[layer]
            least, most = np.maximum(self.low[layer - 1], 0.0), np.maximum(self.high[layer - 1], 0.0)
            up, down = np.maximum(W, 0.0), np.minimum(W, 0.0)
            slack = (most @ np.abs(W).T + np.abs(b)) * 2.0**-36 + W.shape[1] * SMALLEST
            low = np.maximum(low, least @ up.T + most @ down.T + b - slack)
            high = np.minimum(high, most @ up.T + least @ down.T + b + slack)
        return low, high

    def _error(self, layer: int, sizes: FloatArray, errors: list[FloatArray], fmt: FloatFormat) -> FloatArray:
        """Return what u errs by as computed in a format: errors of what it reads, its dot product, the input's rounding."""
        W = self.layers.weights[layer]
        terms = np.count_nonzero(W, axis=1)  # those of weight 0 are exact
        n = W.shape[1]
        rounding = np.array([gamma_upper(k + 5, fmt.unit) for k in range(n + 1)])[terms] * SLOP
        scales = self.layers.scales if layer == 0 else None
        lost = np.abs(W) if scales is None else np.abs(W) * np.maximum(1.0, 1.0 / scales)
        below = (lost.sum(axis=1) + n + 4) * fmt.tiny * (1.0 + rounding) * SLOP
        if layer == 0:
            return np.asarray(rounding * sizes + below)
        read = errors[layer - 1] @ np.abs(W).T * SLOP
        return np.asarray((read + rounding * (sizes + read) + below) * SLOP)

    def lower(
        self, owner: IntArray, v: FloatArray, const: FloatArray, layer: int, theta: list[FloatArray] | None = None
    ) -> FloatArray:
        """Return lower bounds `(M,)` on `⟨v, u_layer⟩ + const` on the balls `owner` `(M,)`, for `v` `(M, k)`.

        Backward: of a hinge that may switch on the ball, `v ReLU(u) ≥ v θ u` for v ≥ 0 and any θ in [0, 1], and for v < 0 it
        is `v u` or 0, both of which are followed. What is left is affine in x, and falls by at most its dual norm times the
        radius. `theta` holds the θ to take `(M, k)` per layer below; no bound's truth depends on them. −∞ where too many
        patterns are left. Rounding: a coefficient's error multiplies a bounded number, in all `Σ γ |τ| (|W| top + |b|)`.
        """
        rows, value = np.arange(len(owner)), const.copy()
        slack = np.abs(const) * gamma_upper(4 * self.layers.depth + 8, UNIT)
        for below in range(layer, -1, -1):
            if below < layer:
                parts = self._split(owner, below, (rows, value, slack, v))
                if parts is None:
                    return np.full(len(owner), -np.inf)
                rows, value, slack, v, on = parts
                v = self._relaxed(owner[rows], below, v, on, None if theta is None else theta[below][rows])
            W, b = self.layers.weights[below], self.layers.biases[below]
            terms = self.tops[below] @ np.abs(W).T + np.abs(b)
            rounding = gamma_upper(W.shape[1] + W.shape[0] + 4 * self.layers.depth + 8, UNIT)
            slack = slack + rounding * np.einsum("ij,ij->i", np.abs(v), terms[owner[rows]]) * SLOP + W.size * SMALLEST
            value = value + v @ b
            v = v @ W
        ball = owner[rows]
        fall = row_norms_upper(v, dual_exponent(self.norm)) * self.radius * SLOP
        bound = value + np.einsum("ij,ij->i", v, self.points[ball])
        bound = bound - fall - slack * SLOP - 2.0**-50 * (np.abs(bound) + fall)
        least = np.full(len(owner), np.inf)
        np.minimum.at(least, rows, np.where(np.isnan(bound), -np.inf, bound))
        return least

    def _split(self, owner: IntArray, layer: int, carried: Rows) -> SplitRows | None:
        """Return the rows, those twice that have a negative coefficient on a unit that may switch; and what is taken as on.

        None where that makes too many of them.
        """
        rows, value, slack, v = carried
        most = ENTRIES // max(max(W.shape) for W in self.layers.weights)
        cut = (self.low[layer] < 0.0) & (self.high[layer] > 0.0)
        on = (self.low[layer] >= 0.0)[owner[rows]]
        for unit in np.flatnonzero(cut.any(axis=0)):
            twice = np.flatnonzero(cut[owner[rows], unit] & (v[:, unit] < 0.0))
            if len(rows) + twice.size > max(most, len(owner)):
                return None
            other = on[twice].copy()
            other[:, unit] = True
            on = np.concatenate([on, other])
            rows, value, slack, v = (np.concatenate([part, part[twice]]) for part in (rows, value, slack, v))
        return rows, value, slack, v, on

    def _relaxed(self, ball: IntArray, layer: int, v: FloatArray, on: BoolArray, theta: FloatArray | None) -> FloatArray:
        """Return the coefficients on u of the coefficients `v` on `ReLU(u)`."""
        low, high = self.low[layer][ball], self.high[layer][ball]
        cut = (low < 0.0) & (high > 0.0)
        if theta is None:
            theta = high / np.where(cut, high - low, 1.0)
        slope = np.where(cut & (v >= 0.0), np.clip(theta, 0.0, 1.0), on)
        return np.asarray(v * slope)

    def usual_slopes(self, layer: int) -> FloatArray:
        """Return the slopes θ `(n, k)` that are taken where none are given: of the chord of a hinge over its range."""
        low, high = self.low[layer], self.high[layer]
        cut = (low < 0.0) & (high > 0.0)
        return np.where(cut, high / np.where(cut, high - low, 1.0), 0.0)

    def hinges(self) -> list[tuple[int, int]]:
        """Return layer and unit of everything that may switch on some ball."""
        found = []
        for layer in range(self.layers.depth - 1):
            cut = (self.low[layer] < 0.0) & (self.high[layer] > 0.0)
            found += [(layer, int(unit)) for unit in np.flatnonzero(cut.any(axis=0))]
        return found

    def steepest(self) -> float:
        """Return an upper bound on `‖J‖_2`, J the Jacobian of u of the last layer, over all patterns on all balls.

        ∞ where these are more than MOST_PATTERNS matrices.
        """
        jacobians = [np.eye(self.points.shape[1])]
        for layer, W in enumerate(self.layers.weights):
            jacobians = [W @ J for J in jacobians]
            if layer == self.layers.depth - 1:
                break
            always = (self.low[layer] >= 0.0).all(axis=0)
            never = (self.high[layer] <= 0.0).all(axis=0)
            unsure = np.flatnonzero(~(always | never))
            if len(jacobians) << unsure.size > MOST_PATTERNS:
                return float(np.inf)
            for unit in unsure:
                off = [J.copy() for J in jacobians]
                for J in off:
                    J[unit] = 0.0
                jacobians += off
            for J in jacobians:
                J[never] = 0.0
        return max(spectral_norm_upper(J, self._jacobian_error()) for J in jacobians)

    def _jacobian_error(self) -> float:
        """Return a bound on the norm of what any of the products of matrices errs by."""
        size = 1.0
        for W in self.layers.weights:
            size *= float(np.linalg.norm(W)) * SLOP
        rounding = sum(gamma_upper(W.shape[1] + 2, UNIT) for W in self.layers.weights)
        return float(rounding * size * np.sqrt(self.points.shape[1]) * 4) + SMALLEST


def spectral_norm_upper(J: FloatArray, error: float) -> float:
    """Return an upper bound on `‖J + F‖_2` for every F with `‖F‖ ≤ error`.

    `K = J Jᵀ` has `λ_max(K) ≤ Λ_max (1 + ‖QᵀQ − I‖) + ‖K − QΛQᵀ‖`, Λ and Q its computed eigenvalues and vectors
    (Ostrowski, Weyl).
    """
    scale = float(np.abs(J).max(initial=0.0)) or 1.0
    J = J / scale
    K = J @ J.T
    k = len(K)
    slack = gamma_upper(3 * k + J.shape[1] + 8, UNIT) * float(np.linalg.norm(np.abs(J) @ np.abs(J).T)) * SLOP
    values, Q = np.linalg.eigh(K)
    defect = float(np.linalg.norm(Q.T @ Q - np.eye(k))) + gamma_upper(k + 2, UNIT) * k
    size = float(np.abs(values).max(initial=0.0))
    residual = float(np.linalg.norm(K - (Q * values) @ Q.T)) + gamma_upper(3 * k + 6, UNIT) * k * size + slack
    largest = (size * (1.0 + defect) + residual) * SLOP
    return (float(np.sqrt(largest)) * scale + error) * SLOP
