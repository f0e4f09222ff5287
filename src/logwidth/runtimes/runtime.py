"""A runtime as a value: its name, its version, and a function that opens a stored network in it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import read_onnx
from logwidth.errors import InputError, MissingExtraError, did_you_mean, said
from logwidth.network import ReluNetwork

Rows = NDArray[np.floating]
Evaluator = Callable[[Rows], NDArray[np.generic]]
Settings = Mapping[str, str]
CHUNK = 1024


@dataclass(frozen=True)
class Runtime:
    """Something that evaluates ONNX files.

    `open(content)` returns a function of rows `(n, d)`, in the file's float format, whose value is the file's first output,
    `(n,)` or `(n, k)`. `settings` are the runtime's own, as they were given; `version` is what it says of itself.
    """

    name: str
    version: str
    open: Callable[[bytes], Evaluator]
    settings: Settings


def required(module: str, extra: str) -> Any:
    """Return an optional package; raises MissingExtraError that names the extra which brings it."""
    try:
        return import_module(module)
    except ImportError as problem:
        raise MissingExtraError(module, extra) from problem


def known_settings(runtime: str, settings: Settings, known: tuple[str, ...]) -> None:
    """Refuse settings that a runtime has not."""
    for name in settings:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise InputError(f"{runtime} has no setting {name}{did_you_mean(name, known)}; known are: {listed}")


def switched_on(settings: Settings, name: str, *, default: bool) -> bool:
    """Return a setting that is on or off: 1, true, on or 0, false, off. Raises InputError for other words."""
    word = settings.get(name, str(int(default))).lower()
    if word not in ("1", "true", "on", "0", "false", "off"):
        raise InputError(f"the setting {name} is 1 or 0, not {word!r}")
    return word in ("1", "true", "on")


def in_float32(runtime: str, content: bytes) -> ReluNetwork:
    """Return the network of a file for a runtime that knows float32 alone. Raises InputError for other formats."""
    network = read_onnx(content).network.stored()
    if network.dtype != "float32":
        raise InputError(f"{runtime} computes in float32 and the network is in {network.dtype}; fit with --dtype float32")
    return network


def in_chunks(evaluate: Evaluator, rows: Rows) -> NDArray[np.float64]:
    """Return the outputs `(n, k)` of rows that are handed over some at a time."""
    parts = [np.asarray(evaluate(rows[start : start + CHUNK])) for start in range(0, len(rows), CHUNK)]
    return np.concatenate([part.reshape(len(part), -1).astype(np.float64) for part in parts])


def opened(runtime: Runtime, content: bytes) -> Evaluator:
    """Return the function of a file in a runtime; InputError says in one line why it does not take the file."""
    try:
        return runtime.open(content)
    except InputError:
        raise
    except Exception as problem:  # runtimes raise errors of every class
        raise InputError(f"{runtime.name} {runtime.version} does not take the network: {said(problem)[:300]}") from problem
