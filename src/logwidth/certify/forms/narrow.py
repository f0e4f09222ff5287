"""Proving the fused network in narrow arithmetic: what layers read and store is rounded to float16 or bfloat16.

The model: features, coordinates z and scores are rounded to the narrow format F, as they are read, as they are stored, both
or not at all; all scores read the same z. Weights and biases are numbers of F. Dot products, the bias included, are those
of float32: products exact or rounded, sums in float32 in any order, fused or not. Numbers below float32's normal ones may
become 0, in bfloat16 too; float16 underflows gradually. Not covered: sums rounded to F before the bias is added.

The proof is in docs/soundness.md, "Narrow arithmetic". Rounded features are real features of a ball that is a little larger:
`‖fl(x) − x_i‖_p ≤ (1 + u) ρ + u ‖x_i‖_p + η d^(1/p)` where `‖x − x_i‖_p ≤ ρ`. Coordinates and scores err by `u |z|` and
`u |a_t(z)|` more, and η.
"""

from dataclasses import replace

import numpy as np

from logwidth.certify.forms.fused import FusedForm
from logwidth.certify.leads.first_layer import SLOP, FirstLayer
from logwidth.errors import InputError, did_you_mean
from logwidth.rounding import FloatFormat
from logwidth.types import FloatArray

TWICE = 1 + 2.0**-12  # a number rounded to float32 first, and then to F: (1 + 2^-24)(1 + u) - 1 is less than this times u
FLUSHED = 2.0**-124  # more than what a product and a sum lose where float32's subnormal numbers become 0
FORMATS = {
    "float16": FloatFormat("float16", 2.0**-11 * TWICE, 2.0**-24, 65504.0, 2.0**-14),
    "bfloat16": FloatFormat("bfloat16", 2.0**-8 * TWICE, FLUSHED, 2.0**127, 2.0**-126),
}


def narrow_form(form: FusedForm, arithmetic: str) -> FusedForm:
    """Return the form of a fused network with the bounds of narrow arithmetic.

    Raises InputError for another format, or where a weight, a bias or a label value is no number of it.
    """
    if arithmetic not in FORMATS:
        known = f"{did_you_mean(arithmetic, FORMATS)}; known are: {', '.join(FORMATS)}"
        raise InputError(f"unknown arithmetic {arithmetic!r}{known}")
    if form.first.format.name != "float32":
        raise InputError(f"arithmetic in {arithmetic} is covered for networks in float32, not in {form.first.format.name}")
    stored = form.first.T if form.first.scales is None else form.first.T / form.first.scales  # what the file holds
    parts = (stored, form.first.b, form.pieces.weights, form.pieces.biases, form.values)
    if not all(_holds(part, arithmetic) for part in parts):
        raise InputError(f"a weight, a bias or a label value is no number of {arithmetic}; fuse with --storage {arithmetic}")
    flushed = replace(form.first.format, tiny=FLUSHED)
    return replace(form, first=replace(form.first, format=flushed, narrow=FORMATS[arithmetic]))


def _holds(numbers: FloatArray, arithmetic: str) -> bool:
    """Return whether all numbers are finite ones of the format, none of them subnormal in float32."""
    if arithmetic == "float16":
        with np.errstate(over="ignore"):
            return bool((numbers.astype(np.float16).astype(np.float64) == numbers).all())
    single = numbers.astype(np.float32)
    whole = (single == numbers).all() and not (single.view(np.uint32) & 0xFFFF).any() and np.isfinite(single).all()
    return bool(whole and (np.abs(single[single != 0]) >= np.finfo(np.float32).smallest_normal).all())


def radius_of_rounded(form: FusedForm, points: FloatArray, norm: float, radius: float) -> FloatArray:
    """Return, per point `(n, d)`, the radius of a ball that holds all rounded features of its ball of `radius`."""
    unit, shift = _shift(form.first, points, norm)
    return ((1 + unit) * radius + shift) * SLOP


def radius_before_rounding(form: FusedForm, points: FloatArray, norm: float, radii: FloatArray) -> FloatArray:
    """Return, per point, a radius whose ball stays within `radii` `(n,)` when features are rounded (−1: none)."""
    unit, shift = _shift(form.first, points, norm)
    found = (radii - shift * SLOP) / ((1 + unit) * SLOP**2)
    return np.where((radii > 0) & (found > 0), found, -1.0)


def _shift(first: FirstLayer, points: FloatArray, norm: float) -> tuple[float, FloatArray]:
    """Return u, and `u ‖x_i‖_p + η d^(1/p)` from above; rows are scaled first, so that no power under- or overflows.

    Of features that the file reads undivided, rounding loses η where they are read.
    """
    narrow = first.narrow
    assert narrow is not None
    tiny = narrow.tiny * (1.0 if first.scales is None else max(1.0, float((1 / first.scales).max())))
    largest = np.abs(points).max(axis=1, initial=0.0)
    scaled = points / np.where(largest > 0, largest, 1.0)[:, None]
    lengths = np.linalg.norm(scaled, ord=norm, axis=1) * largest * SLOP
    return narrow.unit, narrow.unit * lengths + tiny * points.shape[1] ** (1 / norm) * SLOP
