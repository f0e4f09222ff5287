"""Balls on which a network of exact numbers is one affine function, and that one constant: the proof needs no form."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm

from logwidth.network import DyadicNetwork, DyadicRow, Exact, outputs_behind
from logwidth.types import silent

Gradient = dict[int, Exact]
Piece = tuple[Exact, Gradient]  # value at the sample and gradient, both times the scale


def constants_on_balls(
    network: DyadicNetwork,
    points: Sequence[Sequence[Fraction]],
    radius: Fraction,
    progress: Callable[[float], None] | None = None,
) -> list[Fraction | None]:
    """Return, per point, the number that the network returns at every real x with `‖x − point‖₂ ≤ radius`, None if unproven.

    A unit `f(x) = v + ⟨g, x − point⟩` keeps its sign on the ball where `v² ≥ radius² ‖g‖²`, compared in whole numbers: it is
    then v + ⟨g, ·⟩ or 0 behind its ReLU. Where all units of a layer keep theirs the next layer is affine as well. As soon as
    all gradients are 0 the state is the same on the whole ball, and what follows is evaluated for that state alone.
    """
    report = progress or silent
    scale = lcm(1, *(x.denominator for point in points for x in point))
    scale <<= max((row.shift for row in network.layers[0]), default=0)
    found: list[Fraction | None] = [None] * len(points)
    behind: dict[int, dict[tuple[Exact, ...], list[int]]] = {}
    for i, point in enumerate(points):
        reached = _constant_state(network, point, radius, scale)
        if reached is not None:
            layer, state = reached
            behind.setdefault(layer, {}).setdefault(state, []).append(i)
        report(0.5 * (i + 1) / len(points))
    for layer, states in behind.items():
        values = (
            outputs_behind(network, layer, list(states), scale) if layer < len(network.layers) else [s[0] for s in states]
        )
        for value, rows in zip(values, states.values(), strict=True):
            for i in rows:
                found[i] = Fraction(value) / scale
    report(1.0)
    return found


def _constant_state(
    network: DyadicNetwork, point: Sequence[Fraction], radius: Fraction, scale: int
) -> tuple[int, tuple[Exact, ...]] | None:
    """Return the first layer whose inputs are constant on the ball, and these; None where a unit may change its sign."""
    pieces: list[Piece] = [(int(x * scale), {j: scale}) for j, x in enumerate(point)]
    for place, layer in enumerate(network.layers):
        if not any(gradient for _, gradient in pieces):
            return place, tuple(value for value, _ in pieces)
        pieces = [_affine(row, pieces, scale) for row in layer]
        if place < len(network.layers) - 1:
            kept = [_behind_relu(piece, radius) for piece in pieces]
            if any(piece is None for piece in kept):
                return None
            pieces = [piece for piece in kept if piece is not None]
    (output,) = pieces
    return None if output[1] else (len(network.layers), (output[0],))


def _affine(row: DyadicRow, pieces: Sequence[Piece], scale: int) -> Piece:
    value: Exact = row.bias * scale
    gradient: Gradient = {}
    for column, weight in row.weights:
        given, slopes = pieces[column]
        value += weight * given
        for j, slope in slopes.items():
            gradient[j] = gradient.get(j, 0) + weight * slope
    if not row.shift:
        return value, {j: slope for j, slope in gradient.items() if slope}
    return _shifted(value, row.shift), {j: _shifted(slope, row.shift) for j, slope in gradient.items() if slope}


def _shifted(number: Exact, shift: int) -> Exact:
    if isinstance(number, int) and not number & ((1 << shift) - 1):
        return number >> shift
    return Fraction(number) / (1 << shift)


def _behind_relu(piece: Piece, radius: Fraction) -> Piece | None:
    """Return what a ReLU makes of an affine function that keeps its sign on the ball; None where it may not."""
    value, gradient = piece
    if gradient:
        length = sum(slope * slope for slope in gradient.values())
        if value * value * radius.denominator**2 < radius.numerator**2 * length:
            return None
    return piece if value > 0 else (0, {})
