"""Tables in JSON: a list of records, one record a line, or columns, as pandas writes them."""

import json
from collections.abc import Iterable
from typing import Any

from logwidth.dataset.readers.content import unpacked
from logwidth.dataset.readers.frame_cells import cells_of
from logwidth.dataset.table import Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError

MOST = 2**30
"""JSON of more than 1 GiB is refused: it takes many times as much memory."""


def read_json(path: str) -> Table:
    """Return the table in a file of records `{name: value}` of numbers, text and truth values. Raises InputError."""
    import pandas as pd

    with unpacked(path) as (stream, packing):
        content = stream.read(MOST + 1)
    if len(content) > MOST:
        raise InputError(f"{path!r} is JSON of more than {MOST >> 30} GiB; save it as .csv, .npz or .parquet")
    try:
        text = content.decode(json.detect_encoding(content)).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise InputError(f"{path!r} is no JSON: its bytes are no UTF-8, UTF-16 or UTF-32; save it as UTF-8") from None
    records, how = _records(path, text)
    names = list(records[0]) if records else []
    if not names:
        raise InputError(f"{path!r} holds no records; JSON is read as a list of records {{name: value, …}}, one a row")
    for i, record in enumerate(records):
        if record.keys() != records[0].keys():
            odd = sorted(record.keys() ^ records[0].keys())
            raise InputError(f"{path!r}: record {i} and record 0 do not both have {listing([short(name) for name in odd])}")
        nested = [short(name) for name, value in record.items() if isinstance(value, dict | list)]
        if nested:
            raise InputError(
                f"{path!r}: record {i} holds lists or objects in {listing(nested)}; only numbers and text are read"
            )
    frame = pd.DataFrame({name: pd.Series([record[name] for record in records], dtype=object) for name in names})
    notes = ([f"unpacked from {packing}"] if packing else []) + [how]
    return Table(path, cells_of(path, frame), tuple(names), notes=tuple(notes), typed=True)


def _records(path: str, text: str) -> tuple[list[dict[str, Any]], str]:
    """Return the records and how they stand in the file. Raises InputError."""
    try:
        found, how = json.loads(text, object_pairs_hook=_unique), "JSON, a list of records"
    except ValueError:
        lines = [line for line in text.split("\n") if line.strip()]
        try:
            found, how = [json.loads(line, object_pairs_hook=_unique) for line in lines], "JSON, one record a line"
        except ValueError as problem:
            raise InputError(f"{path!r} is no JSON: {problem}") from None
    if isinstance(found, dict) and found and not any(isinstance(value, dict | list) for value in found.values()):
        found, how = [found], "JSON, one record"
    elif isinstance(found, dict):
        found, how = _of_columns(path, found), "JSON, a table by columns"
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise InputError(
            f"{path!r} is JSON, but no list of records, {{name: value, …}}, one for each row; "
            "pandas writes one: frame.to_json(FILE, orient='records')"
        )
    return found, how


def _of_columns(path: str, found: dict[str, Any]) -> Any:
    """Return the records of `{name: [value, …]}`, or of what `DataFrame.to_json` writes in each of its forms.

    What is none of them comes back as it is. Raises InputError for columns that differ in length.
    """
    names, rows, parts = found.get("columns"), found.get("data"), list(found.values())
    if isinstance(names, list) and isinstance(rows, list):
        fits = len({*map(str, names)}) == len(names) and all(
            isinstance(row, list) and len(row) == len(names) for row in rows
        )
        return [dict(zip(map(str, names), row, strict=True)) for row in rows] if fits else found
    if isinstance(found.get("schema"), dict) and isinstance(rows, list):
        key = found["schema"].get("primaryKey", [])
        index = [key] if isinstance(key, str) else key
        return [{k: v for k, v in row.items() if k not in index} if isinstance(row, dict) else row for row in rows]
    if parts and all(isinstance(part, dict) for part in parts):
        outer, inner = _counts(found), _counts(parts[0])  # the numbers are those of the rows
        if inner and not outer and all(list(part) == list(parts[0]) for part in parts):
            return [{name: part[row] for name, part in found.items()} for row in parts[0]]
        return parts if outer and not inner else found
    if not all(isinstance(part, list) and not any(isinstance(v, dict | list) for v in part) for part in parts):
        return found
    lengths = {name: len(part) for name, part in found.items()}
    if len({*lengths.values()}) > 1:
        said = listing([f"{short(name)} {length}" for name, length in lengths.items()])
        raise InputError(f"{path!r} holds columns of different lengths: {said}")
    return [dict(zip(found, row, strict=True)) for row in zip(*parts, strict=True)]


def _counts(names: Iterable[str]) -> bool:
    return all(name.isdecimal() for name in names)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise InputError("a record of the JSON has the same name twice")
    return dict(pairs)
