"""The table in a file or folder, whatever kind it is of."""

import os
from collections.abc import Callable
from dataclasses import replace

from logwidth.dataset.files import opened, refused
from logwidth.dataset.readers.arff import read_arff
from logwidth.dataset.readers.cifar import read_cifar
from logwidth.dataset.readers.columnar import read_feather, read_parquet
from logwidth.dataset.readers.content import packing_of
from logwidth.dataset.readers.hdf5 import read_hdf5
from logwidth.dataset.readers.idx import read_idx_table
from logwidth.dataset.readers.images import read_image_files, read_image_folder
from logwidth.dataset.readers.kinds import BY_SUFFIX, form_of
from logwidth.dataset.readers.label_files import read_labels
from logwidth.dataset.readers.matlab import read_mat
from logwidth.dataset.readers.not_read import NOT_READ, OTHERWISE, refusal
from logwidth.dataset.readers.numpy_files import read_npy_table, read_npz_table
from logwidth.dataset.readers.records import read_json
from logwidth.dataset.readers.svmlight import read_svmlight
from logwidth.dataset.readers.text import read_text
from logwidth.dataset.readers.zarr_store import read_zarr_table
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import listing
from logwidth.errors import InputError

PLAIN: dict[str, Callable[[str], Table]] = {
    "svmlight": read_svmlight,
    "json": read_json,
    "cifar": read_cifar,
}
"""Kinds of data that leave nothing open, and how they are read."""
OPEN: dict[str, Callable[[str, ReadOptions], Table]] = {
    "npz": read_npz_table,
    "npy": read_npy_table,
    "zarr": read_zarr_table,
    "hdf5": read_hdf5,
    "mat": read_mat,
    "text": read_text,
    "arff": read_arff,
    "parquet": read_parquet,
    "feather": read_feather,
    "idx": read_idx_table,
    "image": read_image_files,
    "folder": read_image_folder,
}
"""Kinds of data that need options, and how they are read."""

WORDS = (
    "text tables (.csv, .tsv, .txt, .data, .dat, also .gz, .bz2, .xz, .zip), LibSVM (.libsvm, .svm), .arff, .json, .mat, "
    ".npz, .npy, .h5, .parquet, .feather, .zarr, idx files, CIFAR's .bin, pictures (.png …) and folders of them"
)
"""What is read, for messages."""

STREAMED = {"text", "svmlight", "arff", "json"}
"""Kinds that are read from packed files as well; idx files from those of gzip."""
ZIPPED = {"npz", "excel", "torch", "zip"}
ENCODED = {"text", "arff"}
"""Kinds whose bytes may make text in more ways than one."""
ARCHIVES = {"npz", "zarr", "hdf5"}
"""Kinds that hold arrays with names."""
TABLES = {"text", "arff", "json", "parquet", "feather"}
"""Kinds whose labels are one of the columns, if they are in no file of their own."""


def read_table(data: str, options: ReadOptions) -> Table:
    """Return what the file or folder `data` holds, as it is, or say what it is and how to convert it.

    Cells, names and labels are as `Table` says. The label column of a text table stays text; `options.label` need not be
    among the columns, as in files of points alone. Labels in `options.labels` come beside the cells.

    Raises InputError, one line, whatever the file holds.
    """
    form = form_of(data)
    if form not in PLAIN and form not in OPEN:
        if form not in NOT_READ and form not in OTHERWISE and not (os.path.isfile(data) or os.path.isdir(data)):
            with opened(data):
                pass
        raise refusal(data, form, WORDS)
    _check_options(data, form, options)
    _check_name(data, form)
    with refused(data):
        table = PLAIN[form](data) if form in PLAIN else OPEN[form](data, options)
        if options.labels is None:
            return _with_rows(table)
        if table.labels is not None and form != "idx":
            raise InputError(f"{data!r} has its labels beside its points: --labels {options.labels!r} does not go with it")
    rows, text_labels, encoding = _with_rows(table).cells.shape[0], options.text_labels, options.encoding
    labels = read_labels(options.labels, rows, as_text=text_labels, encoding=encoding)
    return replace(table, labels=labels, label_name=None)


def _with_rows(table: Table) -> Table:
    """Return the table. Raises InputError for a single number."""
    if getattr(table.cells, "ndim", 2) == 0:
        raise InputError(f"{table.what!r} holds one number and no table of points")
    return table


def _check_options(data: str, form: str, options: ReadOptions) -> None:
    """Refuse options that say nothing about this kind of data."""
    given = [name for name in ("sep", "decimal", "header") if getattr(options, name) is not None]
    if given and form != "text":
        raise InputError(f"{data!r} is no text table, so {listing(given)} does not go with it")
    if options.encoding is not None and form not in ENCODED and options.labels is None:
        raise InputError(f"{data!r} is no text table, so encoding does not go with it")
    for option, forms, given_ in (("points", ARCHIVES, options.points), ("axes", ARCHIVES | {"npy"}, options.axes)):
        if given_ and form not in forms:
            kinds = listing([f".{name}" for name in sorted(forms)], len(forms))
            raise InputError(f"{data!r} holds no arrays with names, so {option} does not go with it: that is for {kinds}")
    if options.resize is not None and form not in ("image", "folder"):
        raise InputError(f"{data!r} is neither a picture nor a folder of pictures, so resize does not go with it")


def _check_name(data: str, form: str) -> None:
    """Refuse a picture by the name of a table, and packed files of kinds that are read only unpacked."""
    if not os.path.isfile(data):
        return
    suffix = os.path.splitext(data)[1].lower()
    if form == "image" and BY_SUFFIX.get(suffix, "image") != "image":
        raise InputError(f"{data!r} is a picture, though its name ends with {suffix}; name the file of data, or rename it")
    with opened(data) as stream:
        packing = packing_of(stream.read(8))
    kept = form in STREAMED or (packing == "zip" and form in ZIPPED) or (packing, form) == ("gzip", "idx")
    if packing is not None and not kept:
        raise InputError(f"{data!r} is packed by {packing}; unpack it first: its content is {form}")
