"""`width --explain` and `radius --explain`."""

from collections.abc import Mapping
from typing import Any

from logwidth.certify import LowerBound
from logwidth.display.numbers import down, number, up
from logwidth.report.explain.forms import form_of
from logwidth.report.explain.lower import explain_lower


def explain_width(bracket: Mapping[str, Any], run: Mapping[str, Any], proof: LowerBound | None) -> list[str]:
    """Return paragraphs on a bracket of the width.

    `bracket` holds both ends, `run` is the summary of the network at the upper end, `proof` the certificate of the lower.
    """
    upper = (
        f"At most {bracket['width_upper']}. A checked map of rank m = {bracket['rank_upper']} and the construction "
        f"{run['construction']}: {form_of(run['construction'])}. Certified on {run['certified']:,} of "
        f"{run['n_samples']:,} balls."
    )
    if bracket["width_lower"] == bracket["width_upper"]:
        upper += f" Both ends meet: the least width is {bracket['width_lower']}."
    return [
        f"Asked. Ratio 2 sigma / delta = {number(bracket['ratio'])}, so sigma = {down(run['radius'])} in "
        f"l{run['norm']}: the narrowest network that returns the label on every ball.",
        explain_lower(proof),
        upper,
        f"Rank. The least rank k* of a preserving map lies between {bracket['rank_lower']} and "
        f"{bracket['rank_upper']}; by T1 and T5d, k* <= least width <= k* + 1, so in exact arithmetic some network of "
        f"width {bracket['width_exists']} does it; how large it must be is another matter.",
    ]


def explain_radius(bracket: Mapping[str, Any], proof: LowerBound | None) -> list[str]:
    """Return paragraphs on a bracket of the ratio at a width; `proof` is of the upper end (None: the trivial ratio 1)."""
    k = bracket["width"]
    upper = (
        f"At most {up(bracket['ratio_upper'])}. {explain_lower(proof)}"
        if proof is not None
        else ("At most 1 (Fact 2): with as many units as features only balls that meet are excluded.")
    )
    return [
        f"At least {down(bracket['ratio_lower'])}. A searched map of rank {bracket['map_rank']} and a network of width "
        f"at most {k} on it, built and certified; the least proven radius of a sample counts.",
        upper,
    ]
