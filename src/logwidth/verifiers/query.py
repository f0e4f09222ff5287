"""The input sets of this project's own query files, read back: boxes of VNN-LIB 1.0 and balls of 2.0."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.files import text_of

BOUND = re.compile(r"\(assert \((<=|>=) X_(\d+) (-?\d+\.\d+)\)\)")
LABEL = re.compile(r"\(and \(>= Y_(\d+) Y_(\d+)\)\)")
SQUARE = re.compile(r"\(\* \(([-+]) X\[0,(\d+)\] (\d+\.\d+)\) \(\1 X\[0,\2\] \3\)\)")
LIMIT = re.compile(r"\)\)\)? (\d+\.\d+)\)\)$", re.MULTILINE)
TOLERANCE = Fraction(1, 10_000)  # how far outside scorers accept inputs, in every coordinate


@dataclass(frozen=True)
class Box:
    """Inputs `low_i ≤ x_i ≤ high_i`."""

    sides: tuple[tuple[float, float], ...]

    @property
    def size(self) -> int:
        """Number of inputs."""
        return len(self.sides)

    def near(self, point: tuple[float, ...]) -> bool:
        """Return whether a point lies in the box or at most 1e-4 outside, in exact rationals."""
        pairs = zip(point, self.sides, strict=True)
        return all(Fraction(low) - TOLERANCE <= Fraction(x) <= Fraction(high) + TOLERANCE for x, (low, high) in pairs)


@dataclass(frozen=True)
class Ball:
    """Inputs with `Σ (x_i − c_i)² ≤ square`."""

    centre: tuple[float, ...]
    square: float

    @property
    def size(self) -> int:
        """Number of inputs."""
        return len(self.centre)

    def near(self, point: tuple[float, ...]) -> bool:
        """Return whether moving every coordinate by at most 1e-4 brings a point into the ball, in exact rationals."""
        gaps = (
            max(abs(Fraction(x) - Fraction(c)) - TOLERANCE, Fraction(0)) for x, c in zip(point, self.centre, strict=True)
        )
        return sum((gap * gap for gap in gaps), Fraction(0)) <= Fraction(self.square)


def input_set(path: Path) -> list[tuple[float, float]] | None:
    """Return the box `[(low, high), …]` of a VNN-LIB 1.0 file, None when its input set is no box."""
    bounds: dict[str, dict[int, float]] = {"<=": {}, ">=": {}}
    for side, index, value in BOUND.findall(text_of(path)):
        bounds[side][int(index)] = float(value)
    high, low = bounds["<="], bounds[">="]
    if not high or sorted(high) != list(range(len(high))) or set(low) != set(high):
        return None
    return [(low[i], high[i]) for i in range(len(high))]


def allowed_inputs(path: Path) -> Box | Ball:
    """Return the input set of a query; raise InputError when it is neither a box nor a ball of this project's."""
    sides = input_set(path)
    if sides is not None:
        return Box(tuple(sides))
    text = text_of(path)
    centre = {int(i): float(value) * (1 if sign == "-" else -1) for sign, i, value in SQUARE.findall(text)}
    limit = LIMIT.findall(text)
    if not centre or sorted(centre) != list(range(len(centre))) or len(limit) != 1:
        raise InputError(f"{path} has neither a box nor a ball of inputs that this project writes")
    return Ball(tuple(centre[i] for i in range(len(centre))), float(limit[0]))


def label_of(path: Path) -> int:
    """Return the class that the scores of a VNN-LIB 1.0 file are compared with."""
    found = {int(label) for _, label in LABEL.findall(text_of(path))}
    if len(found) != 1:
        raise InputError(f"{path} does not ask about one class")
    return found.pop()
