"""A verifier's answers, one per instance, in the words of tools, and the tables that hold them."""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.tables import Row, rows_of, seconds_of, table_of

WORDS = {
    "sat": "sat violated falsified unsafe false",
    "unsat": "unsat holds verified safe true",
    "unknown": "unknown undecided not_done",
    "timeout": "timeout timed_out timed-out to run_instance_timeout quit_requested",
    "error": "error no_result_in_file out_of_memory memout",
}
MEANING = {word: answer for answer, words in WORDS.items() for word in words.split()}
METHODS = "pgd bab mip incomplete complete refine refined clean attack alpha beta crown ibp input split"
FAMILIES = {
    r"error_exit_code_-?\w+": "error",
    r"prepare_instance_error_-?\w+": "error",
    r"prepare_instance_timeout": "timeout",
}
TIME = r"[-+.\d]*\d[.\d]*(e[-+]?\d+)?s?|"
LATE = "(timed out)"  # α,β-CROWN's mark for what was said after the limit
HEADER = ("onnx", "vnnlib", "result", "seconds", "counterexample")
VERSION = re.compile(r"(?:^|[^0-9.])([12]\.0)(?:$|[^0-9.])")


def answer_word(text: str) -> str | None:
    """Return the answer that a tool's word means, one of WORDS; None for a word that is not known.

    The first line counts; numbers after the word are times. α,β-CROWN appends the methods that were at work.

    >>> answer_word("UNSAT,12.3456"), answer_word("violated"), answer_word("unsafe-bab"), answer_word("error_exit_code_137")
    ('unsat', 'sat', 'sat', 'error')
    >>> answer_word("unknown (timed out)"), answer_word("robust"), answer_word("")
    ('timeout', None, None)
    """
    lines = text.strip().splitlines()
    said, *numbers = re.split(r"[,\s]+", lines[0].strip()) if lines else [""]
    line = said if all(re.fullmatch(TIME, cell) for cell in numbers) else lines[0]
    word = line.strip().strip("\"'").strip().lower()
    word = word if word.endswith(LATE) else "_".join(word.split())
    if word.endswith(LATE):
        return "timeout" if answer_word(word.removesuffix(LATE)) else None
    if word in MEANING:
        return MEANING[word]
    first, *methods = word.split("-")
    if first in ("safe", "unsafe", "unknown") and methods and set(methods) <= set(METHODS.split()):
        return MEANING[first]
    return next((answer for pattern, answer in FAMILIES.items() if re.fullmatch(pattern, word)), None)


def unknown_words(found: dict[str, list[str]], place: str) -> str:
    """Return the message about words that are not known, each with where it stands."""
    shown = "; ".join(f"{word!r} ({_some(places)})" for word, places in found.items())
    return (
        f"{place} has result words that are not known: {shown}. Known are {', '.join(sorted(MEANING))}, α,β-CROWN's "
        "safe-, unsafe- and unknown- with its methods, error_exit_code_*, prepare_instance_error_*: write one of these"
    )


def _some(places: list[str]) -> str:
    shown = ", ".join(places[:20])
    return shown if len(places) <= 20 else f"{shown} and {len(places) - 20} more"


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
