"""Counterexamples, read and replayed as scorers do: cast to float32, within 1e-4 of the set, outputs as they come."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import read_onnx
from logwidth.errors import InputError, said
from logwidth.network import ReluNetwork, evaluate_exactly
from logwidth.truth import Replay
from logwidth.verifiers.assignment import Assignment, read_assignment
from logwidth.verifiers.files import content_of, stored, text_of
from logwidth.verifiers.formula import Declared, Formula
from logwidth.verifiers.query import allowed_inputs
from logwidth.verifiers.tensor_files import assignment_of, is_tensors

INPUT_NAMES = ("X", "x", "input")
PAIR = re.compile(r"\(\s*X_\d")
Truth = dict[str, str]


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


@dataclass(frozen=True)
class Finding:
    """What a counterexample is worth: `confirmed` if it violates; `read` if it could be read at all; `reason` if not."""

    confirmed: bool
    read: bool = True
    reason: str = ""


class Replays:
    """The counterexamples of a benchmark folder's instances, replayed on its networks, each of which is opened once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.networks: dict[str, Replay] = {}
        self.stored: dict[str, ReluNetwork] = {}

    def __call__(self, path: Path, row: Truth) -> Finding:
        """Return what the counterexample of a file is worth for the instance of a row of `truth.csv`.

        Raises InputError when the benchmark folder itself cannot be read.
        """
        if row["track"] not in ("", "l2"):
            return self._by_formula(path, row)
        allowed = allowed_inputs(query_of(self.folder, row))
        network = self._network(row["onnx"])
        try:
            shown = shown_in(path, allowed.size, (network.name,))
        except InputError as problem:
            return Finding(False, False, said(problem))
        if not all(abs(x) < float("inf") for x in shown.inputs):
            return Finding(False, True, "an input is not finite in float32")
        if not allowed.near(shown.inputs):
            return Finding(False, True, "the input lies more than 1e-4 outside the set")
        scores, label = network(shown.as_array()), int(row["label"])
        if not (scores >= scores[label]).sum() > 1:
            return Finding(False, True, f"class {label} has the single largest score there")
        return Finding(True)

    def _by_formula(self, path: Path, row: Truth) -> Finding:
        """Evaluate the query itself: scores of onnxruntime, or exact ones where it is about real numbers."""
        query = Formula(text_of(query_of(self.folder, row)))
        names = row["onnx"].split("+")
        if len(names) != len(query.networks):
            raise InputError(f"{row['vnnlib']} declares {len(query.networks)} networks, truth.csv names {row['onnx']}")
        values: dict[str, list[Fraction]] = {}
        try:
            for declared, name in zip(query.networks, names, strict=True):
                found = self._inputs(path, declared, name, query)
                values[declared.source] = [Fraction(x) for x in found.inputs]
                values[declared.sink] = self._scores(name, found, exact=declared.real and len(names) == 1)
        except InputError as problem:
            return Finding(False, False, said(problem))
        except (ValueError, OverflowError) as problem:
            return Finding(False, True, f"an input or a score is not finite: {said(problem)}")
        return Finding(True) if query.holds(values) else Finding(False, True, "the query's assertions do not hold there")

    def _inputs(self, path: Path, declared: Declared, name: str, query: Formula) -> Counterexample:
        """Return the input shown for a network; the second one of a pair may be left out, being the same."""
        size, first = self._network(name).size, query.networks[0].source
        return shown_in(path, size, (declared.source, first, self._network(name).name))

    def _scores(self, name: str, shown: Counterexample, *, exact: bool) -> list[Fraction]:
        if exact:
            if name not in self.stored:
                self.stored[name] = read_onnx(self._content(name)).network
            return evaluate_exactly(self.stored[name], shown.inputs)
        return [Fraction(score) for score in self._network(name)(shown.as_array()).tolist()]

    def _network(self, name: str) -> Replay:
        if name not in self.networks:
            self.networks[name] = Replay(self._content(name))
        return self.networks[name]

    def _content(self, name: str) -> bytes:
        """Return the bytes of a network, which lies in the folder of some track."""
        places = [self.folder / "onnx", *(self.folder / track / "onnx" for track in ("twins", "pairs", "forms"))]
        path = next((p / f"{name}.onnx" for p in places if stored(p / f"{name}.onnx").exists()), places[0] / f"{name}.onnx")
        return content_of(path)


def query_of(folder: Path, row: Truth) -> Path:
    """Return the file of an instance's query."""
    return folder / row["track"] / "vnnlib" / f"{row['vnnlib']}.vnnlib"
