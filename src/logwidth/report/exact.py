"""The table of a run in exact numbers: asked, built, and what the formulas of its theorem say."""

from collections.abc import Mapping
from typing import Any


def exact_rows(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return rows (heading, quantity, value) of the numbers of a summary; computes nothing."""

    def beside(name: str) -> str:
        return f"{summary[name]:,}   (formula {summary[f'formula_{name}']:,})"

    return [
        (
            "asked",
            "data",
            f"{summary['n_samples']:,} samples, {summary['n_features']:,} features, {summary['n_classes']:,} classes",
        ),
        ("", "ratio 2σ/δ", f"{summary['ratio']:.6g} in l2"),
        ("", "radius σ", f"{summary['radius']:.6g}   (δ = {summary['delta']:.6g})"),
        ("built", "construction", f"{summary['construction']}, exact numbers"),
        ("", "width", beside("width")),
        ("", "depth", beside("depth")),
        ("", "bits of the longest number", beside("bits_per_weight")),
        ("", "entries", f"{summary['n_entries']:,}   (with layers of 12 throughout {summary['formula_entries']:,})"),
        ("", "nonzero entries", f"{summary['n_nonzero']:,}"),
        ("", "bits in all", f"{summary['total_bits']:,}"),
        ("", "cells an axis, bits a key", f"{summary['cells_per_axis']:,}, {summary['key_bits']:,}"),
        ("", "certified", f"{summary['certified']:,} of {summary['n_samples']:,}"),
        ("", "falsified", f"{summary['falsified']:,}"),
        ("", "undecided", f"{summary['undecided']:,}"),
    ]
