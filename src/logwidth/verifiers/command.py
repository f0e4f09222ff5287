"""Any tool that can be called from a command line."""

import os
import shlex
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.assignment import read_assignment, without_answer
from logwidth.verifiers.files import text_of
from logwidth.verifiers.formula import Formula
from logwidth.verifiers.tables import answer_word
from logwidth.verifiers.tensor_files import as_text, assignment_of, is_tensors

GRACE = 10.0  # seconds beyond its limit that a tool may take to stop by itself
LONGEST_WORD = 80


class CommandLine:
    """A command with `{onnx}` or `{networks}`, `{vnnlib}` and optionally `{timeout}`, `{out}` and `{assignments}` in it.

    A word `{networks}` becomes `--network NAME=FILE` for each network that the query declares, as VNN-LIB 2.0 wants it;
    `{onnx}` is the file, or `f=FILE;g=FILE` where there are two. `{assignments}` is a folder for tensors `NAME.pb`.

    The answer is the first word of the file `{out}`, where a counterexample may follow; without such a file it is the last
    line of standard output that is an answer, and the counterexample follows it or stands anywhere. What takes longer than
    its limit is stopped: 'timeout'. A tool that ends in an error without an answer, or prints nothing: 'error'. Words and
    counterexamples are returned as the tool wrote them, understood or not: whoever reads them says so.
    """

    def __init__(self, template: str) -> None:
        self.words = shlex.split(template)

    def __call__(self, onnx: Path | str, vnnlib: Path, limit: float) -> tuple[str, str | None]:
        """Run the command on one instance; several networks are given as `f=FILE;g=FILE`."""
        with tempfile.TemporaryDirectory() as place:
            out, tensors = Path(place) / "result.txt", Path(place) / "assignments"
            named = {"{onnx}": str(onnx), "{vnnlib}": str(vnnlib), "{timeout}": f"{limit:g}", "{out}": str(out)}
            named["{assignments}"] = str(tensors)
            given = _networks(onnx, vnnlib) if "{networks}" in self.words else []
            words = [part for word in self.words for part in (given if word == "{networks}" else [_filled(word, named)])]
            done = run_command(words, limit)
            if done is None:
                return "timeout", None
            written = out.read_text(encoding="utf-8", errors="replace") if out.exists() else ""
            shown = _tensors(tensors)
        if shown is not None:
            said, beside = _from_output(*done) if not written.strip() else (_plain(written.lstrip().splitlines()[0]), None)
            return said, shown if shown.strip() else beside
        if written.strip():
            first = written.lstrip().splitlines()[0]
            shown = without_answer(written)
            return _plain(first), shown if shown.strip() else None
        return _from_output(*done)


def _networks(onnx: Path | str, vnnlib: Path) -> list[str]:
    """Return `--network NAME=FILE` for each network, by the names in the query."""
    files = [part.split("=", 1)[-1] for part in onnx.split(";")] if isinstance(onnx, str) else [str(onnx)]
    names = [network.name for network in Formula(text_of(vnnlib)).networks]
    if len(names) != len(files):
        raise InputError(f"{vnnlib} declares {len(names)} networks, the list of instances names {len(files)}")
    return [word for name, file in zip(names, files, strict=True) for word in ("--network", f"{name}={file}")]


def _tensors(folder: Path) -> str | None:
    """Return the tensors that a tool has left in a folder, as text, and why not if they cannot be read; None for none."""
    if not is_tensors(folder):
        return None
    try:
        return as_text(assignment_of(folder))
    except InputError as problem:
        return f"{problem}\n"


def _from_output(output: str, failed: bool) -> tuple[str, str | None]:
    lines = output.splitlines()
    said = [k for k, line in enumerate(lines) if answer_word(line)]
    if not said:
        last = next((line for line in reversed(lines) if line.strip()), "")
        return ("error" if failed or not last else _plain(last)), None
    rest = "\n".join(lines[said[-1] + 1 :])
    return _plain(lines[said[-1]]), _shown(rest) or _shown("\n".join(lines[: said[-1]])) or (rest if rest.strip() else None)


def _shown(text: str) -> str | None:
    """Return a text if it holds a counterexample that can be read."""
    try:
        read_assignment(text)
    except InputError:
        return None
    return text


def _plain(word: str) -> str:
    """Return an answer's meaning, or the word itself where it has none that is known."""
    return answer_word(word) or word.strip()[:LONGEST_WORD]


def run_command(words: list[str], limit: float) -> tuple[str, bool] | None:
    """Return what a command prints and whether it failed; None if it had to be stopped, with all that it had started.

    Raises InputError when it cannot be started.
    """
    nothing = subprocess.DEVNULL
    with tempfile.TemporaryFile() as printed:  # a pipe would stay open as long as what the tool has started
        try:
            tool = subprocess.Popen(words, stdin=nothing, stdout=printed, stderr=nothing, start_new_session=True)
        except OSError as problem:
            raise InputError(f"cannot run {words[0]}: {problem.strerror or problem}") from problem
        with tool:
            try:
                failed = tool.wait(limit + GRACE) != 0
            except subprocess.TimeoutExpired:
                return None
            finally:
                stop_all(tool)
        printed.seek(0)
        return printed.read().decode(errors="replace").replace("\r\n", "\n"), failed


def stop_all(tool: subprocess.Popen[bytes]) -> None:
    """Stop a command with all processes that it has started: what goes on would slow whatever is measured next."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # all of them have ended
            os.killpg(tool.pid, signal.SIGKILL)
    else:
        tool.kill()


def _filled(word: str, named: dict[str, str]) -> str:
    for name, value in named.items():
        word = word.replace(name, value)
    return word
