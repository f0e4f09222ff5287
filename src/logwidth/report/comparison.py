"""Constructions side by side, as a table and a figure; and what a fit tried, in one line."""

from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.report.drawing import checked_suffix, figure_bytes, new_figure

HEADER = ("built", "width", "depth", "weights", "bits", "radius ≥", "certified", "build s", "µs each")
PANELS = (
    ("width", "width", "linear"),
    ("depth", "depth", "log"),
    ("n_nonzero", "nonzero weights", "log"),
    ("total_bits", "stored bits", "log"),
    ("certified_radius", "certified radius", "log"),
    ("certified_fraction", "certified at σ", "linear"),
    ("seconds_build", "seconds to build", "log"),
    ("microseconds", "µs per prediction", "log"),
)


def comparison_rows(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return the rows of `compare` as text in the columns of HEADER, a dash where nothing is known.

    >>> comparison_rows([{"construction": "tower", "width": 3}])
    [('tower', '3', '–', '–', '–', '–', '–', '–', '–')]
    """
    forms = {
        "certified_radius": "{:.4g}",
        "certified_fraction": "{:.1%}",
        "seconds_build": "{:.2f}",
        "microseconds": "{:.1f}",
    }
    keys = [key for key, _, _ in PANELS]
    return [(str(row["construction"]), *(_text(row.get(key), forms.get(key, "{:,}")) for key in keys)) for row in rows]


def finished_line(row: Mapping[str, Any]) -> str:
    """Return what is said of a construction as soon as it is done.

    >>> finished_line({"construction": "line", "status": "built", "width": 3, "depth": 1200, "certified_fraction": 0.8})
    'line: width 3, depth 1,200, 80.0% certified'
    >>> finished_line({"construction": "list", "status": "skipped"})
    'list: not built'
    """
    if row["status"] == "skipped":
        return f"{row['construction']}: not built"
    width = f"width {row['width']:,}, " if row["width"] is not None else ""
    return f"{row['construction']}: {width}depth {row['depth']:,}, {row['certified_fraction']:.1%} certified"


def skipped_lines(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line of the constructions that are not made for such data, and one per other reason: its row's name and it.

    >>> rows = [{"construction": name, "applicable": False, "reason": "…"} for name in ("parallel", "manhattan")]
    >>> skipped_lines([*rows, {"construction": "list", "applicable": True, "reason": "no halfspace peels a class"}])
    ['not applicable here: parallel, manhattan', 'list: no halfspace peels a class']
    """
    other = [row["construction"] for row in rows if not row["applicable"]]
    listed = [f"not applicable here: {', '.join(other)}"] if other else []
    return [*listed, *(f"{row['construction']}: {row['reason']}" for row in rows if row["reason"] and row["applicable"])]


def comparison_figure(rows: Sequence[Mapping[str, Any]], title: str, suffix: str = ".png") -> bytes:
    """Return bars of every column of the comparison, one line per built construction, as bytes of a .png, .svg or .pdf file.

    Raises MissingExtraError without matplotlib (extra `plot`), InputError for another suffix.
    """
    checked_suffix(suffix)
    rows = [row for row in rows if row.get("width") is not None] or rows
    figure = new_figure(15.0, 1.6 + 0.42 * len(rows))
    panels = figure.subplots(1, len(PANELS), sharey=True)
    for axes, panel in zip(panels, PANELS, strict=True):
        _draw(axes, rows, panel)
    panels[0].set_yticks(range(len(rows)), [str(row["construction"]) for row in rows])
    panels[0].invert_yaxis()
    figure.suptitle(f"{title}   (blue: certified at σ on all samples, orange: on some, red: on none)", fontsize=11)
    return figure_bytes(figure, suffix)


def _draw(axes: Any, rows: Sequence[Mapping[str, Any]], panel: tuple[str, str, str]) -> None:
    key, name, scale = panel
    values = [row.get(key) for row in rows]
    known = [v for v in values if v]
    least = min(known, default=1.0) / 3 if scale == "log" else 0.0
    for place, value in enumerate(values):
        if value is None:
            axes.text(0.02, place, "skipped", color="gray", va="center", fontsize=8, transform=axes.get_yaxis_transform())
            continue
        axes.barh(place, max(value - least, 0.0), left=least, color=_colour(rows[place]), height=0.65)
        whole = isinstance(value, int) or value >= 100.0
        shown = _text(value, "{:.1%}" if key == "certified_fraction" else "{:,.0f}" if whole else "{:.3g}")
        axes.text(max(value, least), place, f" {shown}", va="center", fontsize=8)
    axes.set_xscale(scale)
    top = max(known, default=1.0)
    axes.set_xlim(least, top * ((top / least) ** 0.75 if scale == "log" else 1.45))
    axes.set_title(name, fontsize=9)
    axes.tick_params(labelsize=7)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)


def _colour(row: Mapping[str, Any]) -> str:
    fraction = row.get("certified_fraction")
    return "tab:blue" if fraction == 1.0 else "tab:red" if not fraction else "tab:orange"


def _text(value: Any, form: str) -> str:
    return "–" if value is None else form.format(value)


def tried_line(summary: Mapping[str, Any]) -> str:
    """Return which ways were tried, with how many samples each certified, and which one was taken.

    >>> ways = [{"construction": "register", "pieces": "all", "lanes": None, "certified": 0}]
    >>> ways.append({"construction": "cells", "pieces": "least", "lanes": None, "certified": 40})
    >>> tried_line({"tried": ways, "n_samples": 40, "construction": "cells", "certified": 40, "dtype": "float32"})
    'took cells, which certifies 40 of 40 in float32; tried before: register 0'
    """
    tried, certified, total = summary["tried"], summary["certified"], summary["n_samples"]
    taken = f"{summary['construction']}, which certifies {certified:,} of {total:,} in {summary['dtype']}"
    if certified == total:
        return f"took {taken}; tried before: {_ways(tried[:-1])}"
    return f"nothing certifies every sample; the most does {taken}; tried: {_ways(tried)}"


def _ways(tried: list[Mapping[str, Any]]) -> str:
    """Return each construction once, with the most samples that it certified by any kind of pieces."""
    most: dict[str, int] = {}
    for way in tried:
        name = way["construction"] or "the narrowest"
        most[name] = max(most.get(name, 0), way["certified"])
    return ", ".join(f"{name} {count:,}" for name, count in most.items())
