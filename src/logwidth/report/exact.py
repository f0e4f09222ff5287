"""The table of a run in exact numbers: asked, built, and what the formulas of its theorem say."""

from collections.abc import Mapping
from typing import Any

from logwidth.display import down


def explain_exact(summary: Mapping[str, Any]) -> list[str]:
    """Return paragraphs: what is built, what its sizes follow from, what the certificate rests on."""
    n, d = summary["n_samples"], summary["n_features"]
    return [
        "Theorem B.3 of Kim, Moon, Yun (NeurIPS 2025), docs/theory/lattice-paper.md. Scaled by 22 sqrt(d)/(9 delta) and "
        f"shifted, the {n:,} samples lie in unit cells whose walls no ball of ratio up to 1/(5 N sqrt(d)) reaches, "
        f"different classes in different cells; an axis has {summary['cells_per_axis']:,}. A net of width 5 · {d:,} "
        f"rounds down; the whole numbers make one key of {summary['key_bits']:,} bits.",
        "Keys and labels stand in about sqrt(N) numbers, a group in each. A memorizer of width 12 finds the group, reads "
        "its keys and labels digit by digit, three layers a digit, and returns the label whose key is the sample's.",
        "The certificate: on every ball each unit keeps its sign (whole numbers decide), until the state is one for all "
        "of it; the rest is evaluated for that state. The claim is about exact arithmetic; no float format could hold "
        f"numbers of {summary['bits_per_weight']:,} bits.",
    ]


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
        ("", "radius σ", f"{down(summary['radius'])}   (δ = {down(summary['delta'])})"),
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
