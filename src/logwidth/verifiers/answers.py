"""A verifier's answers, and the table files in which tools and competitions keep them."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from logwidth.errors import InputError

ANSWERS = ("sat", "unsat", "unknown", "timeout", "error")
SYNONYMS = {
    "holds": "unsat", "verified": "unsat", "safe": "unsat", "safe-incomplete": "unsat", "true": "unsat",
    "violated": "sat", "falsified": "sat", "unsafe": "sat", "unsafe-pgd": "sat", "false": "sat",
    "to": "timeout", "timed_out": "timeout", "no_result_in_file": "error", "run_instance_timeout": "timeout",
}  # fmt: skip
HEADER = ("onnx", "vnnlib", "result", "seconds", "counterexample")


@dataclass(frozen=True)
class Answer:
    """What a tool said about one instance; `counterexample` is a file name relative to the table, '' if there is none."""

    onnx: str
    vnnlib: str
    result: str
    seconds: float = 0.0
    counterexample: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """The instance: stems of the two files."""
        return stem(self.onnx), stem(self.vnnlib)


def stem(name: str) -> str:
    """Return a file's name without folders, `.gz` and its extension.

    >>> stem("./onnx/net.onnx"), stem("vnnlib\\\\p1.vnnlib.gz"), stem("p1")
    ('net', 'p1', 'p1')
    """
    last = name.strip().replace("\\", "/").rsplit("/", 1)[-1]
    for ending in (".gz", ".onnx", ".vnnlib"):
        last = last.removesuffix(ending)
    return last


def answer_word(text: str) -> str:
    """Return the answer that a tool's word means, 'error' for an unknown word.

    >>> answer_word("UNSAT"), answer_word("violated"), answer_word("segfault")
    ('unsat', 'sat', 'error')
    """
    words = text.strip().lower().split()
    word = SYNONYMS.get(words[0], words[0]) if words else "error"
    return word if word in ANSWERS else "error"


def read_answers(path: Path) -> list[Answer]:
    """Return the answers of a table: ours with a header, or a competition's `category,onnx,vnnlib,prepare,result,seconds`.

    Raises InputError when the file cannot be read or a row has other columns.
    """
    rows = _table(path)
    if not rows:
        raise InputError(f"{path} holds no answers")
    header = [cell.strip().lower() for cell in rows[0]]
    if {"onnx", "vnnlib", "result"} <= set(header):
        return [_named(dict(zip(header, row, strict=False)), path) for row in rows[1:]]
    return [_bare(row, path) for row in rows]


def _named(row: dict[str, str], path: Path) -> Answer:
    seconds = row.get("seconds") or row.get("time") or row.get("runtime") or "0"
    return _answer((row.get("onnx", ""), row.get("vnnlib", ""), row.get("result", ""), seconds, row), path)


def _bare(row: Sequence[str], path: Path) -> Answer:
    if len(row) == 6:
        return _answer((row[1], row[2], row[4], row[5], {}), path)
    if len(row) in (3, 4):
        return _answer((row[0], row[1], row[2], row[3] if len(row) == 4 else "0", {}), path)
    raise InputError(
        f"{path} has a row of {len(row)} columns; write onnx,vnnlib,result,seconds (with that header or without) "
        "or category,onnx,vnnlib,prepare,result,seconds"
    )


def _answer(cells: tuple[str, str, str, str, dict[str, str]], path: Path) -> Answer:
    onnx, vnnlib, result, seconds, row = cells
    try:
        spent = float(seconds)
    except ValueError as problem:
        raise InputError(f"{path} has {seconds!r} where seconds were expected") from problem
    return Answer(onnx, vnnlib, answer_word(result), spent, (row.get("counterexample") or "").strip())


def write_answers(path: Path, answers: Iterable[Answer]) -> None:
    """Write answers with a header."""
    lines = [HEADER, *((a.onnx, a.vnnlib, a.result, f"{a.seconds:.3f}", a.counterexample) for a in answers)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(line) + "\n" for line in lines), encoding="utf-8")


def read_instances(path: Path) -> list[tuple[str, str, float]]:
    """Return the `(onnx, vnnlib, timeout)` rows of an `instances.csv`; raise InputError when it is none."""
    try:
        return [(row[0].strip(), row[1].strip(), float(row[2])) for row in _table(path)]
    except (IndexError, ValueError) as problem:
        raise InputError(f"{path} is no list of instances (onnx,vnnlib,timeout)") from problem


def _table(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            return [row for row in csv.reader(stream) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputError(f"cannot read {path}: {problem}") from problem
