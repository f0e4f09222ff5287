"""The strict reader of `network.json`, and what it says on balls: proven in exact numbers, without a form."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

from logwidth.certify.sealed import each_key_once
from logwidth.errors import InputError
from logwidth.network import DyadicNetwork, DyadicRow, Exact, outputs_behind
from logwidth.types import silent

EXACT_NETWORK, FORMAT = "network.json", "logwidth exact network 1"
NUMBER = re.compile(r"(-?)([1-9a-f][0-9a-f]*)p(0|-?[1-9][0-9]{0,6})")
COLUMN = re.compile(r"0|[1-9][0-9]{0,8}")
ODD = frozenset("13579bdf")
MOST_BITS = 1 << 34  # of all numbers: 2 GiB
KEYS = {"format", "n_inputs", "classes", "layers"}
LATER = KEYS | {"metadata"}  # files of earlier versions say nothing of the columns
Gradient = dict[int, Exact]
Piece = tuple[Exact, Gradient]  # value at the sample and gradient, both times the scale


@dataclass(frozen=True, eq=False)
class StoredExactNetwork:
    """A network and the classes that its outputs 1, 2, … stand for; any other output is no label.

    `metadata` is what the file says of the columns that its features were made of, as that of an ONNX file does.
    """

    network: DyadicNetwork
    classes: tuple[Any, ...]
    metadata: dict[str, str] = field(default_factory=dict)


def read_exact_network(content: bytes) -> StoredExactNetwork:
    """Return the network that the file's bytes hold.

    Raises InputError for anything but such a file in the one way in which it can be written: numbers with an odd
    hexadecimal part, columns that rise and exist, no weight of 0, one output.
    """
    try:
        body = json.loads(content.decode(), object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{EXACT_NETWORK} is not valid JSON: {problem}") from problem
    if not isinstance(body, dict) or body.get("format") != FORMAT or body.keys() not in (KEYS, LATER):
        raise InputError(f"{EXACT_NETWORK} is not a {FORMAT!r}")
    n_inputs, classes, layers = body["n_inputs"], body["classes"], body["layers"]
    metadata = body.get("metadata", {})
    if not (isinstance(metadata, dict) and all(isinstance(text, str) for text in metadata.values())):
        raise InputError(f"{EXACT_NETWORK}: metadata must hold texts")
    if not (type(n_inputs) is int and n_inputs > 0):
        raise InputError(f"{EXACT_NETWORK}: n_inputs must be a positive whole number")
    if not (isinstance(classes, list) and classes):
        raise InputError(f"{EXACT_NETWORK} does not name its classes")
    if not (isinstance(layers, list) and len(layers) >= 2 and all(isinstance(layer, list) and layer for layer in layers)):
        raise InputError(f"{EXACT_NETWORK}: there must be a hidden layer and an output, none of them empty")
    if len(layers[-1]) != 1:
        raise InputError(f"{EXACT_NETWORK}: the last layer must have one unit")
    read, size, left = [], n_inputs, MOST_BITS
    for place, layer in enumerate(layers):
        rows = []
        try:
            for unit in layer:
                row, cost = _row(unit, size, left)
                rows.append(row)
                left -= cost
        except ValueError as problem:
            raise InputError(f"{EXACT_NETWORK}, layer {place + 1}: {problem}") from problem
        read.append(tuple(rows))
        size = len(layer)
    return StoredExactNetwork(DyadicNetwork(n_inputs, tuple(read)), tuple(classes), metadata)


def _row(text: object, n_columns: int, most_bits: int) -> tuple[DyadicRow, int]:
    """Return a unit and how many bits its numbers take, all with the same denominator."""
    if not isinstance(text, str):
        raise ValueError("a unit must be a text")  # noqa: TRY004
    head, *rest = text.split(" ")
    bias, weights, last = _number(head), [], -1
    for word in rest:
        column, colon, number = word.partition(":")
        if not (colon and COLUMN.fullmatch(column)) or number == "0":
            raise ValueError(f"{word[:40]!r} is no column and weight")
        j = int(column)
        if not last < j < n_columns:
            raise ValueError(f"column {j} is not there, or stands out of order")
        weights.append((j, _number(number)))
        last = j
    shift = max([0, -bias[1], *(-exponent for _, (_, exponent) in weights)])
    cost = sum(odd.bit_length() + exponent + shift for odd, exponent in (bias, *(number for _, number in weights)))
    if cost > most_bits:
        raise ValueError(f"the numbers of this file take more than {MOST_BITS:,} bits; it is not read on")
    whole = tuple((j, odd << exponent + shift) for j, (odd, exponent) in weights)
    return DyadicRow(whole, bias[0] << bias[1] + shift, shift), cost


def _number(text: str) -> tuple[int, int]:
    """Return a number as `(M, E)` with `M·2^E`, M odd or both 0."""
    if text == "0":
        return 0, 0
    found = NUMBER.fullmatch(text)
    if found is None or found[2][-1] not in ODD:
        raise ValueError(f"{text[:40]!r} is no number of the one form M·2^E, written MpE with an odd M")
    return int(found[1] + found[2], 16), int(found[3])


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
