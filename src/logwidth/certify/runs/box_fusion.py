"""A list of boxes taken all at once: the same boxes, corner by corner, two layers deep (T14)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logwidth.certify.forms.boxes.cuboids import fits
from logwidth.certify.forms.boxes.form import BoxForm, BoxList
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.compute.threads import thread_pool
from logwidth.display import OneLine
from logwidth.network import AffineLayer, FusedNetwork, class_maxima, first_values
from logwidth.network.fused import values_and_maxima
from logwidth.rounding.tensors import host, lives_elsewhere
from logwidth.types import BoolArray, FloatArray

FAR = 2.0**30  # inputs so many times beyond all thresholds overflow nothing
Side = tuple[int, float, float]
Slope = Callable[[int, float], float]


@dataclass(frozen=True, eq=False, repr=False)
class BoxFusion(OneLine):
    """A recognised chain of boxes and the fused network of the same boxes; `top` is what a side gives beyond its corner."""

    form: BoxForm
    network: FusedNetwork
    top: float

    def _line(self) -> list[str]:
        return [f"{self.form.name} read all at once", repr(self.network)]

    def read(self, points: Any) -> tuple[FloatArray, BoolArray]:
        """Return, per row of `points` `(n, d)`, the fused network's label value, and whether the row is *clear*.

        On a clear row no unit lies between 0 and `top`: each side is passed or not, for this network as for the chain, whose
        corners are these units'. So the chain returns that label, exactly.
        """
        network = self.network
        with np.errstate(over="ignore", invalid="ignore"):
            if lives_elsewhere(points):
                values, maxima = values_and_maxima(network.first, network, points)
            else:
                values = first_values(network.first, points)
                with thread_pool() as pool:
                    maxima = class_maxima(network, values, pool)
            clear = fits(self.form, np.asarray(host(points) if lives_elsewhere(points) else points, dtype=np.float64))
        clear &= np.isfinite(values).all(axis=1) & np.isfinite(maxima).all(axis=1)
        clear &= ~((values > 0) & (values < self.top)).any(axis=1)
        return np.array(network.values)[np.argmax(maxima, axis=1)], clear


def fuse_boxes(form: BoxForm, n_features: int) -> BoxFusion:
    """Return the fused network of a list of boxes, whose corners are the list's wherever no slope would overflow.

    Raises UnrecognisedNetworkError where a number is none of the format, or a box has no side.
    """
    boxes, kind = form.boxes(), np.dtype(form.first.format.name)
    ranks = 1.0 + np.append(0, np.cumsum(np.diff(boxes.values) != 0))
    top = float(ranks.max()) + 1.0
    units: dict[Side, int] = {}
    slope = _slopes(boxes, top, form.first.format.largest)
    rows = [[units.setdefault(side, len(units)) for side in _sides(boxes, k, slope)] for k in range(len(ranks))]
    if not all(rows):
        raise UnrecognisedNetworkError("a box has no side")
    slopes = [{feature: slope} for feature, slope, _ in units]
    biases = np.array([bias for _, _, bias in units])
    if not np.array_equal(biases.astype(kind).astype(np.float64), biases):
        raise UnrecognisedNetworkError("a side of a box is no number of the network's format")
    first = AffineLayer.from_rows(n_features, slopes, biases.tolist(), kind.name)
    first = first if form.first.scales is None else replace(first, input_scales=form.first.scales)
    order = np.argsort(np.append(boxes.values, boxes.default), kind="stable")
    scores: list[dict[int, float]] = [dict.fromkeys(sorted(set(row)), -1.0) for row in rows] + [{}]
    biases = np.append(ranks, 0.0)[order]
    table = AffineLayer.from_rows(len(units), [scores[k] for k in order], biases.tolist(), kind.name)
    values, sizes = np.unique(np.append(boxes.values, boxes.default), return_counts=True)
    return BoxFusion(form, FusedNetwork(first, table, tuple(sizes.tolist()), tuple(values.tolist())), top)


def _sides(boxes: BoxList, k: int, slope: Slope) -> list[Side]:
    """Return the units of a box's sides: feature, slope and bias, 0 up to the inner corner and rising from there."""
    ends, found = boxes.corners, []
    for j, feature in enumerate(boxes.features.tolist()):
        for inner, outer in ((ends.inside_low, ends.outside_low), (ends.inside_high, ends.outside_high)):
            near, far = float(inner[k, j]), float(outer[k, j])
            if np.isfinite(near):
                rise = slope(j, far - near)
                found.append((feature, rise, -rise * near))
    return found


def _slopes(boxes: BoxList, top: float, largest: float) -> Slope:
    """Return a function of feature and gap: the least power of two that makes `top` of the gap, with the gap's sign.

    It goes no further than inputs FAR beyond all thresholds allow without overflow.
    """
    ends = np.concatenate([boxes.corners.inside_low, boxes.corners.inside_high])
    sizes = np.where(np.isfinite(ends), np.abs(ends), 0.0).max(axis=0)

    def slope(j: int, gap: float) -> float:
        most = np.floor(np.log2(largest) - np.log2(FAR) - np.log2(max(float(sizes[j]), abs(gap))))
        return float(np.copysign(2.0 ** min(np.ceil(np.log2(top) - np.log2(abs(gap))), most), gap))

    return slope
