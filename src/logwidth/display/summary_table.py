"""The table that `fit` prints: asked, built, what the paper would need, what is provably needed."""

from collections.abc import Mapping
from typing import Any

from logwidth.display.numbers import down

NOT_COMPUTED = "not computed"


def summary_rows(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return rows (heading, quantity, value) of the summary's numbers, in reading order; computes nothing.

    >>> summary_rows({"paper_width": 70})[-1]
    ('provably needed', 'width', 'not computed')
    >>> summary_rows({"width": 6, "map_rank": 3, "map_ratio_lower": 0.9999999})[5]
    ('', 'width', '6   (map of rank 3 keeping 0.999999 of δ)')
    """
    value = _Reader(summary)
    return [
        ("asked", "data", f"{value('n_samples')} samples, {value('n_features')} features, {value('n_classes')} classes"),
        ("", "norm", f"l{value('norm')}"),
        ("", "ratio 2σ/δ", value("ratio")),
        ("", "radius σ", f"{value.lower('radius')}   (δ = {value.lower('delta')})"),
        *_scaled_rows(summary, value),
        *_reject_rows(summary),
        ("built", "construction", f"{value('construction')} in {value('dtype')}{_route(summary)}"),
        ("", "width", f"{value('width')}   ({_map(summary, value)})"),
        ("", "depth", value("depth")),
        *_reference_rows(summary, value),
        ("", "nonzero weights", value("n_nonzero")),
        ("", "stored bits", f"{value('total_bits')}   ({value('n_entries')} weights and biases, zero or not)"),
        ("", "pieces", value("n_pieces")),
        *_own_rows(summary, value),
        ("", "certified", f"{value('certified')} of {value('n_samples')}"),
        ("", "falsified", value("falsified")),
        ("", "undecided", value("undecided")),
        ("the paper's Theorem 4.2", "width d + 6", value("paper_width")),
        ("", "depth", value("paper_depth")),
        ("provably needed", "width", f"{value('width_lower')}{_least(summary)}"),
        *_pieces_rows(summary, value),
    ]


def _scaled_rows(summary: Mapping[str, Any], value: "_Reader") -> list[tuple[str, str, str]]:
    """Say what the radius means in features that were not divided by their scales."""
    if summary.get("feature_scales") is None:
        return []
    widest, narrowest = max(summary["radius_per_feature"]), min(summary["radius_per_feature"])
    return [
        (
            "",
            "features divided by",
            f"{min(summary['feature_scales']):g} to {max(summary['feature_scales']):g}, powers of two",
        ),
        (
            "",
            "radius in the data's units",
            f"{value.lower('radius_unscaled')}; one feature alone: {down(narrowest)} to {down(widest)}",
        ),
        ("", "the network file takes", value("file_takes")),
    ]


def _reject_rows(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Say where the network gives no label, and what it returns there."""
    reject = summary.get("reject")
    if reject is None:
        return []
    return [("", "none beyond", f"{reject['radius']:.6g} from all samples   (the output is {reject['value']:g} there)")]


def _least(summary: Mapping[str, Any]) -> str:
    """Return, where a certified network is as narrow as is needed, that this is the least width of the data set."""
    return f"   ({least_width_known(summary)})" if least_width_known(summary) else ""


def least_width_known(summary: Mapping[str, Any]) -> str:
    """Return the sentence that the least width is known, nothing where it is not: both ends meet in a certified network.

    >>> least_width_known({"width": 16, "width_lower": 16, "certified": 1797, "n_samples": 1797})
    'the least width of this data set is 16'
    >>> least_width_known({"width": 16, "width_lower": 16, "certified": 1796, "n_samples": 1797})
    ''
    """
    width, samples = summary.get("width"), summary.get("n_samples")
    known = type(width) is int and summary.get("width_lower") == width and summary.get("certified") == samples is not None
    return f"the least width of this data set is {width}" if known else ""


def _map(summary: Mapping[str, Any], value: "_Reader") -> str:
    if summary.get("construction") == "folded":
        return f"{value('map_rank')} coordinates behind folds; linear ones keep {value.lower('map_ratio_lower')} of δ"
    return f"map of rank {value('map_rank')} keeping {value.lower('map_ratio_lower')} of δ"


def _pieces_rows(summary: Mapping[str, Any], value: "_Reader") -> list[tuple[str, str, str]]:
    if summary.get("boxes_lower") is not None:
        return [("", "boxes, class by class", value("boxes_lower"))]
    if summary.get("pieces_lower") is None:
        return []
    return [("", "pieces, with this first layer", value("pieces_lower"))]


def _own_rows(summary: Mapping[str, Any], value: "_Reader") -> list[tuple[str, str, str]]:
    if "radius_mode" not in summary:
        return []
    radii = " / ".join(value(f"radius_lower_{name}") for name in ("min", "median", "max"))
    return [
        ("", "each sample's own radius", f"{radii}   (least / median / largest)"),
        ("", "of half its own distance", f"{value('own_share_median')} (median)"),
    ]


def _reference_rows(summary: Mapping[str, Any], value: "_Reader") -> list[tuple[str, str, str]]:
    if "voronoi_depth" not in summary:
        return []
    factor = summary["depth"] / summary["voronoi_depth"]
    same = f"width {value('voronoi_width')}, depth {value('voronoi_depth')}: {factor:,.0f} times shallower"
    return [("", "depth by its formula", value("formula_depth")), ("", "same guarantee, register", same)]


def _route(summary: Mapping[str, Any]) -> str:
    return ", built for the l2 balls around the balls" if summary.get("route") == "l2 balls" else ""


class _Reader:
    def __init__(self, summary: Mapping[str, Any]) -> None:
        self.summary = summary

    def __call__(self, name: str) -> str:
        found = self.summary.get(name)
        if found is None:
            return NOT_COMPUTED
        if isinstance(found, bool) or not isinstance(found, int | float):
            return str(found)
        return f"{found:,}" if isinstance(found, int) else f"{found:.6g}"

    def lower(self, name: str) -> str:
        """Return a lower bound with six digits, rounded down."""
        found = self.summary.get(name)
        return down(found) if isinstance(found, float) else self(name)
