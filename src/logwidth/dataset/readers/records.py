"""Tables in JSON: a list of records, or one record a line."""

import json
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
    records, how = _records(path, content.decode("utf-8-sig"))
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
    if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
        raise InputError(f"{path!r} is JSON, but no list of records, {{name: value, …}}, one for each row")
    return found, how


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise InputError("a record of the JSON has the same name twice")
    return dict(pairs)
