"""Running a verifier on the instances of a benchmark folder, one after the other."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from logwidth.errors import InputError
from logwidth.verifiers.answers import Answer, read_answers, read_instances, stem, write_answers
from logwidth.verifiers.command import CommandLine
from logwidth.verifiers.programs import AutoLirpa, Marabou
from logwidth.verifiers.tables import answer_word


class Verifier(Protocol):
    """A tool: given the files of one instance and a time limit, what does it say?"""

    def __call__(self, onnx: Path | str, vnnlib: Path, limit: float) -> tuple[str, str | None]:
        """Return the answer and the counterexample, if there is one, both as the tool writes them."""


def verifier_named(name: str) -> Verifier:
    """Return Marabou, auto_LiRPA's 'ibp', 'crown' or 'crown-ibp', or any command line with {onnx} and {vnnlib} in it."""
    if name == "marabou":
        return Marabou()
    if name in AutoLirpa.METHODS:
        return AutoLirpa(name)
    if ("{onnx}" in name or "{networks}" in name) and "{vnnlib}" in name:
        return CommandLine(name)
    raise InputError(
        f"unknown verifier {name!r}; known are marabou, {', '.join(AutoLirpa.METHODS)}, or a command line such as "
        "'tool {onnx} {vnnlib} --timeout {timeout} --result {out}' (or {networks}: --network NAME=FILE for each)"
    )


def run_verifier(
    verifier: Verifier,
    folder: Path,
    table: Path,
    *,
    limit: float | None = None,
    most: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> list[Answer]:
    """Run a verifier on the instances of `folder/instances.csv` and keep its answers in `table`, row by row.

    Instances that the table already answers are not run again. `limit` replaces the time limits of the list, `most` runs the
    first few only. Counterexamples are kept beside the table.
    """
    answers = read_answers(table) if table.exists() else []
    known = {answer.key for answer in answers}
    instances = read_instances(folder / "instances.csv")[:most]
    for number, (onnx, vnnlib, stated) in enumerate(instances, start=1):
        if (stem(onnx), stem(vnnlib)) not in known:
            answers.append(_one(verifier, folder, (onnx, vnnlib, limit or stated), table))
            write_answers(table, answers)
        if progress is not None:
            progress(number / len(instances))
    return answers


def placed(folder: Path, onnx: str) -> Path | str:
    """Return where an instance's network lies; of several networks `f=FILE;g=FILE`.

    >>> placed(Path("bench"), "f=onnx/a.onnx;g=onnx/b.onnx")
    'f=bench/onnx/a.onnx;g=bench/onnx/b.onnx'
    """
    if ";" not in onnx:
        return folder / onnx
    parts = [part.split("=", 1) for part in onnx.split(";")]
    return ";".join(f"{part[0]}={folder / part[-1]}" for part in parts)


def _one(verifier: Verifier, folder: Path, instance: tuple[str, str, float], table: Path) -> Answer:
    onnx, vnnlib, limit = instance
    started = time.perf_counter()
    said, shown = verifier(placed(folder, onnx), folder / vnnlib, limit)
    result = answer_word(said) or said
    seconds = time.perf_counter() - started
    name = ""
    if shown is not None and result == "sat":
        name = f"{table.stem}.counterexamples/{stem(onnx)}-{stem(vnnlib)}.txt"
        path = table.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    return Answer(onnx, vnnlib, result, seconds, name, shows=True)
