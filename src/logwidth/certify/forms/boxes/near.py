"""Proving that boxes stay near the samples: where all samples are farther than a radius, no box of a class holds (T15)."""

import itertools
from dataclasses import dataclass

import numpy as np

from logwidth.certify.forms.boxes.form import BLOCK_ENTRIES, BoxForm
from logwidth.certify.forms.boxes.shallow import ShallowBoxForm
from logwidth.certify.leads.first_layer import SLOP
from logwidth.types import BoolArray, FloatArray, IntArray

MOST_FEATURES, MOST_CELLS, MOST_PARTS = 5, 16_000_000, 1 << 18


def far_problem(form: BoxForm | ShallowBoxForm, points: FloatArray, norm: float, radius: float, none: float) -> str:
    """Return why it is not proven that the list gives `none` wherever all `points` `(N, d)` are farther than `radius`.

    '' where it is, for every input up to `inputs_upper`: `none` is the default, and each point of every box of another
    value, taken between the floats at which no input is in the box, has a sample within `radius`. That is one sample for
    the whole box, or in ℓ∞ some samples for parts of it.
    """
    boxes = form.boxes()
    if boxes.default != none:
        return f"where no box holds the network gives {boxes.default!r}, not {none!r}"
    rows = np.flatnonzero(boxes.values != none)
    low, high = np.full((rows.size, points.shape[1]), -np.inf), np.full((rows.size, points.shape[1]), np.inf)
    for unit, feature in enumerate(boxes.features.tolist()):
        low[:, feature] = np.maximum(low[:, feature], boxes.corners.outside_low[rows, unit])
        high[:, feature] = np.minimum(high[:, feature], boxes.corners.outside_high[rows, unit])
    open_ended = np.flatnonzero(~(np.isfinite(low) & np.isfinite(high)).all(axis=1))
    if open_ended.size:
        return f"box {int(rows[open_ended[0]])} has no end along some feature, so that it reaches beyond every radius"
    left = np.flatnonzero(~_by_one(points, low, high, norm, radius))
    union = Cubes.of(points, radius) if np.isinf(norm) and left.size else None
    for k in left.tolist():
        if union is None or not union.hold(low[k], high[k]):
            return f"box {int(rows[k])} reaches farther than {radius!r} from all samples"
    return ""


def inputs_upper(form: BoxForm | ShallowBoxForm) -> float:
    """Return a power of two L: for all `|x_j| ≤ L` every product of the first layer is within the lemma of T14."""
    if isinstance(form, ShallowBoxForm):
        return form.inputs_upper()
    first, largest = form.first, form.first.format.largest / 4
    zoom = np.ones(first.T.shape[1]) if first.scales is None else np.maximum(first.scales, 1.0)
    room = (largest - np.abs(first.b)) / (form.snapping.scales * form.snapping.zoom)
    least = min(float(room.min()), float((largest / zoom).min()))
    return float(2.0 ** (np.frexp(least)[1] - 2))


def _by_one(points: FloatArray, low: FloatArray, high: FloatArray, norm: float, radius: float) -> BoolArray:
    """Return which boxes `(P, d)` lie within `radius` of one sample: their farthest corner does, rounded up."""
    found = np.zeros(len(low), dtype=bool)
    step = max(1, BLOCK_ENTRIES // max(1, points.size))
    for start in range(0, len(low), step):
        part = slice(start, start + step)
        far = np.maximum(points - low[part, None], high[part, None] - points)
        far = np.nextafter(far, np.inf)
        size = far.max(axis=2) if np.isinf(norm) else _norms_upper(far, norm)
        found[part] = (size <= radius).any(axis=1)
    return found


def _norms_upper(sizes: FloatArray, norm: float) -> FloatArray:
    """Return upper bounds on the norms along the last axis of nonnegative `sizes`."""
    largest = np.maximum(sizes.max(axis=2, keepdims=True), 2.0**-1000)
    found: FloatArray = np.linalg.norm(sizes / largest, ord=norm, axis=2) * largest[..., 0] * SLOP
    return found


@dataclass(frozen=True, eq=False)
class Cubes:
    """Cubes of half side R around samples, rounded inwards: `low[j][r] ≤ x_j ≤ high[j][r]` for the feature's value r.

    `table[r]` counts the samples whose ranks are all below r.
    """

    low: list[FloatArray]
    high: list[FloatArray]
    table: IntArray

    @classmethod
    def of(cls, points: FloatArray, radius: float) -> "Cubes | None":
        """Return the cubes, None where the table of all values would be too large."""
        values = [np.unique(column) for column in points.T]
        if len(values) > MOST_FEATURES or np.prod([float(v.size + 1) for v in values]) > MOST_CELLS:
            return None
        table = np.zeros([v.size + 1 for v in values], dtype=np.int64)
        table[tuple(np.searchsorted(v, column) + 1 for v, column in zip(values, points.T, strict=True))] = 1
        for axis in range(table.ndim):
            np.cumsum(table, axis=axis, out=table)
        low = [np.nextafter(v - radius, np.inf) for v in values]
        return cls(low, [np.nextafter(v + radius, -np.inf) for v in values], table)

    def hold(self, low: FloatArray, high: FloatArray) -> bool:
        """Return whether the cubes cover the open box.

        Between neighbouring ends of cubes the same cubes hold a feature's value, and at an end no fewer. So it is enough
        that each product of such pieces has a sample whose ranks lie in the pieces' ranges.
        """
        ranges = []
        for j in range(low.size):
            ends = np.unique(np.concatenate([self.low[j], self.high[j], low[j : j + 1], high[j : j + 1]]))
            ends = ends[(ends >= low[j]) & (ends <= high[j])]
            first = np.searchsorted(self.high[j], ends[1:], side="left")
            stop = np.searchsorted(self.low[j], ends[:-1], side="right")
            if not ends[1:].size or (first >= stop).any():
                return not ends[1:].size
            ranges.append(np.unique(np.stack([first, stop], axis=1), axis=0))
        sizes = [len(r) for r in ranges]
        total = int(np.prod([float(n) for n in sizes])) if np.prod([float(n) for n in sizes]) <= MOST_CELLS else -1
        for start in range(0, total, MOST_PARTS):
            place = np.unravel_index(np.arange(start, min(total, start + MOST_PARTS)), sizes)
            if not self._some([r[at] for r, at in zip(ranges, place, strict=True)]).all():
                return False
        return total >= 0

    def _some(self, parts: list[IntArray]) -> BoolArray:
        """Return which products of ranges `(K, 2)`, one a feature, have a sample in them."""
        count = np.zeros(len(parts[0]), dtype=np.int64)
        for corner in itertools.product((0, 1), repeat=len(parts)):
            sign = 1 if (len(parts) - sum(corner)) % 2 == 0 else -1
            count += sign * self.table[tuple(part[:, k] for part, k in zip(parts, corner, strict=True))]
        return np.asarray(count > 0)
