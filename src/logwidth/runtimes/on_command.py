"""Any other evaluator, as a command: arrays in and out are .npy files."""

import shlex
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.errors import InputError, said
from logwidth.runtimes.runtime import Evaluator, Rows, Runtime

LIMIT = 600.0  # seconds that one call of the command may take
PLACES = ("{onnx}", "{inputs}", "{outputs}")


def command_runtime(command: str) -> Runtime:
    """Return a runtime that calls a command with three paths: an ONNX file, inputs, and where outputs belong.

    Inputs are a `.npy` file of rows `(n, d)` in the network's float format; the command writes its outputs, `(n,)` or
    `(n, k)`, as another one. In the command `{onnx}`, `{inputs}` and `{outputs}` stand for the paths; without them the three
    are appended in this order. It is called once for the run and once for each probe network.

    Raises InputError where it cannot be run, fails, or writes no such array.
    """
    words = shlex.split(command)
    if not words:
        raise InputError("--command is empty; give a program that reads network.onnx and inputs.npy and writes outputs.npy")
    if not any(place in word for word in words for place in PLACES):
        words = [*words, *PLACES]

    def opened(content: bytes) -> Evaluator:
        def evaluate(rows: Rows) -> NDArray[np.generic]:
            with tempfile.TemporaryDirectory() as folder:
                paths = [Path(folder) / name for name in ("network.onnx", "inputs.npy", "outputs.npy")]
                paths[0].write_bytes(content)
                np.save(paths[1], rows)
                filled = [_filled(word, dict(zip(PLACES, map(str, paths), strict=True))) for word in words]
                _called(filled)
                return _read(paths[2], len(rows), words[0])

        return evaluate

    return Runtime("command", command, opened, {})


def _filled(word: str, named: dict[str, str]) -> str:
    for name, path in named.items():
        word = word.replace(name, path)
    return word


def _called(words: list[str]) -> None:
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired as problem:
        raise InputError(f"{words[0]} took longer than {LIMIT:g} s") from problem
    except OSError as problem:
        raise InputError(f"cannot run {words[0]}: {problem.strerror or problem}") from problem
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing on standard error"])[-1]
        raise InputError(f"{words[0]} ended with status {done.returncode}: {last[:300]}")


def _read(path: Path, count: int, program: str) -> NDArray[np.generic]:
    try:
        found = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as problem:
        raise InputError(f"{program} wrote no array that can be read: {said(problem)}") from problem
    if not isinstance(found, np.ndarray) or found.dtype.kind not in "fiu" or found.ndim not in (1, 2) or len(found) != count:
        raise InputError(f"{program} must write one number, or one row of numbers, for each of the {count} rows of inputs")
    return found
