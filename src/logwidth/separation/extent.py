"""Which scales a float format holds: asked once, before anything is built for it."""

import math
from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset, feature_called
from logwidth.errors import InputError
from logwidth.rounding import float_format
from logwidth.separation.minimum import Separation

HELD = {"float32": (2.0**-120, 2.0**124), "float64": (2.0**-460, 2.0**480)}


@dataclass(frozen=True)
class DataExtent:
    """How large data are: `largest = max |x|`, in the feature `at`; `apart` is δ, whose pair differs most in `between`."""

    largest: float
    at: int
    apart: float
    between: int

    @classmethod
    def of(cls, data: Dataset, sep: Separation) -> "DataExtent":
        """Return the extent of a data set."""
        sizes = np.maximum(data.points.max(axis=0), -data.points.min(axis=0))
        i, j = sep.pair
        apart = np.abs(data.points[i] - data.points[j])
        return cls(float(sizes.max()), int(np.argmax(sizes)), sep.lower, int(np.argmax(apart)))

    def fits(self, dtype: str, scale: float = 1.0) -> bool:
        """Return whether a format holds the data divided by `scale`, with room for balls, weights and sums."""
        least, most = HELD[dtype]
        return self.apart / scale >= least and self.largest / scale <= most


def check_extent(data: Dataset, sep: Separation, dtype: str) -> None:
    """Return where networks in the format can be built for data of this scale.

    `HELD` are bounds on δ from below and on `|x|` from above, a few powers of two within the format's range: weights are
    about `1/spread`, and balls, sums and scores need room.

    Raises InputError elsewhere: the message names the feature, how large it is, and what serves.
    """
    float_format(dtype)
    extent = DataExtent.of(data, sep)
    if extent.fits(dtype):
        return
    i, j = sep.pair
    least, most = HELD[dtype]
    if extent.largest > most:
        name = feature_called(data, extent.at)
        what = f"{name} reaches {extent.largest:.3g}, beyond the {most:.2g} up to which {dtype} leaves room"
    else:
        name = feature_called(data, extent.between)
        what = (
            f"samples {i} and {j} have different labels and are {extent.apart:.3g} apart, most in {name}: below the "
            f"{least:.2g} from which {dtype} keeps them apart"
        )
    raise InputError(f"{what}; {_ways_out(extent, dtype)}")


def _ways_out(extent: DataExtent, dtype: str) -> str:
    ways = []
    scale = float(f"1e{max(-300, math.floor(math.log10(extent.largest)))}")
    if extent.fits(dtype, scale):
        ways.append(f"divide the features by {scale:g} (--scale {scale:g})")
    if dtype == "float32" and extent.fits("float64"):
        ways.append("fit in double precision (--dtype float64)")
    return " or ".join(ways) or "rescale or drop that feature: the others are of another scale"
