"""Where data come from: one description of a source, from which they can be loaded again."""

import math
import numbers
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from logwidth.dataset.arrays import read_npy, read_npz
from logwidth.dataset.builtin import BUILTIN_NAMES, builtin, canonical, is_builtin
from logwidth.dataset.data import Dataset
from logwidth.dataset.frames import is_frame, read_frame
from logwidth.dataset.idx import is_idx, labels_beside, read_idx, read_images
from logwidth.dataset.images import read_folder
from logwidth.dataset.openml import is_openml, read_openml
from logwidth.dataset.points import Fresh
from logwidth.dataset.tables import read_csv, read_parquet
from logwidth.dataset.wording import short
from logwidth.dataset.zarr_store import read_zarr
from logwidth.errors import InputError, did_you_mean

FORMS = "openml:NAME, a folder of images, or a .csv, .parquet, .npz, .npy, .zarr or idx file"
TABLES = {"openml", ".csv", ".parquet"}
WITH_LABELS = {".npy", ".zarr", "idx"}
IN_PARTS = {".npy", ".npz", ".zarr"}  # read into a table that nobody else holds
KNOWN = {"builtin", "folder", ".npz", *TABLES, *WITH_LABELS}


@dataclass(frozen=True)
class DataSource:
    """How to load a data set: a name or a path, where its labels are, a divisor of the features.

    `data` is one of `BUILTIN_NAMES`, all its parameters added, `openml:NAME`, or the path of a file or folder, made
    absolute; `label` names the label column of a `.csv` or `.parquet` (default: the last) or of openml.org; `labels` is the
    file of labels that a `.npy` needs and an idx file may have elsewhere; the features are divided by `scale`.

    Raises InputError if the options do not fit together; files are not read before :meth:`reload`.

    >>> DataSource("iris", scale=10).to_json()
    {'data': 'iris', 'label': None, 'labels': None, 'scale': 10.0}
    >>> DataSource("iris", scale=10).reload()
    Dataset('iris', n_samples=150, n_features=4, n_classes=3)
    """

    data: str
    label: str | None = None
    labels: str | None = None
    scale: float = 1.0

    def __post_init__(self) -> None:
        data = self.data if is_openml(self.data) else _absolute(self.data, "data")
        data = canonical(self.data) if is_builtin(self.data) else data
        labels = None if self.labels is None else _absolute(self.labels, "labels")
        if not isinstance(self.label, str | None):
            raise InputError(f"label must be the name of a column, not {short(self.label)}")
        for field, value in {"data": data, "labels": labels, "scale": _checked_scale(self.scale)}.items():
            object.__setattr__(self, field, value)
        self._check_form()
        self._check_options()

    @property
    def form(self) -> str:
        """'builtin', 'openml', 'idx', 'folder', or the suffix of the file in lower case."""
        if is_builtin(self.data):
            return "builtin"
        if is_openml(self.data):
            return "openml"
        if is_idx(self.data):
            return "idx"
        suffix = os.path.splitext(self.data)[1].lower()
        return "folder" if suffix not in KNOWN and os.path.isdir(self.data) else suffix

    @property
    def name(self) -> str:
        """The name, with its parameters as part of a file name, or that of the file without its suffix."""
        if self.form in {"builtin", "openml"}:
            return self.data.replace(":", "-").replace(",", "-")
        return os.path.splitext(os.path.basename(self.data))[0]

    def to_json(self) -> dict[str, str | float | None]:
        """Return the fields as a JSON object; :meth:`from_json` is the inverse."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Mapping[str, object]) -> "DataSource":
        """Return the source that :meth:`to_json` described. Raises InputError for anything else.

        >>> DataSource.from_json(DataSource("wine").to_json()) == DataSource("wine")
        True
        """
        known = {"data", "label", "labels", "scale"}
        if not isinstance(fields, Mapping) or "data" not in fields or not fields.keys() <= known:
            raise InputError(f"a data source needs the fields {', '.join(sorted(known))}, not {short(fields)}")
        return cls(**fields)  # type: ignore[arg-type]  # checked by __post_init__

    def reload(self) -> Dataset:
        """Read the data, divide the features by `scale`, and validate. Raises InputError."""
        points, labels, source = self._read()
        try:
            points = _divided(points, self.scale, own=self.form in IN_PARTS)
            return Dataset(Fresh(points), labels, name=self.name, source=source)
        except MemoryError:
            raise InputError(f"{self.data!r} does not fit into memory") from None

    def _read(self) -> tuple[object, object, "DataSource"]:
        """Return points, labels, and the source as it is recorded: a number of openml.org instead of a name."""
        if self.form == "openml":
            points, labels, numbered = read_openml(self.data, self.label)
            return points, labels, replace(self, data=numbered)
        readers: dict[str, Callable[[], tuple[object, object]]] = {
            "builtin": lambda: builtin(self.data),
            "folder": lambda: read_folder(self.data),
            "idx": lambda: (read_images(self.data), _labels(self.labels or labels_beside(self.data))),
            ".npz": lambda: read_npz(self.data),
            ".npy": lambda: (read_npy(self.data, as_table=True), _labels(str(self.labels))),
            ".zarr": self._read_zarr,
            ".csv": lambda: read_csv(self.data, self.label),
            ".parquet": lambda: read_parquet(self.data, self.label),
        }
        return *readers[self.form](), self

    def _read_zarr(self) -> tuple[object, object]:
        points, beside = read_zarr(self.data)
        labels = beside if self.labels is None else _labels(self.labels)
        if labels is None:
            raise InputError(f"{self.data!r} holds points only: name the file of labels with labels='FILE.npy'")
        return points, labels

    def _check_form(self) -> None:
        if self.form in KNOWN:
            return
        hint = did_you_mean(self.name.partition(":")[0], BUILTIN_NAMES)
        raise InputError(f"unknown data {self.data!r}{hint}: use {', '.join(BUILTIN_NAMES)} or {FORMS}")

    def _check_options(self) -> None:
        problems = []
        if self.label is not None and self.form not in TABLES:
            problems.append("label names a column of a .csv or .parquet, so it does not go with this data")
        if self.labels is not None and self.form not in WITH_LABELS:
            problems.append("labels is for .npy data, so it does not go with this data")
        if self.labels is None and self.form == ".npy":
            problems.append("a .npy holds points only: name the file of labels with labels='FILE.npy'")
        if problems:
            raise InputError(f"{self.data!r}: {'; '.join(problems)}")


def load(
    data: "str | os.PathLike[str] | Dataset | Any",
    *,
    label: str | None = None,
    labels: "str | os.PathLike[str] | None" = None,
    scale: float = 1.0,
) -> Dataset:
    """Return the data set that `data` names; its `source` tells how to load it again.

    `data` is a built-in name (`BUILTIN_NAMES`), hard sets with parameters (`basis:d=64`), an `.npz` or `.zarr` (extra
    `zarr`) with arrays `X` and `y`, a `.csv` or `.parquet` whose column `label` (default: the last) holds the labels, an
    `.npy` or `.zarr` with the labels in the file `labels`, an idx file of images with that of its labels beside it, a folder
    `CLASS/*.png` (extra `images`), `openml:NAME` or `openml:ID`, the only one that may be downloaded, a data frame of pandas
    or polars, whose source is not recorded, or a Dataset, which is returned as it is. The features are divided by `scale`,
    finite and positive (255 for images). No pickle is read. Arrays of numbers in files are converted part by part.

    Raises InputError, one line, whatever the file holds.

    >>> load("digits", scale=16)
    Dataset('digits', n_samples=1797, n_features=64, n_classes=10)
    """
    if is_frame(data):
        if labels is not None:
            raise InputError("labels is for .npy data; a frame has its labels in a column, named by label")
        points, names = read_frame(data, label)
        return Dataset(_divided(points, _checked_scale(scale)), names, name="frame")
    if not isinstance(data, Dataset):
        return DataSource(data, label, labels, scale).reload()  # type: ignore[arg-type]  # paths become str
    if label is not None or labels is not None or scale != 1.0:
        raise InputError("label, labels and scale are for data that are yet to be loaded, not for a Dataset")
    return data


def _labels(path: str) -> object:
    return read_idx(path) if is_idx(path) else read_npy(path)


def _absolute(path: object, what: str) -> str:
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"{what} must be a name or a path, not {short(path)}")
    text = os.fspath(path)
    if not isinstance(text, str) or not text:
        raise InputError(f"{what} must be a name or a path as text, not {short(text)}")
    return os.path.abspath(os.path.expanduser(text))


def _checked_scale(scale: object) -> float:
    number = math.nan
    try:
        if not isinstance(scale, bool) and isinstance(scale, numbers.Real):
            number = float(scale)
    except OverflowError:
        number = math.inf
    if not 0.0 < number < math.inf:
        raise InputError(f"scale must be a finite number > 0, not {short(scale)}")
    return number


def _divided(points: object, scale: float, *, own: bool = False) -> object:
    """Return `points / scale` if they are numbers; others are left for the data set to refuse.

    Points of our `own` in double precision are divided where they are.
    """
    kinds = getattr(points, "dtypes", [getattr(points, "dtype", None)])
    if scale == 1.0 or not all(getattr(kind, "kind", "") in "buif" for kind in kinds):
        return points
    with np.errstate(all="ignore"):
        cells: Any = points
        if not (own and isinstance(points, np.ndarray) and points.dtype == np.float64 and points.flags.writeable):
            cells = cells.astype(np.float64)
        cells /= scale
        return cells
