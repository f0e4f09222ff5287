"""Parquet and Arrow (Feather) files, read by pyarrow (extra `parquet`)."""

import json
from collections.abc import Collection
from typing import Any

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.readers.frame_cells import cells_of
from logwidth.dataset.readers.kinds import is_arrow_stream
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError, MissingExtraError


def read_parquet(path: str, options: ReadOptions) -> Table:
    """Return the table in a Parquet file. Raises InputError, and MissingExtraError without pyarrow."""
    _arrow()
    from pyarrow import parquet

    with opened(path) as stream:
        file = parquet.ParquetFile(stream)
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        size = sum(file.metadata.row_group(i).total_byte_size for i in range(file.metadata.num_row_groups))
        if max(size, 8 * rows * columns) > MOST_BYTES:
            raise InputError(f"{path!r} declares {rows} rows and {columns} columns, more than {MOST_BYTES >> 30} GiB")
        _check_names(path, file.schema_arrow)
        return _table(path, file.read(), options.left_out)


def read_feather(path: str, options: ReadOptions) -> Table:
    """Return the table in a file of Arrow: Feather, or IPC as a file or a stream.

    Raises InputError, and MissingExtraError without pyarrow.
    """
    _arrow()
    from pyarrow import feather, ipc

    with opened(path) as stream:
        streamed = is_arrow_stream(stream.read(8))
        stream.seek(0)
        found = ipc.open_stream(stream).read_all() if streamed else feather.read_table(stream, memory_map=False)
        _check_names(path, found.schema)
        return _table(path, found, options.left_out)


def _arrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    return pyarrow


def _check_names(path: str, schema: Any) -> None:
    twice = sorted({name for name in schema.names if schema.names.count(name) > 1})
    if twice:
        raise InputError(f"{path!r} has more than one column {listing([short(name) for name in twice])}; rename one of each")


def _strange(schema: Any, left_out: Collection[str]) -> list[str]:
    """Describe the columns that hold no numbers, no text and no truth values, but for those that are left out."""
    types = _arrow().types
    return [
        f"column {short(field.name)} holds {field.type}"
        for field in schema
        if field.name not in left_out
        and (types.is_temporal(field.type) or types.is_nested(field.type) or _is_bytes(types, field.type))
    ]


def _is_bytes(types: Any, kind: Any) -> bool:
    return bool(types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind))


def _table(path: str, found: Any, left_out: Collection[str]) -> Table:
    """Return the columns of an Arrow table, but those that pandas says are its index.

    Raises InputError for columns that hold no numbers, no text and no truth values, unless they are left out.
    """
    index = [name for name in _index_of(found.schema.metadata) if name in found.column_names]
    notes = (f"the index of pandas, {listing([short(name) for name in index])}, left out",) if index else ()
    found = found.drop_columns(index) if index else found
    strange = _strange(found.schema, left_out)
    if strange:
        raise InputError(f"{path!r}: {listing(strange)}; make numbers or text of it, or leave such columns out with --drop")
    names = tuple(found.column_names)
    frame = found.to_pandas(ignore_metadata=True, split_blocks=True, self_destruct=True, integer_object_nulls=True)
    return Table(path, cells_of(path, frame, left_out), names, notes=notes, typed=True)


def _index_of(metadata: Any) -> list[str]:
    """Return the names of the columns in which pandas keeps its index."""
    try:
        found = json.loads((metadata or {}).get(b"pandas", b"{}")).get("index_columns", [])
    except (ValueError, AttributeError):
        return []
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []
