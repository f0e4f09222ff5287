"""Counterexamples as tools print them."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
PAIR = re.compile(rf"\(\s*X_(\d+)\s+({NUMBER})\s*\)")
INPUT = re.compile(rf"^\s*x(\d+) = ({NUMBER})\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Counterexample:
    """The inputs of a counterexample, in order, rounded to float32."""

    inputs: tuple[float, ...]

    def as_array(self) -> NDArray[np.float64]:
        """Return the inputs `(d,)`."""
        return np.array(self.inputs, dtype=np.float64)

    def text(self) -> str:
        """Return the inputs as scorers read them."""
        return "(" + "\n ".join(f"(X_{i} {x!r})" for i, x in enumerate(self.inputs)) + ")\n"


def of_pairs(text: str, pattern: re.Pattern[str] = PAIR) -> Counterexample | None:
    """Return the counterexample in a text, None if it names no inputs or not all of them.

    >>> of_pairs("((X_0 0.5) (X_1 -2) (Y_0 1.0))").inputs
    (0.5, -2.0)
    """
    found = {int(i): float(np.float32(float(value))) for i, value in pattern.findall(text)}
    if not found or sorted(found) != list(range(len(found))):
        return None
    return Counterexample(tuple(found[i] for i in range(len(found))))


def read_counterexample(path: Path) -> Counterexample:
    """Return the counterexample of a file; raise InputError when it has none."""
    try:
        found = of_pairs(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"cannot read the counterexample {path}: {problem}") from problem
    if found is None:
        raise InputError(f"{path} holds no counterexample ((X_0 value) ...)")
    return found
