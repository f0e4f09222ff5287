"""Affine functions and halfspaces behind folding layers, proven on balls: by speed, chords, patterns, slopes looked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.certify.forms.folded.balls import UNIT, FoldedBalls, Leaves
from logwidth.certify.leads.first_layer import SLOP, SMALLEST, row_norms_upper
from logwidth.certify.leads.pieces import Pieces
from logwidth.norms import dual_exponent
from logwidth.rounding import gamma_upper
from logwidth.types import BoolArray, FloatArray, IndexArray

STEPS = 60  # of the ascent
AHEAD = 1.25  # of what is missing, that a step makes for
PAIRS = 2048  # functions that are looked at together
MOST_SOUGHT = 60_000  # functions for which slopes are looked for


@dataclass(frozen=True, eq=False)
class Wanted:
    """Functions `⟨v, u⟩ + const` of the last layer's u that are to be at least `needed` on the balls `owner`."""

    owner: IndexArray
    v: FloatArray
    const: FloatArray
    needed: FloatArray

    def take(self, rows: IndexArray | BoolArray) -> "Wanted":
        """Return some of them."""
        return Wanted(self.owner[rows], self.v[rows], self.const[rows], self.needed[rows])


def proven_by_slopes(balls: FoldedBalls, wanted: Wanted) -> BoolArray:
    """Return which functions are proven by slopes that are looked for, for each function on its own."""
    return sought(balls, wanted)[0]


def sought(balls: FoldedBalls, wanted: Wanted) -> tuple[BoolArray, FloatArray]:
    """Return which functions `(M,)` are proven by slopes that are looked for, and the last u `(M, k)` where they were least.

    Steps along a supergradient of the bound in the slopes, as long as what is missing asks for (Polyak). A ball on which a
    point shows that a function is too small is given up with all of its functions. Whatever slopes are met, it is a bound;
    on the points, in plain floats, nothing rests.
    """
    proven = np.zeros(len(wanted.owner), dtype=bool)
    points, lowest = balls.centre[-1][wanted.owner], np.full(len(proven), np.inf)
    theta = [balls.usual_slopes(layer)[wanted.owner] for layer in range(balls.layers.depth - 1)]
    left = np.arange(len(proven))
    for _ in range(STEPS):
        here = wanted.take(left)
        slopes = [part[left] for part in theta]
        leaves = balls.leaves(here.owner, here.v, here.const, balls.layers.depth - 1, slopes)
        if leaves is None:
            break
        worst = _worst(leaves, len(left))
        missing = here.needed - leaves.bounds[worst]
        proven[left[missing <= 0.0]] = True
        rise, u = _ascent(balls, here, slopes, [on[worst] for on in leaves.patterns])
        least = np.einsum("ij,ij->i", here.v, u) + here.const
        lower = least < lowest[left]
        points[left[lower]], lowest[left[lower]] = u[lower], least[lower]
        lost = np.isin(here.owner, here.owner[least < here.needed])
        keep = np.flatnonzero((missing > 0.0) & np.isfinite(missing) & ~lost)
        square = sum((part * part).sum(axis=1) for part in rise)
        length = AHEAD * missing / np.where(square > 0.0, square, 1.0)
        for layer, part in enumerate(rise):
            theta[layer][left[keep]] = np.clip(slopes[layer] + length[:, None] * part, 0.0, 1.0)[keep]
        left = left[keep]
        if not left.size:
            break
    return proven, points


def _worst(leaves: Leaves, count: int) -> IndexArray:
    """Return, per function, the row of its least bound."""
    order = np.lexsort((leaves.bounds, leaves.rows))
    first = np.searchsorted(leaves.rows[order], np.arange(count))
    return order[first]


def _ascent(
    balls: FoldedBalls, wanted: Wanted, theta: list[FloatArray], patterns: list[BoolArray]
) -> tuple[list[FloatArray], FloatArray]:
    """Return the gradient in θ of the bounds for one pattern each, per layer, and the last u at the worst points.

    The derivative by τ of a unit is its u where the affine function that bounds is least, at `x_0 − radius·n`, n dual to
    `v_0`. Directions that leave [0, 1] are taken out. In plain floats: nothing rests on it.
    """
    layers, v = balls.layers, wanted.v
    slopes: list[FloatArray] = []
    coefficients: list[FloatArray] = []
    for below in range(layers.depth - 1, -1, -1):
        if below < layers.depth - 1:
            free = balls.cut(below)[wanted.owner] & (v >= 0.0)
            slopes.append(np.where(free, np.clip(theta[below], 0.0, 1.0), patterns[below]))
            coefficients.append(np.where(free, v, 0.0))
            v = v * slopes[-1]
        v = v @ layers.weights[below]
    there = balls.points[wanted.owner] - balls.radius * _dual(v, balls.norm)
    rise, u, truth = [], there @ layers.weights[0].T + layers.biases[0], there @ layers.weights[0].T + layers.biases[0]
    for layer in range(layers.depth - 1):
        slope, coefficient = slopes[-1 - layer], coefficients[-1 - layer]
        gradient = coefficient * u
        stuck = ((slope >= 1.0) & (gradient > 0.0)) | ((slope <= 0.0) & (gradient < 0.0))
        rise.append(np.where(stuck, 0.0, gradient))
        W, b = layers.weights[layer + 1], layers.biases[layer + 1]
        u, truth = (slope * u) @ W.T + b, np.maximum(truth, 0.0) @ W.T + b
    return rise, truth


def _dual(v: FloatArray, norm: float) -> FloatArray:
    """Return, row by row, a vector n of norm 1 with `⟨v, n⟩ = ‖v‖_q`, the dual norm of `norm`."""
    q = dual_exponent(norm)
    scaled = v / np.where((top := np.abs(v).max(axis=1, keepdims=True)) > 0.0, top, 1.0)
    if q == np.inf:
        found = np.zeros_like(v)
        rows = np.arange(len(v))
        largest = np.abs(v).argmax(axis=1)
        found[rows, largest] = np.sign(v[rows, largest])
        return found
    found = np.sign(v) * np.abs(scaled) ** (q - 1.0)
    lengths = np.linalg.norm(found, ord=norm, axis=1, keepdims=True)
    return np.asarray(found / np.where(lengths > 0.0, lengths, 1.0))


def proven(balls: FoldedBalls, wanted: Wanted, *, apart: bool = False) -> BoolArray:
    """Return which functions of the last layer's u are at least what is needed on their balls, δ included.

    A ball on which one function fails is given up in the last step with all of its functions, unless they are `apart`.
    """
    good = np.zeros(len(wanted.owner), dtype=bool)
    left, last = np.arange(len(good)), balls.layers.depth - 1
    for chords in (True, False):
        for part in parts(left.size, PAIRS):
            here = wanted.take(left[part])
            good[left[part]] = balls.lower(here.owner, here.v, here.const, last, chords=chords) >= here.needed
        left = left[~good[left]]
    if left.size > MOST_SOUGHT:
        return good
    for part in parts(left.size, PAIRS):
        here, around = wanted.take(left[part]), balls
        if apart:
            around, here = balls.take(here.owner), Wanted(np.arange(len(here.owner)), here.v, here.const, here.needed)
        good[left[part]] = proven_by_slopes(around, here)
    return good


def parts(count: int, most: int) -> Iterator[slice]:
    """Return slices that cut `count` entries into parts of at most `most`."""
    return (slice(start, min(start + most, count)) for start in range(0, count, most))


@dataclass(frozen=True, eq=False)
class Sides:
    """The functions `sign · l_h` of halfspaces on some balls; they must reach `lead` and all errors."""

    balls: FoldedBalls
    halfspaces: Pieces
    sign: int
    lead: float

    @cached_property
    def needed(self) -> FloatArray:
        """What the function of a halfspace `(H,)` must reach at the computed coordinates."""
        return np.asarray((self.lead + self.halfspaces.errors) * SLOP)

    @cached_property
    def moved(self) -> FloatArray:
        """How far the computed coordinates may be from those of the centre `(n,)`, from above; ∞ where nothing is known."""
        balls = self.balls
        return np.asarray(balls.speed * balls.radius + np.linalg.norm(balls.errors[-1], axis=1))

    @cached_property
    def margins(self) -> tuple[FloatArray, FloatArray]:
        """By how much `(n, H)` the functions exceed what is needed: at centres, and on balls by the steepest slope."""
        balls, h, z = self.balls, self.halfspaces, self.balls.centre[-1]
        sizes = np.abs(h.weights).T
        size = np.maximum(np.abs(balls.low[-1]), np.abs(balls.high[-1])) + np.abs(z) + balls.slips[-1]
        slip, m = balls.slips[-1] + UNIT * np.abs(z), z.shape[1]
        off = (slip @ sizes + gamma_upper(m + 12, UNIT) * (size @ sizes + np.abs(h.biases))) * SLOP + (m + 4) * SMALLEST
        centre = self.sign * (z @ h.weights.T + h.biases) - off - self.needed
        with np.errstate(invalid="ignore"):
            everywhere = centre - row_norms_upper(h.weights, 2.0) * self.moved[:, None] * SLOP * SLOP
        return centre, np.where(np.isnan(everywhere), -np.inf, everywhere)

    def wanted(self, ball: IndexArray, halfspace: IndexArray) -> Wanted:
        """Return the functions of some halfspaces on some balls `(M,)`, and what they must reach there."""
        h = self.halfspaces
        return Wanted(ball, self.sign * h.weights[halfspace], self.sign * h.biases[halfspace], self.needed[halfspace])
