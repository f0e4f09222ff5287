"""From what scikit-learn's callers pass to a data set: arrays, sparse matrices, pandas and polars frames, feature names."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from logwidth.dataset import Dataset, checked_points, merged_rows, rounding_notes
from logwidth.dataset.frames import misplaced
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError, said

SPARSE = ("csr", "csc", "coo")
"""Formats that are read. scikit-learn's tag `input_tags.sparse` stays False all the same: the checks for it fit random
sparse rows that repeat with different labels, which no function memorizes."""


def training_data(estimator: BaseEstimator, X: Any, y: Any) -> tuple[Dataset, NDArray[Any]]:
    """Return the data set and its classes `(C,)`, sorted, of the type of `y`; feature count and names are kept.

    Raises ValueError in scikit-learn's words for what it refuses, InputError for what cannot be memorized: equal rows with
    different labels, one class only.
    """
    _check_masks(X=X, y=y)
    _check_dates(X)
    wrong = misplaced(X, y)
    if wrong:
        raise InputError(wrong[0])
    y = _without_gaps(y)
    table, labels = validate_data(estimator, X, y, accept_sparse=SPARSE, dtype=np.float64, ensure_min_samples=2)
    _check_kept(y, labels)
    try:
        check_classification_targets(labels)
    except TypeError as problem:  # None among text
        raise InputError(
            f"the labels y cannot be told apart ({said(problem)}): drop missing ones, use one kind"
        ) from problem
    try:
        data = Dataset(table, labels, name="X", notes=_notes(X, table))  # names stay with the estimator
    except InputError as problem:
        raise InputError(f"sparse X: {problem}" if issparse(table) else str(problem)) from problem
    first = np.unique(data.labels, return_index=True)[1]
    return data, labels[first]


def _notes(X: Any, table: Any) -> tuple[str, ...]:
    """Return a note on integers that double precision rounds. Raises InputError where rows that differ become one."""
    notes = rounding_notes(X)
    merged = merged_rows(X, checked_points(table, table.shape[1])) if notes else []
    if merged:
        raise InputError(merged[0])
    return notes


def query_points(estimator: BaseEstimator, X: Any) -> NDArray[np.float64]:
    """Return rows to be judged as float64 `(n, d)`; columns and their names must be those of the fit."""
    _check_masks(X=X)
    _check_dates(X)
    table = validate_data(estimator, X, accept_sparse=SPARSE, reset=False, dtype=np.float64)
    return checked_points(table, table.shape[1])


def _check_masks(**given: Any) -> None:
    """Refuse masked entries: scikit-learn takes what lies below the mask."""
    for name, values in given.items():
        hidden = int(np.ma.getmaskarray(values).sum()) if np.ma.isMaskedArray(values) else 0
        if hidden:
            raise InputError(f"{name} has {hidden} masked entries; fill them or drop their rows")


def _check_dates(X: Any) -> None:
    """Refuse dates and spans of time, of which scikit-learn makes numbers in whatever unit they are kept."""
    kinds = getattr(X, "dtypes", [getattr(X, "dtype", None)])
    for j, kind in enumerate(kinds):
        if getattr(kind, "kind", "") in {"m", "M"} or getattr(kind, "is_temporal", bool)():
            raise InputError(
                f"column {j} of X holds {kind}: make numbers of it, in the unit that you choose, or leave it out"
            )


def _without_gaps(y: Any) -> Any:
    """Return pandas' integers and truth values that may be missing, and are not, as NumPy's: else they would become doubles.

    Raises InputError where some are missing, of whatever type pandas marks them in.
    """
    dtype: Any = getattr(y, "dtype", None)
    if isinstance(dtype, np.dtype) or not hasattr(dtype, "na_value") or not hasattr(y, "isna"):
        return y
    gaps = np.flatnonzero(y.isna())
    if gaps.size:
        raise InputError(f"labels y are missing (NaN) in {listing([f'row {i}' for i in gaps])}; drop these rows")
    plain = getattr(dtype, "numpy_dtype", None)  # none for sparse ones, categories and others
    return y.to_numpy(dtype=plain) if plain is not None and plain.kind in "biu" else y


def _check_kept(y: Any, labels: NDArray[Any]) -> None:
    """Refuse labels of a list or a column that NumPy made others of: 1 beside "1", integers that no double holds."""
    if isinstance(y, np.ndarray) or not hasattr(y, "__len__") or np.ndim(labels) != 1 or len(y) != len(labels):
        return
    if len(getattr(y, "shape", (0,))) > 1:  # a data frame of one column, whose items are its columns
        return
    given = y.to_pylist() if hasattr(y, "to_pylist") else y.tolist() if hasattr(y, "tolist") else list(y)
    for i, (before, after) in enumerate(zip(given, labels.tolist(), strict=True)):
        if isinstance(before, str | bool | int | float | np.generic) and before != after:
            raise InputError(
                f"labels y would not stay apart: {short(before)} in row {i} becomes {short(after)}; use one kind"
            )


def seed_of(random_state: Any) -> int:
    """Return a seed: an integer as it is, else one drawn from scikit-learn's generator."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31 - 1))


def plain(value: Any) -> Any:
    """Return the plain Python number in a NumPy scalar, such as a grid of parameters holds."""
    return value.item() if isinstance(value, np.generic) else value
