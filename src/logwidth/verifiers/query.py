"""The boxes of this project's own VNN-LIB 1.0 files, read back."""

import re
from pathlib import Path

from logwidth.errors import InputError

BOUND = re.compile(r"\(assert \((<=|>=) X_(\d+) (-?\d+\.\d+)\)\)")
LABEL = re.compile(r"\(and \(>= Y_(\d+) Y_(\d+)\)\)")


def input_set(path: Path) -> list[tuple[float, float]] | None:
    """Return the box `[(low, high), …]` of a VNN-LIB 1.0 file, None when its input set is no box."""
    bounds: dict[str, dict[int, float]] = {"<=": {}, ">=": {}}
    for side, index, value in BOUND.findall(_text(path)):
        bounds[side][int(index)] = float(value)
    high, low = bounds["<="], bounds[">="]
    if not high or sorted(high) != list(range(len(high))) or set(low) != set(high):
        return None
    return [(low[i], high[i]) for i in range(len(high))]


def label_of(path: Path) -> int:
    """Return the class that the scores of a VNN-LIB 1.0 file are compared with."""
    found = {int(label) for _, label in LABEL.findall(_text(path))}
    if len(found) != 1:
        raise InputError(f"{path} does not ask about one class")
    return found.pop()


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"cannot read {path}: {problem}") from problem
