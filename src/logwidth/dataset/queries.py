"""Points without labels, to be predicted."""

import os

import pandas as pd

from logwidth.dataset.arrays import read_npy, read_npz
from logwidth.dataset.builtin import builtin, is_builtin
from logwidth.dataset.files import opened
from logwidth.dataset.idx import is_idx, read_images
from logwidth.dataset.points import FloatArray, parse_points
from logwidth.dataset.zarr_store import read_zarr
from logwidth.errors import InputError


def load_points(path: str, n_features: int, *, scale: float = 1.0) -> FloatArray:
    """Return the points `(n, n_features)` in a `.npy`, `.npz`, `.zarr` (array `X`), `.csv`, `.parquet`, idx or built-in set.

    A table with one column more than there are features is taken to end with a label, which is dropped. The features
    are divided by `scale`.

    Raises InputError, one line, whatever the file holds.
    """
    try:
        points = checked_points(_read(path, n_features), n_features)
    except InputError as problem:
        raise InputError(f"{path!r}: {problem}") from problem
    scaled: FloatArray = points / scale
    return scaled


def checked_points(table: object, n_features: int) -> FloatArray:
    """Return a table of points as float64 `(n, n_features)`, under the same rules as those of a data set.

    Raises InputError that names everything wrong at once.
    """
    problems: list[str] = []
    points = parse_points(table, problems)
    if points is not None and points.shape[1] != n_features:
        problems.append(f"the network takes {n_features} features, the points have {points.shape[1]}")
    if points is None or problems:
        raise InputError("; ".join(problems))
    return points


def _read(path: str, n_features: int) -> object:
    if is_builtin(path):
        return builtin(path)[0]
    if is_idx(path):
        return read_images(path)
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".npy":
        return read_npy(path, as_table=True)
    if suffix == ".npz":
        return read_npz(path)[0]
    if suffix == ".zarr":
        return read_zarr(path)[0]
    if suffix not in (".csv", ".parquet"):
        raise InputError(
            f"{path!r}: points come from a .npy, .npz, .zarr, .csv, .parquet or idx file or a built-in data set"
        )
    with opened(path) as stream:
        frame = pd.read_csv(stream, float_precision="round_trip") if suffix == ".csv" else pd.read_parquet(stream)
    return frame.iloc[:, :n_features] if frame.shape[1] == n_features + 1 else frame
