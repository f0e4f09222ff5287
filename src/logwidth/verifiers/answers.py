"""A verifier's answers, one per instance, and the tables that hold them."""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.tables import Row, answer_word, rows_of, seconds_of, table_of, unknown_words

HEADER = ("onnx", "vnnlib", "result", "seconds", "counterexample")
VERSION = re.compile(r"(?:^|[^0-9.])([12]\.0)(?:$|[^0-9.])")


@dataclass(frozen=True)
class Answer:
    """What a tool said about one instance.

    `seconds` is NaN where the table does not say. `counterexample` is a file name relative to the table, '' for none;
    `shows` says whether the table has a place for such names. `category` is a competition's name of the benchmark.
    """

    onnx: str
    vnnlib: str
    result: str
    seconds: float = 0.0
    counterexample: str = ""
    category: str = ""
    shows: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """The instance: stems of the two files."""
        return stem(self.onnx), stem(self.vnnlib)

    @property
    def version(self) -> str:
        """The version of the format, '1.0' or '2.0', if a folder among the names tells it, else ''.

        >>> Answer("mem/2.0/onnx/a.onnx", "mem/2.0/vnnlib/p.vnnlib", "sat").version
        '2.0'
        """
        folders = [name.strip().replace("\\", "/").rsplit("/", 1)[0] for name in (self.vnnlib, self.onnx) if "/" in name]
        parts = [part for name in (*folders, self.category) for part in name.split("/")]
        found = [match[1] for match in map(VERSION.search, parts) if match]
        return found[0] if found else ""


def stem(name: str) -> str:
    """Return a file's name without folders, `.gz` and its extension.

    Of several networks, `f=onnx/a.onnx;g=onnx/b.onnx`, it is that of each, joined by +.

    >>> stem("./onnx/net.onnx"), stem("vnnlib\\\\p1.vnnlib.gz"), stem("p1"), stem("f=onnx/a.onnx;g=onnx/b.onnx")
    ('net', 'p1', 'p1', 'a+b')
    """
    if ";" in name:
        return "+".join(stem(part.split("=")[-1]) for part in name.split(";"))
    last = name.strip().replace("\\", "/").rsplit("/", 1)[-1]
    for ending in (".gz", ".onnx", ".vnnlib"):
        last = last.removesuffix(ending)
    return last


def read_answers(path: Path) -> list[Answer]:
    """Return the answers of a table: ours, or one that a tool or a competition wrote (:mod:`logwidth.verifiers.tables`).

    Raises InputError when the file cannot be read, for rows of another shape, for seconds that are none, and for result
    words that are not known: it names each with its rows.
    """
    rows = rows_of(path)
    if not rows:
        raise InputError(f"{path} holds no answers")
    strange: dict[str, list[str]] = {}
    for row in rows:
        if answer_word(row["result"]) is None:
            strange.setdefault(row["result"], []).append(row.place)
    if strange:
        raise InputError(unknown_words(strange, str(path)))
    return [_answer(row, path) for row in rows]


def _answer(row: Row, path: Path) -> Answer:
    spent, result = seconds_of(row["seconds"]), answer_word(row["result"])
    if spent is None:
        raise InputError(f"{path} has {row['seconds']!r} where seconds were expected ({row.place})")
    if result is None:
        raise InputError(unknown_words({row["result"]: [row.place]}, str(path)))
    category = "/".join(dict.fromkeys(part for part in (row["category"], row["subfolder"]) if part))
    return Answer(row["onnx"], row["vnnlib"], result, spent, row["counterexample"], category, row.shows)


def write_answers(path: Path, answers: Iterable[Answer]) -> None:
    """Write answers with a header."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    for a in answers:
        writer.writerow((a.onnx, a.vnnlib, a.result, "-" if math.isnan(a.seconds) else f"{a.seconds:.3f}", a.counterexample))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(stream.getvalue(), encoding="utf-8")


def read_instances(path: Path) -> list[tuple[str, str, float]]:
    """Return the `(onnx, vnnlib, timeout)` rows of an `instances.csv`; raise InputError when it is none."""
    try:
        return [(row[0].strip(), row[1].strip(), float(row[2])) for _, row in table_of(path)]
    except (IndexError, ValueError) as problem:
        raise InputError(f"{path} is no list of instances (onnx,vnnlib,timeout)") from problem
