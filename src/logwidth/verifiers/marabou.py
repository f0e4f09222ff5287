"""Marabou, from PyPI (`pip install maraboupy`)."""

import importlib.util
import sys
import tempfile
from pathlib import Path

from logwidth.errors import MissingExtraError
from logwidth.verifiers.answers import answer_word
from logwidth.verifiers.command import run_command
from logwidth.verifiers.counterexample import INPUT, Counterexample, of_pairs


class Marabou:
    """Marabou's own command, in a process of its own: it reads ONNX and VNN-LIB 1.0 itself."""

    def __init__(self) -> None:
        if importlib.util.find_spec("maraboupy") is None:
            raise MissingExtraError("maraboupy", "verifiers")

    def __call__(self, onnx: Path, vnnlib: Path, limit: float) -> tuple[str, Counterexample | None]:
        """Run it on one instance; its printed inputs, rounded to six digits, are the counterexample."""
        with tempfile.TemporaryDirectory() as place:
            summary = Path(place) / "summary.txt"
            words = [sys.executable, "-W", "ignore", "-m", "maraboupy", str(onnx), str(vnnlib)]
            seconds = str(max(1, round(limit)))
            output = run_command([*words, "--timeout", seconds, "--summary-file", str(summary)], limit)
            if output is None:
                return "timeout", None
            said = summary.read_text(encoding="utf-8") if summary.exists() else "error"
        return answer_word(said), of_pairs(output, INPUT)
