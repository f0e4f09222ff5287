"""The data set: points and labels, validated once, immutable ever after."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.columns import Columns
from logwidth.dataset.conflicts import conflicting_rows, describe_conflicts
from logwidth.dataset.frames import misplaced
from logwidth.dataset.grids import grid_of
from logwidth.dataset.labels import Label, encode, parse_labels, printed_values
from logwidth.dataset.large_integers import merged_rows, rounding_notes
from logwidth.dataset.points import Fresh, frame_names, parse_points
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError
from logwidth.rounding import check_arithmetic
from logwidth.types import FloatArray, IntArray

if TYPE_CHECKING:
    from logwidth.dataset.source import DataSource

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, init=False, eq=False, repr=False)
class Dataset:
    """A data set `D = {(x_i, y_i)}`, `i < N`, in `R^d` with `C ≥ 2` classes; rows count from 0.

    `points` is float64 `(N, d)`, C-contiguous and read-only: finite, `|x| ≤ 1e150`, without `-0.0`.
    `labels` is int64 `(N,)`, read-only: `y_i` is the class `classes[labels[i]]`.
    `classes` holds the original labels, sorted, as plain int, float, str or bool.
    `values` is float64 `(C,)`, read-only, strictly increasing, exact in float32: what a network prints.
    No two equal points have different labels, so `δ > 0`; equal points with the same label are fine. Integers beyond 2^53
    are rounded, which a note says; rows that differ and become one are refused. That holds where they come as integers: what
    is in double precision already (a pandas column of floats, a text column with an empty cell or a fraction) is not seen.
    `source` says how to load the data again, if they came from :func:`load`.
    `columns` says of which columns of a table the features were made: their names, for a frame those of its columns, and
    the scales by which they were divided. `notes` are what was found out while the data were read, one line each.

    Raises InputError, one line that names everything wrong at once. Equal data have equal `sha256`.

    >>> data = Dataset([[0, 0], [3, 4], [3, 4]], ["cat", "dog", "dog"], name="pets")
    >>> data
    Dataset('pets', n_samples=3, n_features=2, n_classes=2)
    >>> data.classes, data.labels, data.values
    (('cat', 'dog'), array([0, 1, 1]), array([0., 1.]))
    """

    points: FloatArray
    labels: IntArray
    classes: tuple[Label, ...]
    values: FloatArray
    name: str
    source: DataSource | None
    columns: Columns
    notes: tuple[str, ...]

    def __init__(
        self,
        points: object,
        labels: object,
        *,
        name: str = "data",
        source: DataSource | None = None,
        columns: Columns | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        notes = notes if isinstance(points, Fresh) else (*notes, *rounding_notes(points))
        table, indices, classes = _validated(points, labels)
        columns = Columns(names=frame_names(points)) if columns is None else columns
        self._put(points=_frozen(table), labels=_frozen(indices), classes=classes)
        self._put(values=_frozen(printed_values(classes)), name=str(name), source=source, columns=columns, notes=notes)

    def _put(self, **fields: object) -> None:
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @classmethod
    def from_grid(cls, axes: Sequence[object], table: object, *, name: str = "grid") -> Dataset:
        """Return the samples of a table on a grid: the product of the `axes`, the last one running fastest.

        `axes` are increasing vectors of lengths `n_1, …, n_k`; `table` holds labels, `(n_1, …, n_k)`, or scores,
        `(n_1, …, n_k, C)` or `(C, n_1, …, n_k)`, the place of the largest being the label: see
        :func:`~logwidth.dataset.grids.grid_of`.

        Raises InputError where they do not fit, and as `Dataset` does.

        >>> Dataset.from_grid([[0.0, 1.0], [0.0, 0.5, 2.0]], [["a", "a", "b"], ["a", "b", "b"]])
        Dataset('grid', n_samples=6, n_features=2, n_classes=2)
        """
        found = grid_of("grid", "table", np.asarray(table), [(f"axis {j}", axis) for j, axis in enumerate(axes)])
        return cls(Fresh(found.points), found.labels, name=name, notes=found.notes)

    @property
    def n_samples(self) -> int:
        """The number N of samples."""
        return int(self.points.shape[0])

    @property
    def n_features(self) -> int:
        """The dimension d of the points."""
        return int(self.points.shape[1])

    @property
    def n_classes(self) -> int:
        """The number C ≥ 2 of classes."""
        return len(self.classes)

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """The names of the features `(d,)`; None for arrays."""
        return self.columns.feature_names

    @property
    def feature_scales(self) -> FloatArray | None:
        """The powers of two `(d,)` by which the features were divided after all else; None where they were not."""
        return self.columns.scale_array

    @cached_property
    def sha256(self) -> str:
        """The hexadecimal digest of points, labels and classes in their order; no name does enter.

        It covers a version tag, the shape, the points and class indices in little-endian order, and each class
        with its type, so the class 1 differs from 1.0, True and "1".
        """
        digest = hashlib.sha256(b"logwidth-dataset-1\n")
        digest.update(f"{self.n_samples} {self.n_features} {self.n_classes}\n".encode())
        digest.update(np.ascontiguousarray(self.points, dtype="<f8").data)
        digest.update(np.ascontiguousarray(self.labels, dtype="<i8").data)
        for label in self.classes:
            digest.update(f"{type(label).__name__} {label!a}\n".encode())
        return digest.hexdigest()

    def class_indices(self, labels: object) -> IntArray:
        """Return the class index of each original label, `(N',)` to int64 `(N',)`.

        Raises InputError for a label that is none of `classes`.

        >>> Dataset([[0], [1]], ["cat", "dog"]).class_indices(["dog", "dog"])
        array([1, 1])
        """
        problems: list[str] = []
        plain = parse_labels(labels, problems)
        if plain is None:
            raise InputError("; ".join(problems))
        index = {label: i for i, label in enumerate(self.classes)}
        unknown = [f"row {i} ({short(label)})" for i, label in enumerate(plain) if label not in index]
        if unknown:
            known = listing([short(label) for label in self.classes])
            raise InputError(f"labels are not among the classes {known}: {listing(unknown)}")
        return np.array([index[label] for label in plain], dtype=np.int64)

    def original_labels(self) -> list[Label]:
        """Return the label of every sample as it was given: `classes[labels[i]]`."""
        return [self.classes[i] for i in self.labels]

    def __repr__(self) -> str:
        sizes = f"n_samples={self.n_samples}, n_features={self.n_features}, n_classes={self.n_classes}"
        return f"Dataset({short(self.name)}, {sizes})"

    def __eq__(self, other: object) -> bool:
        return self.sha256 == other.sha256 if isinstance(other, Dataset) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.points, self.original_labels(), self.name, self.source, self.columns, self.notes)


def _restored(
    points: FloatArray,
    labels: list[Label],
    name: str,
    source: DataSource | None,
    columns: Columns,
    notes: tuple[str, ...],
) -> Dataset:
    """Rebuild a copied or unpickled data set through the same door, read-only again."""
    return Dataset(points, labels, name=name, source=source, columns=columns, notes=notes)


def _validated(points: object, labels: object) -> tuple[FloatArray, IntArray, tuple[Label, ...]]:
    """Return points, class indices and classes, or raise one InputError that lists every problem."""
    check_arithmetic()
    problems = misplaced(points, labels)
    table, plain = parse_points(points, problems), parse_labels(labels, problems)
    merged = [] if isinstance(points, Fresh) or table is None else merged_rows(points, table)
    problems.extend(merged)
    points = points.points if isinstance(points, Fresh) else points
    rows = _row_count(points) if table is None else len(table)
    if plain is not None and rows is not None and rows != len(plain):
        problems.append(f"points have {rows} rows but there are {len(plain)} labels; they must agree")
    indices, classes = encode(plain or [])
    if len(classes) == 1:
        problems.append(f"all {len(indices)} samples have the label {short(classes[0])}; at least two classes are needed")
    if plain is not None and not plain:
        problems.append("labels are empty")
    if table is not None and len(table) == len(indices) and not merged:
        problems.extend(describe_conflicts(conflicting_rows(table, indices), indices, classes))
    if problems or table is None:
        raise InputError("; ".join(problems))
    return table, indices, classes


def _row_count(points: object) -> int | None:
    """Return the number of rows of a table with bad cells, None if it is no table."""
    shape = getattr(points, "shape", None)
    return int(shape[0]) if isinstance(shape, tuple) and len(shape) == 2 else None


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.setflags(write=False)
    return array
