"""The diagram of the worst case, with the run marked in it, and the explorer of other sizes."""

import math
from itertools import pairwise

from logwidth.display import number
from logwidth.norms import norm_name
from logwidth.report.page.markup import figure, paragraph, part, text
from logwidth.report.page.plot import HEIGHT, Plot, key
from logwidth.theory import Diagram

FLOOR = 1e-4
DECADES = 4
LEGEND = (
    ("possible", "possible for every data set of these sizes"),
    ("impossible", "impossible for some data set of these sizes"),
    ("unknown", "unknown"),
    ("line dashed", "the paper: possible below"),
    ("line dotted", "the paper: impossible above"),
)
SLIDERS = (("samples", "samples N"), ("features", "features d"), ("norm", "norm p"), ("width", "width k"))
WORDS = (
    "What every data set of given sizes allows, and what some data set refuses, against the width. The script looks numbers "
    "up in a table of what logwidth bounds prints, each moved to its safe side by less than 0.06 %. The picture is drawn, "
    "not proven."
)
INSTEAD = "The explorer needs JavaScript. The numbers: logwidth bounds."


def diagram_picture(found: Diagram, mark: tuple[int, float] | None) -> str:
    """Return a figure (HTML) of the diagram; `mark` is a width and a ratio 2σ/δ, δ in ℓ2.

    Between the widths of the diagram a bound is drawn where it is proven: what is possible at a width is so at larger ones,
    what is impossible is so at smaller ones.
    """
    widths = [float(k) for k in found.widths]
    end = 1.3 * widths[-1]
    plot = Plot(lambda k: math.log(k) / math.log(end), lambda v: 1 + math.log10(max(v, FLOOR)) / DECADES)
    possible = _rising(widths, found.possible.tolist(), end, later=False)
    impossible = _rising(widths, found.impossible.tolist(), end, later=True)
    plot.area([*possible, (end, FLOOR), (1, FLOOR)], "possible")
    plot.area([*possible, *reversed(impossible)], "unknown")
    plot.area([*impossible, (end, 1.0), (1, 1.0)], "impossible")
    plot.line(_rising(widths, found.paper_possible.tolist(), end, later=False), "dashed")
    plot.line(_rising(widths, found.paper_impossible.tolist(), end, later=True), "dotted")
    ticks = [k for k in (1, 3, 10, 30, 100, 300, 1_000, 10_000, 100_000) if k < 0.6 * found.n_features]
    plot.ticks(
        [(k, f"{k:,}") for k in [*ticks, found.n_features]],
        [(10.0**-e, "1" if e == 0 else f"{10.0**-e:g}") for e in range(DECADES + 1)],
    )
    shown = list(LEGEND)
    if mark is not None:
        plot.dots([mark], "run", 6.0)
        shown.append(("dot run", f"this run, for its own data: width {mark[0]}, ratio {number(mark[1])}"))
    sizes = f"{found.n_samples:,} samples, {found.n_features:,} features, ℓ{norm_name(found.norm)} balls"
    drawing = plot.svg(f"Worst case: {sizes}. Ratio 2σ/δ (upwards) against the width (across)", "width k", "ratio 2σ/δ")
    return figure(drawing + key(shown), _caption(sizes, mark))


def _rising(widths: list[float], values: list[float], end: float, *, later: bool) -> list[tuple[float, float]]:
    """Return the corners of the steps: up to the next width the value of this one, or (`later`) already the next one's."""
    corners = [(widths[0], values[0])]
    for (k, v), (after, w) in pairwise(zip(widths, values, strict=True)):
        corners += [(k, w) if later else (after, v), (after, w)]
    return [*corners, (end, values[-1])]


def _caption(sizes: str, mark: tuple[int, float] | None) -> str:
    words = (
        f"Ratio 2σ/δ (upwards, δ in ℓ2) against width, for every data set of these sizes: {sizes}; both axes logarithmic."
    )
    if mark is None:
        return f"{words} This run is not marked: its data could not be loaded, and δ in ℓ2 is not known."
    return (
        f"{words} The mark is this network, for these data: a map made for the data keeps much more than what every data "
        "set allows, so it may well lie where some other data set refuses."
    )


def explorer(n_samples: int, n_features: int, norm: str) -> str:
    """Return the explorer (HTML), which starts at the sizes of the table nearest to these."""
    rows = "".join(_slider(name, words) for name, words in SLIDERS)
    return (
        f"{paragraph(WORDS)}\n<noscript>{paragraph(INSTEAD)}</noscript>"
        f'<div id="explorer" hidden data-samples="{n_samples:d}" data-features="{n_features:d}" data-norm="{text(norm)}">'
        f'<div class="sliders" role="group" aria-label="Sizes">{rows}</div>'
        f'<figure><svg id="explorer-picture" viewBox="0 0 600 {HEIGHT}" role="img" aria-labelledby="explorer-says"></svg>'
        f'{key(LEGEND)}</figure><p id="explorer-says" aria-live="polite"></p></div>\n'
        f'<script type="application/json" id="atlas">{part("atlas.json").strip()}</script>\n'
        f"<script>\n{part('explorer.js')}</script>"
    )


def _slider(name: str, words: str) -> str:
    return (
        f'<label for="pick-{name}">{text(words)}</label><input type="range" id="pick-{name}" min="0" step="1">'
        f'<output for="pick-{name}" id="shown-{name}"></output>'
    )
