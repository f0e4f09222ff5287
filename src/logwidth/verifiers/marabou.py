"""Marabou, from PyPI (`pip install maraboupy`)."""

import importlib.util
import re
import sys
import tempfile
from pathlib import Path

from logwidth.errors import InputError, MissingExtraError
from logwidth.verifiers.command import run_command
from logwidth.verifiers.counterexample import of_pattern

INPUT = re.compile(r"^\s*x(\d+) = ([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*$", re.MULTILINE)


class Marabou:
    """Marabou's own command, in a process of its own: it reads ONNX and VNN-LIB 1.0 itself."""

    def __init__(self) -> None:
        if importlib.util.find_spec("maraboupy") is None:
            raise MissingExtraError("maraboupy", "verifiers")

    def __call__(self, onnx: Path | str, vnnlib: Path, limit: float) -> tuple[str, str | None]:
        """Run it on one instance; its printed inputs, rounded to six digits, are the counterexample."""
        if isinstance(onnx, str):
            raise InputError(f"Marabou reads one network, not {onnx}")
        with tempfile.TemporaryDirectory() as place:
            summary = Path(place) / "summary.txt"
            words = [sys.executable, "-W", "ignore", "-m", "maraboupy", str(onnx), str(vnnlib)]
            seconds = str(max(1, round(limit)))
            done = run_command([*words, "--timeout", seconds, "--summary-file", str(summary)], limit)
            if done is None:
                return "timeout", None
            said = summary.read_text(encoding="utf-8").split() if summary.exists() else []
        shown = of_pattern(done[0], INPUT)
        return (said[0] if said else "error"), None if shown is None else shown.text()
