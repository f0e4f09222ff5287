"""What to try where balls were not certified: one wording for the command line, the library's errors and its warnings."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from logwidth.dataset import Dataset
from logwidth.dataset.prepare import spreads
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run, certified_or_none
from logwidth.separation import Blur, Separation, Target, blurred, separation, target_of, unequal_spreads

Fit = Callable[..., Run]
DOUBLE = "fit in double precision (--dtype float64)"
MOST_TRIED = 500  # samples up to which advice is tried before it is given
BACK_OFF = 0.99
LEAST_EXTRA = 2  # units beside the coordinates of the narrowest constructions that always serve
ROOMS = (0.01, 0.05, 0.2)  # of the ratio that a map keeps, that its networks give up for rounding


@dataclass(frozen=True)
class Remedy:
    """Something to try: what the command line calls it, what it changes in a request, for which data (None: the same)."""

    words: str
    change: Mapping[str, Any]
    data: Dataset | None = None


def undecided(run: Run) -> str:
    """Return how many balls of a run are not certified, and why where there is one reason for all."""
    numbers, reason = run.summary, f" ({run.certificate.reason})" if run.certificate.reason else ""
    far = run.certificate.rejection
    beyond = "" if far is None or far.holds else f", and of inputs farther than {far.radius:g} from all {far.reason}"
    return (
        f"of {numbers['n_samples']:,} samples {numbers['undecided']:,} are undecided and {numbers['falsified']:,} falsified "
        f"in {numbers['dtype']}{reason}{beyond}"
    )


def advice(data: Dataset, run: Run, asked: Mapping[str, Any], fit: Fit | None) -> str:
    """Return what to try instead of a request that left balls undecided, in the order of what it costs the user.

    First equal scales, then double precision, another construction, more width, at last a smaller ball. `asked` are the
    arguments of `memorize`, and `fit` is it, called up to 500 samples to see what serves: the first that certifies every
    ball is named alone; where none is tried or certified, all are named that may serve. None tries nothing.
    """
    known = list(_remedies(data, run, asked))
    if fit is not None and data.n_samples <= MOST_TRIED:
        for remedy in known:
            found = certified_or_none(
                partial(fit, data if remedy.data is None else remedy.data, **{**asked, **remedy.change})
            )
            if found is not None:
                return f"try {_said(remedy, found)}: it certifies all {data.n_samples:,}"
        known = known[-1:]  # the others were seen to fail; of the last a smaller number may serve
    far = _far(data, run)
    words = [far] if far else []
    return "; ".join([*words, "what may serve: " + " or ".join(r.words for r in known)] if known else words)


def advice_in_python(data: Dataset, run: Run) -> str:
    """Return the same, untried, in the words of the library's arguments."""
    steps, numbers = [], run.summary
    if unequal_spreads(data):
        steps.append("divide the features by their spreads (StandardScaler)")
    if numbers["dtype"] == "float32":
        steps.append("dtype='float64'")
    return f"try {' or '.join([*steps, 'a smaller ratio'])}"


def _remedies(data: Dataset, run: Run, asked: Mapping[str, Any]) -> Iterator[Remedy]:
    summary, uneven = run.summary, unequal_spreads(data)
    if uneven and data.feature_scales is None:
        yield Remedy(f"--standardize ({uneven})", {}, scaled_by_powers(data))
    if summary["dtype"] == "float32":
        yield Remedy("--dtype float64", {"dtype": "float64"})
    if asked.get("construction") is not None:
        yield Remedy(f"leaving out --construction {asked['construction']}", {"construction": None, "lanes": None})
    if asked.get("width") is not None:
        yield Remedy("a larger --width", {"width": None})
    if asked.get("radius") == "max":
        return
    reached = max(summary["radius_lower_min"], 0.0) * 2 / summary["delta"]
    ratio = float(f"{(reached or summary['ratio'] / 2) * BACK_OFF:.3g}")
    if asked.get("radius") is not None:
        radius = float(f"{ratio * summary['delta'] / 2:.3g}")
        yield Remedy(f"--radius {radius:g}", {"radius": radius})
    else:
        yield Remedy(f"--ratio {ratio:g}", {"ratio": ratio})


def scaled_by_powers(data: Dataset) -> Dataset:
    """Return the data with every feature divided by a power of two near its standard deviation, as `--standardize` does."""
    return Dataset(data.points / spreads(data.points), data.original_labels(), name=data.name)


def _said(remedy: Remedy, found: Run) -> str:
    """Return the words of a remedy, with what was found where they left it open."""
    if "width" in remedy.change:
        return f"--width {found.network.width}"
    if "construction" in remedy.change:
        return f"--construction {found.summary['construction']}"
    return remedy.words


def _far(data: Dataset, run: Run) -> str:
    if run.summary.get("radius_mode") == "max":
        return ""
    sep = separation(data, norm=run.summary.norm)
    blur = blurred(data, sep, target_of(sep, ratio=run.summary.ratio), run.summary.dtype)
    return "" if blur is None else far_from_zero(blur, run.summary.dtype)


def beyond_float32(data: Dataset, sep: Separation, target: Target) -> str:
    """Return what stands against a target in float32, if the data lie too far from zero for it, and what to try."""
    blur = blurred(data, sep, target, "float32")
    return f"try a smaller --ratio, or {DOUBLE}" if blur is None else far_from_zero(blur, "float32")


def far_from_zero(blur: Blur, dtype: str) -> str:
    """Return what the rounding of inputs leaves of data far from zero, and what to try.

    >>> far_from_zero(Blur(True, "feature 0", 1e8, 1.0, 8.0, 1e8), "float32").split(":")[0]
    'feature 0 lies near 1e+08 with a spread of 1, and float32 holds it in steps of 8'
    """
    why = (
        "inputs of balls with different labels are rounded to the same numbers"
        if blur.surely
        else "the rounding of inputs takes the room between the balls"
    )
    wider = f", or {DOUBLE}" if dtype == "float32" else ""
    return (
        f"{blur.feature} lies near {blur.middle:.3g} with a spread of {blur.spread:.2g}, and {dtype} holds it in steps of "
        f"{blur.step:.2g}: {why}; subtract {blur.middle:.3g} from it before use{wider}"
    )


def too_narrow(data: Dataset, kept: float, request: Request, build: Callable[[Request], Run]) -> str:
    """Return what a width that is too small can be changed to: a width for the target, a target for the width, or nothing.

    Both are built and certified up to 500 samples before they are named. `kept` is the ratio that a map of this width keeps;
    0 where none is known.
    """
    if data.n_samples > MOST_TRIED:
        return "allow a larger --width" + (f", or a --ratio below {kept:.3g} at this width" if kept else "")
    wide = certified_or_none(lambda: build(replace(request, width=None)))
    if wide is None:
        return ""
    narrow = certified_or_none(lambda: build(replace(request, width=wide.map.rank + LEAST_EXTRA))) or wide
    ways = [f"allow --width {min(wide.network.width, narrow.network.width)}"]
    for room in ROOMS:
        ratio = math.floor(1000 * kept * (1 - room)) / 1000
        run = certified_or_none(partial(build, replace(request, ratio=ratio, radius=None))) if ratio > 0 else None
        if run is not None:
            wish = f"--ratio {ratio:g}" if request.radius is None else f"--radius {run.certificate.radius:.6g}"
            ways.append(f"ask for {wish} at this width")
            break
    return ", or ".join(ways)
