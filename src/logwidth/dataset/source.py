"""Where data come from: one description of a source, from which they can be loaded again."""

import math
import numbers
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from logwidth.dataset.arrays import read_npy, read_npz
from logwidth.dataset.builtin import BUILTIN_NAMES, builtin, canonical, is_builtin
from logwidth.dataset.data import Dataset
from logwidth.dataset.tables import read_csv, read_parquet
from logwidth.dataset.wording import short
from logwidth.errors import InputError, did_you_mean

FORMS = "a .csv, .parquet, .npz or .npy file"


@dataclass(frozen=True)
class DataSource:
    """How to load a data set: a built-in name or a file, where its labels are, a divisor of the features.

    `data` is one of `BUILTIN_NAMES`, all its parameters added, or a path, made absolute; `label` names the label column of
    a `.csv` or `.parquet` (default: the last); `labels` is the `.npy` of labels that a `.npy` needs; the features are
    divided by `scale`.

    Raises InputError if the options do not fit together; files are not touched before :meth:`reload`.

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
        data = canonical(self.data) if is_builtin(self.data) else _absolute(self.data, "data")
        labels = None if self.labels is None else _absolute(self.labels, "labels")
        if not isinstance(self.label, str | None):
            raise InputError(f"label must be the name of a column, not {short(self.label)}")
        for field, value in {"data": data, "labels": labels, "scale": _checked_scale(self.scale)}.items():
            object.__setattr__(self, field, value)
        self._check_form()
        self._check_options()

    @property
    def form(self) -> str:
        """'builtin', or the suffix of the file in lower case."""
        return "builtin" if is_builtin(self.data) else os.path.splitext(self.data)[1].lower()

    @property
    def name(self) -> str:
        """The built-in name, with its parameters as part of a file name, or the name of the file without its suffix."""
        if is_builtin(self.data):
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
        points, labels = self._read()
        try:
            return Dataset(_divided(points, self.scale), labels, name=self.name, source=self)
        except MemoryError:
            raise InputError(f"{self.data!r} does not fit into memory") from None

    def _read(self) -> tuple[object, object]:
        if self.form == "builtin":
            return builtin(self.data)
        if self.form == ".npz":
            return read_npz(self.data)
        if self.form == ".npy":
            return read_npy(self.data), read_npy(str(self.labels))
        return (read_csv if self.form == ".csv" else read_parquet)(self.data, self.label)

    def _check_form(self) -> None:
        if self.form in {"builtin", ".csv", ".parquet", ".npz", ".npy"}:
            return
        hint = did_you_mean(self.name.partition(":")[0], BUILTIN_NAMES)
        raise InputError(f"unknown data {self.data!r}{hint}: use {', '.join(BUILTIN_NAMES)} or {FORMS}")

    def _check_options(self) -> None:
        problems = []
        if self.label is not None and self.form not in {".csv", ".parquet"}:
            problems.append("label names a column of a .csv or .parquet, so it does not go with this data")
        if self.labels is not None and self.form != ".npy":
            problems.append("labels is for .npy data, so it does not go with this data")
        if self.labels is None and self.form == ".npy":
            problems.append("a .npy holds points only: name the file of labels with labels='FILE.npy'")
        if problems:
            raise InputError(f"{self.data!r}: {'; '.join(problems)}")


def load(
    data: "str | os.PathLike[str] | Dataset",
    *,
    label: str | None = None,
    labels: "str | os.PathLike[str] | None" = None,
    scale: float = 1.0,
) -> Dataset:
    """Return the data set that `data` names; its `source` tells how to load it again.

    `data` is a built-in name (`BUILTIN_NAMES`), hard sets with parameters (`basis:d=64`), an `.npz` with arrays `X` and
    `y`, a `.csv` or `.parquet` whose column `label` (default: the last) holds the labels, an `.npy` with the labels in the
    file `labels`, or a Dataset, which is returned as it is. The features are divided by `scale`, finite and positive (255
    for images). No pickle is read, nothing is downloaded.

    Raises InputError, one line, whatever the file holds.

    >>> load("digits", scale=16)
    Dataset('digits', n_samples=1797, n_features=64, n_classes=10)
    """
    if not isinstance(data, Dataset):
        return DataSource(data, label, labels, scale).reload()  # type: ignore[arg-type]  # paths become str
    if label is not None or labels is not None or scale != 1.0:
        raise InputError("label, labels and scale are for data that are yet to be loaded, not for a Dataset")
    return data


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


def _divided(points: object, scale: float) -> object:
    """Return `points / scale` if they are numbers; others are left for the data set to refuse."""
    kinds = getattr(points, "dtypes", [getattr(points, "dtype", None)])
    if scale == 1.0 or not all(getattr(kind, "kind", "") in "buif" for kind in kinds):
        return points
    with np.errstate(all="ignore"):
        return points.astype(np.float64) / scale  # type: ignore[attr-defined]
