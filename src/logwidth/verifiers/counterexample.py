"""An input that is shown as a counterexample."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError
from logwidth.verifiers.assignment import Assignment, read_assignment
from logwidth.verifiers.files import text_of
from logwidth.verifiers.tensor_files import assignment_of, is_tensors

INPUT_NAMES = ("X", "x", "input")
PAIR = re.compile(r"\(\s*X_\d")


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


def counterexample(text: str, n_inputs: int, names: tuple[str, ...] = ()) -> Counterexample:
    """Return the input in a text as tools print it: the variable of one of these names, of a usual one, or the first.

    Raises InputError that says what cannot be read or does not fit.

    >>> counterexample("((X_0 0.5) (X_1 -2) (Y_0 1.0))", 2).inputs
    (0.5, -2.0)
    >>> counterexample("image float32 [1,2]\\n0.5\\n-2\\nscores float32 [1,1]\\n1", 2).inputs
    (0.5, -2.0)
    """
    first = ("X",) if PAIR.search(text) else ()  # VNN-LIB 1.0 knows no other name of the input
    return input_of(read_assignment(text), n_inputs, (*first, *names))


def shown_in(path: Path, n_inputs: int, names: tuple[str, ...] = ()) -> Counterexample:
    """Return the input in a file, or in a folder of tensors, as :func:`counterexample` does; raise InputError."""
    if is_tensors(path):
        return input_of(assignment_of(path), n_inputs, names)
    return counterexample(text_of(path), n_inputs, names)


def input_of(found: Assignment, n_inputs: int, names: tuple[str, ...]) -> Counterexample:
    """Return the input among the variables of an assignment; raise InputError where none fits."""
    name = next((name for name in (*names, *INPUT_NAMES) if name in found), _first_of_size(found, n_inputs))
    if len(found[name]) != n_inputs:
        raise InputError(f"{name} has {len(found[name])} numbers, the network takes {n_inputs}")
    with np.errstate(over="ignore"):
        return Counterexample(tuple(np.array(found[name]).astype(np.float32).astype(np.float64).tolist()))


def _first_of_size(found: Assignment, size: int) -> str:
    return next((name for name, values in found.items() if len(values) == size), next(iter(found)))


def of_pattern(text: str, pattern: re.Pattern[str]) -> Counterexample | None:
    """Return the counterexample of a log in which a pattern finds index and value; None if it does not find all of them."""
    found = {int(i): float(np.float32(float(value))) for i, value in pattern.findall(text)}
    if not found or sorted(found) != list(range(len(found))):
        return None
    return Counterexample(tuple(found[i] for i in range(len(found))))
