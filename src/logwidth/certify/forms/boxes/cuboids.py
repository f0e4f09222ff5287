"""Cuboids instead of balls: a radius per feature, or every sample's own cell of a grid, proven of a list of boxes (T14)."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from logwidth.certify.forms.boxes.form import BoxForm, BoxList
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.types import BoolArray, FloatArray

CELLS = "cells"
BLOCK_ENTRIES = 1 << 20


def cuboids_right(form: Any, data: Dataset, radii: str | Sequence[float], ratio: float = 1.0) -> BoolArray:
    """Return for which samples a recognised list of boxes gives their label on all of their cuboid, `(N,)`.

    The cuboid of `x_i` is `|x_j − x_ij| ≤ radii_j` for all features j, or with `radii` = 'cells' the share `ratio` of its
    cell among the values that feature j has in the data. Corners are rounded outwards. True is proven; False is not.

    Raises UnrecognisedNetworkError for other forms, InputError for radii that are not one positive number a feature.
    """
    if not isinstance(form, BoxForm):
        raise UnrecognisedNetworkError(f"radii per feature are proven of lists of boxes, not of the form {form.name}")
    low, high = cells(data.points, ratio) if isinstance(radii, str) else cuboids(data.points, radii)
    boxes, values = form.boxes(), data.values[data.labels]
    fitting = fits(form, low) & fits(form, high)
    right = np.zeros(len(low), dtype=bool)
    step = max(1, BLOCK_ENTRIES // max(1, boxes.values.size * boxes.features.size))
    for start in range(0, len(low), step):
        part = slice(start, start + step)
        right[part] = _right(boxes, low[part], high[part], values[part])
    return right & fitting


def cells(points: FloatArray, ratio: float) -> tuple[FloatArray, FloatArray]:
    """Return the corners `(N, d)` of every point's cell, `ratio` of the way to the middle between it and the next values.

    Beyond the first and the last value of a feature a cell reaches as far as on its other side; a feature with one value has
    cells of no extent.

    >>> low, high = cells(np.array([[0.0], [1.0], [4.0]]), 1.0)
    >>> low.round(9).ravel().tolist(), high.round(9).ravel().tolist()
    ([-0.5, 0.5, 2.5], [0.5, 2.5, 5.5])
    """
    if not 0 < ratio <= 1:
        raise InputError(f"the share of a cell must lie between 0 and 1, not {ratio!r}")
    low, high = points.copy(), points.copy()
    for j, column in enumerate(points.T):
        values, place = np.unique(column, return_inverse=True)
        if values.size > 1:
            gaps = np.diff(values) * (ratio / 2)
            place = place.ravel()
            low[:, j] -= np.concatenate([gaps[:1], gaps])[place] * (1 + 2.0**-50)
            high[:, j] += np.concatenate([gaps, gaps[-1:]])[place] * (1 + 2.0**-50)
    return np.nextafter(low, -np.inf), np.nextafter(high, np.inf)


def cuboids(points: FloatArray, radii: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Return the corners `(N, d)` of the cuboids with these half sides `(d,)`, rounded outwards."""
    sides = np.asarray(radii, dtype=np.float64)
    if sides.shape != points.shape[1:] or not ((sides > 0) & np.isfinite(sides)).all():
        raise InputError(f"radii per feature must be {points.shape[1]} positive numbers, one a feature, not {list(radii)}")
    return np.nextafter(points - sides, -np.inf), np.nextafter(points + sides, np.inf)


def fits(form: BoxForm, corners: FloatArray) -> BoolArray:
    """Return at which corners no product of the first layer may overflow, and no input as the file reads it."""
    snap, largest = form.snapping, form.first.format.largest / 4
    read = np.abs(corners[:, snap.features]) * snap.zoom
    inputs = np.abs(corners) if form.first.scales is None else np.abs(corners) * np.maximum(1.0, form.first.scales)
    return np.asarray((inputs < largest).all(axis=1) & (read * snap.scales + np.abs(snap.offsets) < largest).all(axis=1))


def _right(boxes: BoxList, low: FloatArray, high: FloatArray, values: FloatArray) -> BoolArray:
    """Return which cuboids lie in a box of their value, and in none of another value that comes later."""
    lows, highs, corners = low[:, boxes.features], high[:, boxes.features], boxes.corners
    inside = np.ones((len(low), boxes.values.size), dtype=bool)
    touched = np.ones_like(inside)
    for j in range(boxes.features.size):
        inside &= (lows[:, j, None] >= corners.inside_low[:, j]) & (highs[:, j, None] <= corners.inside_high[:, j])
        touched &= ~((highs[:, j, None] <= corners.outside_low[:, j]) | (lows[:, j, None] >= corners.outside_high[:, j]))
    own = boxes.values == values[:, None]
    last_own = np.where(inside & own, np.arange(boxes.values.size), -1).max(axis=1, initial=-1)
    last_other = np.where(touched & ~own, np.arange(boxes.values.size), -1).max(axis=1, initial=-1)
    held = (last_own >= 0) | (boxes.default == values)
    return np.asarray(held & (last_own >= last_other))
