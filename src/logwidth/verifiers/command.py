"""Any tool that can be called from a command line."""

import shlex
import subprocess
import tempfile
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.answers import ANSWERS, answer_word
from logwidth.verifiers.counterexample import Counterexample, of_pairs

GRACE = 10.0  # seconds beyond its limit that a tool may take to stop by itself


class CommandLine:
    """A command with `{onnx}`, `{vnnlib}` and optionally `{timeout}` and `{out}` in it.

    The answer is the first word of the file `{out}`, where a counterexample may follow; without such a file it is the last
    line of standard output that is an answer. What takes longer than its limit is stopped: 'timeout'.
    """

    def __init__(self, template: str) -> None:
        self.words = shlex.split(template)

    def __call__(self, onnx: Path, vnnlib: Path, limit: float) -> tuple[str, Counterexample | None]:
        """Run the command on one instance."""
        with tempfile.TemporaryDirectory() as place:
            out = Path(place) / "result.txt"
            named = {"{onnx}": str(onnx), "{vnnlib}": str(vnnlib), "{timeout}": f"{limit:g}", "{out}": str(out)}
            words = [_filled(word, named) for word in self.words]
            output = run_command(words, limit)
            if output is None:
                return "timeout", None
            if out.exists() and out.read_text(encoding="utf-8", errors="replace").strip():
                output = out.read_text(encoding="utf-8", errors="replace")
                return answer_word(output), of_pairs(output)
        lines = [answer_word(line) for line in output.splitlines() if line.strip()]
        said = [word for word in lines if word in ANSWERS and word != "error"]
        return (said[-1] if said else "error"), of_pairs(output)


def run_command(words: list[str], limit: float) -> str | None:
    """Return what a command prints; None if it had to be stopped. Raises InputError when it cannot be started."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=limit + GRACE, check=False)
    except subprocess.TimeoutExpired:
        return None
    except OSError as problem:
        raise InputError(f"cannot run {words[0]}: {problem.strerror or problem}") from problem
    return done.stdout


def _filled(word: str, named: dict[str, str]) -> str:
    for name, value in named.items():
        word = word.replace(name, value)
    return word
