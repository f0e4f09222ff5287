"""A sound lower bound on how many balls any small ReLU network answers right on: linear bounds, rounded outward."""

from dataclasses import dataclass

import numpy as np

from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.dataset import Dataset
from logwidth.network import ReluNetwork
from logwidth.norms import dual_exponent, parse_norm
from logwidth.rounding import float_format, gamma_upper
from logwidth.types import BoolArray, FloatArray, IntArray

UNIT = 2.0**-53
BLOCK = 64


def argmax_certified(network: ReluNetwork, data: Dataset, radius: float, norm: object = 2) -> BoolArray:
    """Return, per sample `(n,)`, whether its class is proven to have the largest output on its whole ball of `radius` in ℓp.

    The network has one output per class. True means: for every real x of the ball, the network as stored, evaluated in its
    float format in any order of summation, is largest at the sample's class alone. False means only that these bounds do not
    show it: the share of True is a *lower bound* on the share of robust samples.

    Every ReLU is replaced by lines above and below it between bounds of its input (CROWN: Zhang et al., 2018); a line is
    used only with an offset that is checked at both ends, and every float64 rounding is subtracted. So are all rounding
    errors of the network's own format, from layer to layer.
    """
    p = parse_norm(norm)
    blocks = [slice(start, start + BLOCK) for start in range(0, data.n_samples, BLOCK)]
    found = [_certified(network, data.points[rows], data.labels[rows], radius, p) for rows in blocks]
    return np.concatenate(found)


def _certified(network: ReluNetwork, points: FloatArray, labels: IntArray, radius: float, norm: float) -> BoolArray:
    with np.errstate(over="ignore", invalid="ignore"):
        ball = _Ball(points, radius, norm, [], [])
        for layer in network.hidden:
            ball.extend(layer.dense().astype(np.float64), layer.bias.astype(np.float64))
        W, b = network.output.dense().astype(np.float64), network.output.bias.astype(np.float64)
        errors = _format_errors(network, ball)
        proven = np.ones(len(points), dtype=bool)
        for label in np.unique(labels):
            mine = labels == label
            others = np.delete(np.arange(len(b)), label)
            gap, offset = W[label] - W[others], b[label] - b[others]
            lost = UNIT * (np.abs(gap) @ ball.highest(len(ball.layers)).T).T + UNIT * np.abs(offset)
            lower = ball.lower(gap, offset) - (lost + errors[:, [label]] + errors[:, others]) * SLOP - SMALLEST
            proven[mine] = (lower > 0).all(axis=1)[mine]
    return proven


@dataclass(frozen=True, eq=False)
class _Ball:
    """Balls around `points` `(n, d)`, the hidden layers so far, and bounds `(n, w)` of the inputs of their ReLUs."""

    points: FloatArray
    radius: float
    norm: float
    layers: list[tuple[FloatArray, FloatArray]]
    bounds: list[tuple[FloatArray, FloatArray]]

    def extend(self, W: FloatArray, b: FloatArray) -> None:
        """Add a hidden layer; its inputs are bounded from both sides."""
        lower = self.lower(np.concatenate([W, -W]), np.concatenate([b, -b]))
        half = len(b)
        self.layers.append((W, b))
        self.bounds.append((lower[:, :half], -lower[:, half:]))

    def highest(self, k: int) -> FloatArray:
        """Return upper bounds `(n, w)` of the absolute outputs of hidden layer k, of the input for k = 0."""
        if k == 0:
            return (np.abs(self.points) + self.radius) * SLOP
        return np.maximum(self.bounds[k - 1][1], 0.0)

    def lower(self, W: FloatArray, b: FloatArray) -> FloatArray:
        """Return lower bounds `(n, s)` of `W h + b` on the balls, h the outputs of the last hidden layer."""
        slopes = np.broadcast_to(W, (len(self.points), *W.shape))
        constant = np.broadcast_to(b, (len(self.points), len(b)))
        slack = np.zeros(constant.shape)
        for k in range(len(self.layers), 0, -1):
            (V, c), (low, high) = self.layers[k - 1], self.bounds[k - 1]
            slopes, offsets, lost = _lines(slopes, low[:, None, :], high[:, None, :])
            size = np.abs(slopes)
            factor = gamma_upper(max(V.shape) + 8, UNIT)
            slack = (
                slack
                + lost
                + factor
                * (
                    np.einsum("nsj,nj->ns", size @ np.abs(V), self.highest(k - 1))
                    + size @ np.abs(c)
                    + np.abs(offsets).sum(axis=2)
                    + np.abs(constant)
                )
                + _underflow(V, self.highest(k - 1))
            )
            constant = constant + offsets.sum(axis=2) + slopes @ c
            slopes = slopes @ V
        n, s, d = slopes.shape
        reach = row_norms_upper(slopes.reshape(n * s, d), dual_exponent(self.norm)).reshape(n, s) * self.radius
        size = np.einsum("nsj,nj->ns", np.abs(slopes), np.abs(self.points)) + np.abs(constant) + reach
        slack = (slack + gamma_upper(d + 16, UNIT) * size) * SLOP + SMALLEST * (d + 1)
        bound: FloatArray = np.einsum("nsj,nj->ns", slopes, self.points) + constant - reach - slack
        return bound


def _underflow(V: FloatArray, highest: FloatArray) -> FloatArray:
    """Return what slopes `λ V` and constants lose `(n, 1)` where float64 products underflow, on inputs `|h| ≤ highest`."""
    lost: FloatArray = len(V) * SMALLEST * (1.0 + highest.sum(axis=1, keepdims=True)) * SLOP
    return lost


def _lines(slopes: FloatArray, low: FloatArray, high: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return `μ, ν` and slack with `λ ReLU(t) ≥ μ t + ν − slack` for `low ≤ t ≤ high`, λ the slopes.

    `ReLU(t) ≥ αt` for α ∈ {0, 1}; for λ < 0 the left side is concave, so a line is below it if it is at both ends.
    """
    share = high / np.where(high > low, high - low, 1.0)
    below = np.where(high >= -low, slopes, 0.0)
    chord = np.where(slopes >= 0, below, slopes * share)
    lines = np.where(low >= 0, slopes, np.where(high <= 0, 0.0, chord))
    crossing = (low < 0) & (high > 0) & (slopes < 0)
    ends = np.minimum(-lines * low, (slopes - lines) * high)
    offsets = np.where(crossing, ends, 0.0)
    size = np.where(crossing, np.abs(lines * low) + np.abs(slopes * high) + np.abs(lines * high), 0.0)
    return lines, offsets, (8 * UNIT * size + SMALLEST).sum(axis=2) * SLOP


def _format_errors(network: ReluNetwork, ball: _Ball) -> FloatArray:
    """Return bounds `(n, C)` on what the outputs err by in the network's format, its input rounded first."""
    fmt = float_format(network.dtype)
    error = fmt.unit * ball.highest(0) + fmt.tiny
    for k, layer in enumerate(network.layers):
        W, b = np.abs(layer.dense().astype(np.float64)), np.abs(layer.bias.astype(np.float64))
        factor = gamma_upper(W.shape[1] + 2, fmt.unit)
        size = ball.highest(k) + error
        error = (error @ W.T + factor * (size @ W.T + b) + 2 * (W.shape[1] + 2) * fmt.tiny) * SLOP
        if not float(((size @ W.T + b) * SLOP).max()) < fmt.largest / 4:
            return np.full((len(error), network.n_outputs), np.inf)
    return error
