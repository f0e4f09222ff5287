"""What folding layers do on given balls, in real arithmetic and in floats (docs/theory/t13-folding.md)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.certify.forms.folded.layers import FoldLayers, steepest
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.norms import dual_exponent
from logwidth.rounding import BINARY64, FloatFormat, gamma_upper
from logwidth.types import BoolArray, FloatArray, IndexArray

UNIT = 2.0**-53
ENTRIES = 1 << 24  # coefficients of all patterns of some functions that are bounded together; more are not decided


@dataclass(frozen=True, eq=False)
class Leaves:
    """Bounds on affine functions of u of a layer, a bound for each pattern that matters: a function has one row or more.

    Row m is about function `rows[m]`, which is at least `bounds[m]` on its ball wherever the units are active as
    `patterns[l][m]` says, for those whose coefficient is negative in layer l.
    """

    rows: IndexArray
    bounds: FloatArray
    patterns: list[BoolArray]


@dataclass(frozen=True, eq=False)
class _Carried:
    """Functions on their way back through the layers, row by row: `⟨v, s⟩ + value`, of which `slack` is to be taken off."""

    rows: IndexArray
    value: FloatArray
    slack: FloatArray
    v: FloatArray
    patterns: list[BoolArray]

    def doubled(self, twice: IndexArray) -> "_Carried":
        """Return the same with some rows repeated at the end."""
        again = np.concatenate([np.arange(len(self.rows)), twice])
        patterns = [on[again] for on in self.patterns]
        return _Carried(self.rows[again], self.value[again], self.slack[again], self.v[again], patterns)


@dataclass(frozen=True, eq=False)
class FoldedBalls:
    """What holds on the balls `B_p(x_i, radius)` of every sequence `u_l = W_l s_{l−1} + b_l + δ_l` with `|δ_l| ≤ local[l]`.

    Two of them are of interest: δ = 0, the layers in real arithmetic, and what is computed in the network's format, in any
    order of summation, where δ is the rounding of a layer by itself. Per layer, `low ≤ u ≤ high` `(n, k)` and `tops`
    `(n, k)` bounds `s_{l−1}` (of the first: `|x|`). `centre` is u at `x_i` in float64 and `slips` its error, for δ = 0;
    `errors` `(n, k)` bounds how far any u is from that of δ = 0. `losses` `(n, k)` is what a coefficient 1 on u loses: δ
    and the rounding of the bounds themselves.
    """

    layers: FoldLayers
    points: FloatArray
    radius: float
    norm: float
    low: list[FloatArray]
    high: list[FloatArray]
    tops: list[FloatArray]
    centre: list[FloatArray]
    slips: list[FloatArray]
    errors: list[FloatArray]
    local: list[FloatArray]
    losses: list[FloatArray]

    @classmethod
    def around(cls, layers: FoldLayers, points: FloatArray, radius: float, norm: float) -> "FoldedBalls":
        """Return the bounds for `points` `(n, d)`, layer by layer; those of later layers rest on those of earlier ones.

        Raises UnprovableNetworkError when a sum may overflow in the network's format.
        """
        balls = cls(layers, points, radius, norm, [], [], [(np.abs(points) + radius) * SLOP], [], [], [], [], [])
        for _ in range(layers.depth):
            balls._next()
        return balls

    def take(self, rows: IndexArray) -> "FoldedBalls":
        """Return some of the balls."""
        parts = (self.low, self.high, self.tops, self.centre, self.slips, self.errors, self.local, self.losses)
        lists = [[array[rows] for array in part] for part in parts]
        taken = FoldedBalls(self.layers, self.points[rows], self.radius, self.norm, *lists)
        taken.__dict__["speed"] = self.speed  # holds on all balls
        return taken

    @cached_property
    def speed(self) -> float:
        """A bound on `‖J‖_2`, J the Jacobian of the last u at δ = 0, on all balls; ∞ where none is known."""
        return steepest(self.layers.weights, self.low, self.high) if self.norm == 2.0 else np.inf

    def _next(self) -> None:
        layer, points = len(self.low), self.points
        W, b = self.layers.weights[layer], self.layers.biases[layer]
        state = points if layer == 0 else np.maximum(self.centre[-1], 0.0)
        self.centre.append(state @ W.T + b)
        sizes = self.tops[layer] @ np.abs(W).T + np.abs(b)
        if layer == 0:  # on a ball the sum of |W x| grows by no more than the dual norm of the row
            moved = row_norms_upper(W, dual_exponent(self.norm)) * self.radius * SLOP
            sizes = np.minimum(sizes, np.abs(points) @ np.abs(W).T + moved + np.abs(b))
        sizes *= SLOP
        own = self._rounding(layer, sizes, self.layers.format)
        read = [0.0 if layer == 0 else part[-1] @ np.abs(W).T * SLOP for part in (self.errors, self.slips)]
        slip = self._rounding(layer, sizes + read[1], BINARY64)
        self.local.append(own)
        self.errors.append(np.asarray((read[0] + own) * SLOP))
        self.slips.append(np.asarray((read[1] + slip) * SLOP))
        checking = gamma_upper(sum(W.shape) + 4 * self.layers.depth + 8, UNIT) * sizes
        self.losses.append((own + checking) * SLOP)
        low, high = self._range(layer)
        self.low.append(low)
        self.high.append(high)
        self.tops.append(np.maximum(high, 0.0) * SLOP)
        inputs = self.tops[layer]
        if layer == 0 and self.layers.scales is not None:  # inputs as the file reads them
            inputs = np.maximum(inputs, inputs * self.layers.scales)
        largest = float((sizes + own).max(initial=0.0)) + float(inputs.max(initial=0.0))
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
            slack = (most @ np.abs(W).T + np.abs(b)) * 2.0**-36 + W.shape[1] * SMALLEST + self.local[layer] * SLOP
            low = np.maximum(low, least @ up.T + most @ down.T + b - slack)
            high = np.minimum(high, most @ up.T + least @ down.T + b + slack)
        return low, high

    def _rounding(self, layer: int, sizes: FloatArray, fmt: FloatFormat) -> FloatArray:
        """Return what a layer's u errs by in a format, given what it reads: its dot product, and the input's rounding."""
        W = self.layers.weights[layer]
        terms = np.count_nonzero(W, axis=1)  # those of weight 0 are exact
        n = W.shape[1]
        rounding = np.array([gamma_upper(k + 5, fmt.unit) for k in range(n + 1)])[terms] * SLOP
        scales = self.layers.scales if layer == 0 else None
        lost = np.abs(W) if scales is None else np.abs(W) * np.maximum(1.0, 1.0 / scales)
        below = (lost.sum(axis=1) + n + 4) * fmt.tiny * (1.0 + rounding) * SLOP
        return np.asarray(rounding * sizes + below)

    def lower(
        self, owner: IndexArray, v: FloatArray, const: FloatArray, layer: int, theta: list[FloatArray] | None = None,
        *, chords: bool = False,
    ) -> FloatArray:  # fmt: skip
        """Return lower bounds `(M,)` on `⟨v, u_layer⟩ + const` on the balls `owner` `(M,)`, for `v` `(M, k)`.

        The least of what :meth:`leaves` finds; −∞ where too many patterns are left.
        """
        found = self.leaves(owner, v, const, layer, theta, chords=chords)
        if found is None:
            return np.full(len(owner), -np.inf)
        least = np.full(len(owner), np.inf)
        np.minimum.at(least, found.rows, found.bounds)
        return least

    def leaves(
        self, owner: IndexArray, v: FloatArray, const: FloatArray, layer: int, theta: list[FloatArray] | None = None,
        *, chords: bool = False,
    ) -> Leaves | None:  # fmt: skip
        """Return lower bounds on `⟨v, u_layer⟩ + const` on the balls, for every pattern of units that may switch.

        Backward: of a unit that may switch on the ball, `v ReLU(u) ≥ v θ u` for v ≥ 0 and any θ in [0, 1], and for v < 0 it
        is `v u` or 0, both of which are followed; with `chords` it is bounded by the chord of ReLU over `[low, high]`
        instead, and there is one pattern only. What is left is affine in x, and falls by at most its dual norm times the
        radius. `theta` holds the θ to take `(M, k)` per layer below; no bound's truth depends on them. None where too many
        patterns are left. A coefficient's error multiplies a bounded number: `Σ |τ| losses` in all, δ included.
        """
        depth = self.layers.depth
        at = _Carried(np.arange(len(owner)), const.copy(), np.abs(const) * gamma_upper(4 * depth + 8, UNIT), v, [])
        for below in range(layer, -1, -1):
            if below < layer:
                parts = self._split(owner, below, at, chords)
                if parts is None:
                    return None
                at = self._relaxed(owner, below, parts, None if theta is None else theta[below], chords)
            ball, W = owner[at.rows], self.layers.weights[below]
            underflow = W.size * SMALLEST * (1.0 + self.tops[below].sum(axis=1))[ball]
            slack = at.slack + np.einsum("ij,ij->i", np.abs(at.v), self.losses[below][ball]) * SLOP + underflow
            at = _Carried(at.rows, at.value + at.v @ self.layers.biases[below], slack, at.v @ W, at.patterns)
        ball = owner[at.rows]
        fall = row_norms_upper(at.v, dual_exponent(self.norm)) * self.radius * SLOP
        bound = at.value + np.einsum("ij,ij->i", at.v, self.points[ball])
        bound = bound - fall - at.slack * SLOP - 2.0**-50 * (np.abs(bound) + fall)
        return Leaves(at.rows, np.where(np.isnan(bound), -np.inf, bound), at.patterns[::-1])

    def _split(self, owner: IndexArray, layer: int, at: _Carried, chords: bool) -> _Carried | None:
        """Return the rows, those twice that have a negative coefficient on a unit that may switch; and what is taken as on.

        None where that makes too many of them.
        """
        most = ENTRIES // max(max(W.shape) for W in self.layers.weights)
        cut = self.cut(layer)
        at.patterns.append((self.low[layer] >= 0.0)[owner[at.rows]])
        for unit in np.flatnonzero(cut.any(axis=0)) if not chords else ():
            twice = np.flatnonzero(cut[owner[at.rows], unit] & (at.v[:, unit] < 0.0))
            count = len(at.rows)
            if count + twice.size > max(most, len(owner)):
                return None
            if twice.size:
                at = at.doubled(twice)
                at.patterns[-1][count:, unit] = True
        return at

    def _relaxed(self, owner: IndexArray, layer: int, at: _Carried, theta: FloatArray | None, chords: bool) -> _Carried:
        """Return the rows as functions of u, of rows that are functions of `ReLU(u)`."""
        ball, v, value = owner[at.rows], at.v, at.value
        cut = self.cut(layer)[ball]
        slopes = self.usual_slopes(layer)[ball] if theta is None else theta[at.rows]
        slope = np.where(cut & (v >= 0.0), np.clip(slopes, 0.0, 1.0), at.patterns[-1])
        if chords:  # ReLU(u) ≤ slope (u − low) on [low, high] for every slope ≥ high / (high − low)
            under = cut & (v < 0.0)
            slope = np.where(under, self.usual_slopes(layer)[ball] * SLOP, slope)
            low, high = self.low[layer][ball], self.high[layer][ball]
            underflow = SMALLEST * (1.0 + high - low)  # v · slope may be rounded to less than the chord needs
            lost = np.where(under, np.abs(v * slope * low) + underflow, 0.0).sum(axis=1)
            value = value - lost * SLOP - 2.0**-50 * np.abs(value)
        return _Carried(at.rows, value, at.slack, np.asarray(v * slope), at.patterns)

    def cut(self, layer: int) -> BoolArray:
        """Return which units `(n, k)` of a layer may switch on a ball."""
        return np.asarray((self.low[layer] < 0.0) & (self.high[layer] > 0.0))

    def usual_slopes(self, layer: int) -> FloatArray:
        """Return the slopes θ `(n, k)` that are taken where none are given: of the chord of a unit over its range."""
        low, high = self.low[layer], self.high[layer]
        cut = self.cut(layer)
        return np.where(cut, high / np.where(cut, high - low, 1.0), 0.0)
