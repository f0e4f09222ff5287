"""Labels in a file of their own: a `.npy`, an idx file, or text with one label a line."""

import csv
import re
from typing import Any

from logwidth.dataset.label_texts import parse_texts
from logwidth.dataset.readers.archives import read_npy
from logwidth.dataset.readers.content import unpacked
from logwidth.dataset.readers.idx import read_idx
from logwidth.dataset.readers.kinds import form_of
from logwidth.dataset.readers.named_arrays import vector
from logwidth.dataset.readers.sample import sample_of
from logwidth.dataset.wording import short
from logwidth.errors import InputError

LONGEST = 2**16
QUOTED = re.compile(r'"([^"]|"")*"')


def read_labels(path: str, rows: int, *, as_text: bool = False, encoding: str | None = None) -> Any:
    """Return the labels in a file, one for each of `rows` points; those in lines may stay text. Raises InputError."""
    form = form_of(path)
    if form == "npy" or path.lower().endswith(".npy"):
        return vector(read_npy(path))
    if form == "idx":
        return read_idx(path)
    if form != "text":
        raise InputError(f"{path!r} is no file of labels: these come as .npy, as idx, or as text with one label a line")
    labels = _from_text(path, rows, encoding)
    return [label or None for label in labels] if as_text else parse_texts(labels)


def _from_text(path: str, rows: int, encoding: str | None) -> list[str]:
    encoding = sample_of(path, encoding).encoding
    with unpacked(path) as (stream, _):
        lines: list[str] = []
        for line in stream.read().decode(encoding).splitlines():
            if len(line) > LONGEST:
                raise InputError(f"{path!r} has a line of {len(line)} characters; labels stand one a line")
            lines.append(line.strip())
    while lines and not lines[-1].strip('"'):
        lines.pop()
    _check_one_field(path, lines)
    labels = [line[1:-1].replace('""', '"') if QUOTED.fullmatch(line) else line for line in lines]
    if len(labels) == rows + 1 and rows:
        raise InputError(
            f"{path!r} has {len(labels)} lines for {rows} points; is the first, {short(labels[0])}, a header? delete it"
        )
    return labels


def _check_one_field(path: str, lines: list[str]) -> None:
    """Refuse a table in place of labels: the same separator stands in all lines, the same number of times."""
    for sep in "\t;,":
        counts = {len(row) for row in csv.reader(lines, delimiter=sep)}
        if lines and len(counts) == 1 and counts != {1}:
            raise InputError(
                f"{path!r} has {counts.pop()} fields in each line, as {short(lines[0])}; labels stand one a line: leave the "
                "others out (an index?), or save labels with such a character as .npy"
            )
