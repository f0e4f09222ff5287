"""Where data come from: one description of a source, from which they can be loaded again."""

import math
import numbers
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from logwidth.dataset.builtin import BUILTIN_NAMES, builtin, canonical, is_builtin
from logwidth.dataset.columns import Columns
from logwidth.dataset.data import Dataset
from logwidth.dataset.frames import frame_table, is_frame
from logwidth.dataset.openml import is_openml, read_openml
from logwidth.dataset.points import Fresh, frame_names
from logwidth.dataset.prepare import Choices, prepared
from logwidth.dataset.readers import form_of, read_table
from logwidth.dataset.readers.idx import labels_beside
from logwidth.dataset.readers.sample import checked_encoding
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import short
from logwidth.errors import InputError, did_you_mean

READING = ("sep", "decimal", "header", "label", "labels", "resize", "points", "axes", "encoding")
CHOOSING = ("label", "index", "drop", "drop_missing", "one_hot", "standardize", "scale")
FLAGS = {"header", "drop_missing", "one_hot", "standardize"}
NAMES = {"label": "a column", "index": "a column", "points": "an array"}
COMPRESSED = {".gz", ".bz2", ".xz", ".zip"}


@dataclass(frozen=True)
class DataSource:
    """How to load a data set: a name or a path, how it is read, which columns are used, what is done to the features.

    `data` is one of `BUILTIN_NAMES`, all its parameters added, `openml:NAME`, or the path of a file or folder, made
    absolute. `labels` is the file of labels that a form without any needs. `label`, `index`, `drop`, `drop_missing`,
    `one_hot`, `standardize` and `scale` are as in :class:`~logwidth.dataset.prepare.Choices`; `sep`, `decimal`, `header`,
    `resize`, `points`, `axes` and `encoding` as in :class:`~logwidth.dataset.table.ReadOptions`.

    Raises InputError if an option has no meaning; files are not read before :meth:`reload`.

    >>> DataSource("iris", scale=10).to_json()
    {'data': 'iris', 'label': None, 'labels': None, 'scale': 10.0}
    >>> DataSource("iris", scale=10).reload()
    Dataset('iris', n_samples=150, n_features=4, n_classes=3)
    """

    data: str
    label: str | None = None
    labels: str | None = None
    scale: float = 1.0
    sep: str | None = None
    decimal: str | None = None
    header: bool | None = None
    index: str | None = None
    drop: tuple[str, ...] = ()
    drop_missing: bool = False
    one_hot: bool = False
    standardize: bool = False
    resize: tuple[int, int] | None = None
    points: str | None = None
    axes: tuple[str, ...] = ()
    encoding: str | None = None

    def __post_init__(self) -> None:
        data = self.data if is_openml(self.data) else _absolute(self.data, "data")
        data = canonical(self.data) if is_builtin(self.data) else data
        labels = None if self.labels is None else _absolute(self.labels, "labels")
        checked: dict[str, Any] = {"data": data, "labels": labels, "scale": checked_scale(self.scale)}
        checked |= {"drop": _names(self.drop, "drop"), "resize": _size(self.resize)}
        axes = _names(self.axes, "axes")
        checked["axes"] = tuple(_absolute(axis, "axes") for axis in axes) if axes and form_of(data) == "npy" else axes
        for field, value in checked.items():
            object.__setattr__(self, field, value)
        _check_kinds({field.name: getattr(self, field.name) for field in fields(self)})
        if self.encoding is not None:
            checked_encoding(self.encoding)

    @property
    def form(self) -> str:
        """'builtin', 'openml', or the kind of file that is at the path."""
        if is_builtin(self.data):
            return "builtin"
        return "openml" if is_openml(self.data) else form_of(self.data)

    @property
    def name(self) -> str:
        """The name, with its parameters as part of a file name, or that of the file without its suffixes."""
        if is_builtin(self.data) or is_openml(self.data):
            return self.data.replace(":", "-").replace(",", "-")
        stem, suffix = os.path.splitext(os.path.basename(self.data))
        return os.path.splitext(stem)[0] if suffix.lower() in COMPRESSED and "." in stem[1:] else stem

    @property
    def arrays(self) -> dict[str, Any]:
        """Which arrays of a file hold the points, where that is said: their name, and those of a grid's axes in order."""
        axes = [os.path.basename(axis) for axis in self.axes]
        return {**({} if self.points is None else {"points": self.points}), **({"axes": axes} if axes else {})}

    def to_json(self) -> dict[str, Any]:
        """Return data, label, labels, scale, and the other fields that are not their defaults, as a JSON object.

        :meth:`from_json` is the inverse.
        """
        found = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in {"data", "label", "labels", "scale"} or value != field.default:
                found[field.name] = list(value) if isinstance(value, tuple) else value
        return found

    @classmethod
    def from_json(cls, fields_: Mapping[str, object]) -> "DataSource":
        """Return the source that :meth:`to_json` described. Raises InputError for anything else.

        >>> DataSource.from_json(DataSource("wine").to_json()) == DataSource("wine")
        True
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(fields_, Mapping) or "data" not in fields_ or not fields_.keys() <= known:
            raise InputError(f"a data source needs the fields {', '.join(sorted(known))}, not {short(fields_)}")
        return cls(**fields_)  # type: ignore[arg-type]  # checked by __post_init__

    def reload(self, *, text_labels: bool = False) -> Dataset:
        """Read the data, choose and prepare their columns, and validate; see :meth:`table`. Raises InputError."""
        try:
            table, source = self.table(text_labels=text_labels)
            if table.labels is None and self.form == "idx":
                labels_beside(self.data)  # says where they should be
            return _dataset(table, Choices(**{name: getattr(self, name) for name in CHOOSING}), self.name, source)
        except MemoryError:
            raise InputError(f"{self.data!r} does not fit into memory") from None

    def table(self, columns: Columns | None = None, *, text_labels: bool = False) -> tuple[Table, "DataSource"]:
        """Return what the source holds, as it is, and the source as it is recorded: a number of openml.org for a name.

        `columns` are those that a network was made from: the table is read like that one. `text_labels`: what is
        written as text stays text as a label, whatever it looks like. Raises InputError.
        """
        if self.labels is not None and (is_builtin(self.data) or is_openml(self.data)):
            raise InputError(f"{self.data!r} has labels of its own; labels is for .npy data and others without")
        if (self.axes or self.points is not None) and (is_builtin(self.data) or is_openml(self.data)):
            raise InputError(f"{self.data!r} is no file of arrays: points and axes do not go with it")
        if is_openml(self.data):
            points, labels, numbered = read_openml(self.data, self.label)
            names = tuple(map(str, points.columns))
            return Table(self.data, points, names, labels, self.label), replace(self, data=numbered)
        if is_builtin(self.data):
            features, classes = builtin(self.data)
            return Table(self.data, features, labels=classes), self
        if self.name == "-" and not os.path.exists(self.data):
            raise InputError("standard input is not read: write it to a file first, and name the file")
        if not os.path.exists(self.data) and not os.path.splitext(self.data)[1]:
            hint = did_you_mean(self.name.partition(":")[0], BUILTIN_NAMES)
            raise InputError(
                f"unknown data {self.data!r}{hint}: use {', '.join(BUILTIN_NAMES)}, openml:NAME, or the "
                "path of a file or of a folder of images"
            )
        unused = (*self.drop, *(() if self.index is None else (self.index,)))
        options = ReadOptions(**{name: getattr(self, name) for name in READING}, left_out=unused, text_labels=text_labels)
        table = read_table(self.data, options if columns is None else _expecting(options, columns))
        return replace(table, typed=table.typed or text_labels), self


def load(  # noqa: PLR0913
    data: "str | os.PathLike[str] | Dataset | Any",
    *,
    label: str | None = None,
    labels: "str | os.PathLike[str] | None" = None,
    scale: float = 1.0,
    sep: str | None = None,
    decimal: str | None = None,
    header: bool | None = None,
    index: str | None = None,
    drop: Iterable[str] = (),
    drop_missing: bool = False,
    one_hot: bool = False,
    standardize: bool = False,
    resize: tuple[int, int] | None = None,
    points: str | None = None,
    axes: Iterable[str] = (),
    encoding: str | None = None,
) -> Dataset:
    """Return the data set that `data` names; its `source` tells how to load it again.

    `data` is a built-in name (`BUILTIN_NAMES`), hard sets with parameters (`basis:d=64`), a table of text or a `.parquet`
    whose column `label` (default: the last) holds the labels, an archive with arrays `X` and `y` (`.npz`, `.h5`, `.zarr`,
    `.mat`), an `.npy` or sparse `.npz` with the labels in the file `labels`, LibSVM, ARFF, an idx file of images with that
    of its labels beside it, a folder `CLASS/*.png` (extra `images`), `openml:NAME` or `openml:ID`, the only one that may
    be downloaded, a data frame of pandas or polars, whose source is not recorded, or a Dataset, returned as it is.
    No pickle is read. Arrays of numbers in files are converted part by part.

    What a text table leaves open is found out where there is no doubt, and said in the data set's `notes`: `sep`, `decimal`
    and `header` (whether the first row holds names) say it instead, as does `encoding`, such as `"gbk"`. `index` and `drop`
    name columns that are left out, `drop_missing` leaves out rows with a missing cell, `one_hot` makes columns of text into
    features of 0 and 1. The features are divided by `scale`, finite and positive (255 for images); `standardize` divides
    each by the power of two nearest to its standard deviation as well, which is exact. Images are brought to the size
    `resize`, `(width, height)`.

    Where `y` holds a row of scores for each point, the place of the largest is the label. In `.npz`, `.zarr` and `.h5`
    (extra `hdf5`) `points` and `label` name other arrays, and `axes` those of a grid: one increasing vector for each
    dimension of the array of labels, which may have one dimension more, of scores. The points are then the grid's.

    Raises InputError, one line, whatever the file holds.

    >>> load("digits", scale=16)
    Dataset('digits', n_samples=1797, n_features=64, n_classes=10)
    """
    choices = Choices(label, index, _names(drop, "drop"), drop_missing, one_hot, standardize, checked_scale(scale))
    reading = ReadOptions(sep, decimal, header, label, None, _size(resize), points, _names(axes, "axes"), encoding=encoding)
    if is_frame(data):
        if labels is not None:
            raise InputError("labels is for .npy data; a frame has its labels in a column, named by label")
        _check_kinds(vars(choices))
        unused = [name for name in READING if name != "label" and getattr(reading, name) not in (None, ())]
        if unused:
            raise InputError(f"{', '.join(unused)}: for files that are yet to be read, not for a frame; leave that out")
        return _dataset(frame_table(data, _not_features(data, choices)), choices, "frame", None)
    if not isinstance(data, Dataset):
        asked: dict[str, Any] = {name: getattr(reading, name) for name in READING} | vars(choices)
        return DataSource(**asked | {"data": data, "labels": labels}).reload()
    if labels is not None or choices != Choices() or reading != ReadOptions():
        raise InputError("options of loading are for data that are yet to be loaded, not for a Dataset")
    return data


def checked_scale(scale: object) -> float:
    """Return a divisor of features as a float. Raises InputError unless it is finite and positive."""
    number = math.nan
    try:
        if not isinstance(scale, bool) and isinstance(scale, numbers.Real):
            number = float(scale)
    except OverflowError:
        number = math.inf
    if not 0.0 < number < math.inf:
        raise InputError(f"scale must be a finite number > 0, not {short(scale)}")
    return number


def _check_kinds(given: Mapping[str, object]) -> None:
    """Refuse options of loading that are of another kind than theirs: a number for a column, pandas' 0 for a header."""
    for field in FLAGS & given.keys():
        if not isinstance(given[field], bool) and (field != "header" or given[field] is not None):
            raise InputError(f"{field} must be True or False, not {short(given[field])}")
    for field, what in NAMES.items():
        if field in given and not isinstance(given[field], str | None):
            hint = (
                f"; for the column {short(str(given[field]))} say {field}={short(str(given[field]))}"
                if what != "an array"
                else ""
            )
            raise InputError(f"{field} must be the name of {what} as text, not {short(given[field])}{hint}")
    for field in ("sep", "decimal"):
        value = given.get(field)
        if value is not None and not (isinstance(value, str) and value):
            raise InputError(f"{field} must be a character, not {short(value)}")


def _expecting(options: ReadOptions, columns: Columns) -> ReadOptions:
    """Return options by which a table is read like the one that a network was made from."""
    texts = [name for name, _ in columns.categories]
    if columns.columns is not None and columns.label is not None:  # without the label, those behind it stand one before
        texts += [str(int(name) - 1) for name in texts if int(name) > int(columns.label)]
    return replace(
        options,
        left_out=(*options.left_out, *columns.left_out),
        names=columns.names or (),
        texts=tuple(texts),
        nameless=columns.columns is not None,
    )


def _not_features(frame: Any, choices: Choices) -> list[str]:
    """Return the names of the columns of a frame that hold the labels or are left out."""
    out = [*choices.drop, *(() if choices.index is None else (choices.index,))]
    left = [name for name in (frame_names(frame) or ()) if name not in out]
    return [*out, *(left[-1:] if choices.label is None else [choices.label])]


def _dataset(table: Table, choices: Choices, name: str, source: DataSource | None) -> Dataset:
    found = prepared(table, choices)
    return Dataset(Fresh(found.points), found.labels, name=name, source=source, columns=found.columns, notes=found.notes)


def _absolute(path: object, what: str) -> str:
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"{what} must be a name or a path, not {short(path)}; of arrays make lw.Dataset(points, labels)")
    text = os.fspath(path)
    if not isinstance(text, str) or not text:
        raise InputError(f"{what} must be a name or a path as text, not {short(text)}")
    return os.path.abspath(os.path.expanduser(text))


def _names(names: object, what: str) -> tuple[str, ...]:
    listed = (names,) if isinstance(names, str) else tuple(names) if isinstance(names, Iterable) else (names,)
    if not all(isinstance(name, str) for name in listed):
        raise InputError(f"{what} must be names of columns, not {short(names)}")
    return listed


def _size(size: object) -> tuple[int, int] | None:
    if size is None:
        return None
    if isinstance(size, list | tuple) and len(size) == 2 and all(type(side) is int and 0 < side <= 2**14 for side in size):
        return size[0], size[1]
    raise InputError(f"resize must be a width and a height in pixels, not {short(size)}")
