"""Tables of answers as tools and competitions write them, row by row, and the words with which tools answer."""

import csv
import io
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.files import text_of

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
WORD_TIME = r"[-+.\d]*\d[.\d]*(e[-+]?\d+)?s?|"
LATE = "(timed out)"  # α,β-CROWN's mark for what was said after the limit
COLUMNS = {  # the names of each column, the preferred one first
    "onnx": ("onnx", "onnx_file", "onnx_path", "network", "model"),
    "vnnlib": ("vnnlib", "vnnlib_file", "vnnlib_path", "property", "spec", "query"),
    "result": ("result", "status_str", "verdict", "answer", "outcome", "status"),
    "seconds": ("seconds", "run_time", "runtime", "time_s", "run_time_s", "time", "wall_time", "total_time", "elapsed"),
    "counterexample": ("counterexample", "witness"),
    "category": ("category", "benchmark", "subfolder"),
    "subfolder": ("subfolder", "version", "vnnlib_version"),
}
NEEDED = ("onnx", "vnnlib", "result")
LAYOUTS = {  # c category, o network, v query, p time of preparation, r result, s seconds, w counterexample
    3: ("ovr",),
    4: ("ovrs", "covr"),
    5: ("covrs", "ovprs", "ovrsw"),
    6: ("covprs", "covrsw"),
}
LETTERS = {"c": "category", "o": "onnx", "v": "vnnlib", "p": "prepare", "r": "result", "s": "seconds", "w": "counterexample"}
TIME = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*(ms|s|sec|secs|second|seconds|min|h)?", re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"^(\d+),(\d{1,2}|\d{4,})(?![\d,])")  # three digits may be thousands
UNITS = {"ms": 1e-3, "min": 60.0, "h": 3600.0}
UNSAID = frozenset(("", "-", "--", "n/a", "na", "none", "null", "nan"))


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
    line = said if all(re.fullmatch(WORD_TIME, cell) for cell in numbers) else lines[0]
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
class Row:
    """The cells of one row by what they are, where it stands, and whether its table has a column for counterexamples."""

    cells: dict[str, str]
    place: str
    shows: bool = False

    def __getitem__(self, name: str) -> str:
        """Return a cell, '' where the table has none of that kind."""
        return self.cells.get(name, "").strip()


def seconds_of(text: str) -> float | None:
    """Return a time in seconds, NaN where a table says that there is none (-1, say), None where the text is no time.

    >>> seconds_of("6.07s"), seconds_of("6,07"), seconds_of("250 ms"), seconds_of("-1"), seconds_of("soon")
    (6.07, 6.07, 0.25, nan, None)
    """
    if text.strip().lower() in UNSAID:
        return math.nan
    found = TIME.fullmatch(DECIMAL_COMMA.sub(r"\1.\2", text.strip()))
    if found is None:
        return None
    seconds = float(found[1]) * UNITS.get((found[2] or "").lower(), 1.0)
    return seconds if seconds >= 0 else math.nan


def rows_of(path: Path) -> list[Row]:
    """Return the rows of a table of answers, whose columns are told by a header or by their number and contents.

    Tables that were put together may repeat their header or change it. Raises InputError for rows of another shape.
    """
    header: dict[str, int] | None = None
    rows = []
    for number, cells in table_of(path):
        place = f"row {number}"
        named = _header(cells)
        if named is not None:
            header = named
        elif header is not None and len(cells) >= 3:
            found = {name: cells[k] for name, k in header.items() if k < len(cells)}
            rows.append(Row(found, place, "counterexample" in header))
        else:
            rows.append(_bare(cells, place, path))
    return rows


def table_of(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a file of separated values that hold anything, with their numbers from 1; raise InputError."""
    text = text_of(path)
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = next((mark for mark in (",", ";", "\t") if mark in first), ",")
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark), start=1):
            if any(cell.strip() for cell in row) and not row[0].lstrip().startswith("#"):
                yield number, row
    except csv.Error as problem:
        raise InputError(f"cannot read {path}: {problem}") from problem


def _header(cells: Sequence[str]) -> dict[str, int] | None:
    """Return where each kind of cell stands if this is a row of column names, else None."""
    names = [re.sub(r"[\s()-]+", "_", cell.strip().lower()).strip("_") for cell in cells]
    found = {kind: next((names.index(name) for name in known if name in names), -1) for kind, known in COLUMNS.items()}
    return {kind: k for kind, k in found.items() if k >= 0} if all(found[kind] >= 0 for kind in NEEDED) else None


def _bare(cells: list[str], place: str, path: Path) -> Row:
    """Return a row without a header: the first layout of its length in which times are times and the result is known."""
    kept = list(cells)
    while len(kept) > 6 and not kept[-1].strip():
        kept.pop()
    layouts = LAYOUTS.get(len(kept))
    if layouts is None:
        raise InputError(
            f"{path} has a row of {len(cells)} columns ({place}); write onnx,vnnlib,result,seconds (with that header or "
            "without), category,onnx,vnnlib,prepare,result,seconds, or a header that names onnx, vnnlib and result"
        )
    ranked = sorted(layouts, key=lambda layout: -_likeness(layout, kept))
    return Row({LETTERS[letter]: cell for letter, cell in zip(ranked[0], kept, strict=True)}, place, "w" in ranked[0])


def _likeness(layout: str, cells: list[str]) -> int:
    """Return how well the cells are what a layout says: the result first, then file names, then times."""
    score = 0
    for letter, cell in zip(layout, cells, strict=True):
        name = cell.strip().lower().removesuffix(".gz")
        score += 8 * (letter == "r" and answer_word(cell) is not None)
        score += 4 * ((letter == "o" and name.endswith(".onnx")) or (letter == "v" and name.endswith(".vnnlib")))
        score += letter in "ps" and seconds_of(cell) is not None
    return score
