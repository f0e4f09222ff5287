"""The block structure of a sawtooth network, drawn from its layers: one sample's block, and one coordinate's within it."""

from collections.abc import Sequence
from typing import Any

from logwidth.certify import UnrecognisedNetworkError, recognise
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.report.drawing import checked_suffix, figure_bytes, new_figure

KNOWN = {-1.0: "−1", 0.5: "½", -0.5: "−½"}
COLOURS = {"k": "tab:purple", "A": "tab:green"} | dict.fromkeys("qpt", "tab:orange") | dict.fromkeys("z…", "lightgray")
MOST = 5
SYMBOLS = {"k": "κ", "up": "u⁺", "down": "u⁻"}


def block_figure(network: ReluNetwork, suffix: str = ".png") -> bytes:
    """Return the figure of the second sample's block of layers as the bytes of a .png, .svg or .pdf file.

    Above the whole block (Figure 4 of the paper), below the distance block of one coordinate with its weights and biases
    (Figure 5). Circles are units, lines are nonzero weights, both read off the stored layers; the carried coordinates are
    one node z, whose copy is the grey line. From the second sample on all blocks have this form.

    Raises InputError for any other network, MissingExtraError without matplotlib (extra `plot`).
    """
    checked_suffix(suffix)
    try:
        form = recognise(network)
    except UnrecognisedNetworkError as problem:
        raise InputError(f"this is not a network whose blocks can be drawn: {problem}") from problem
    m, terms = form.first.m, getattr(form, "terms", None)
    if form.name != "sawtooth" or terms is None:
        raise InputError(f"blocks are drawn of sawtooth networks, not of the form {form.name}")
    names = unit_names(m, terms)
    start = m * (terms + 2) + 2
    depth = len(names)
    shown = _shown(m, terms + 2)
    figure = new_figure(max(9.0, 0.62 * sum(len(part) for part in shown)), 8.4)
    whole, one = figure.subplots(2, 1, height_ratios=(1.0, 1.35))
    block, x = network.hidden[start : start + depth], 0
    for part in shown:
        _draw(whole, block[part.start : part.stop], names[part.start : part.stop], (m, x), spell=False)
        x += len(part) + 1
    _frame(whole, x - 1)
    whole.set_title(
        f"one sample: {m} distance blocks of K + 2 = {terms + 2} layers, then bump, difference and minimum\n"
        f"(layers {start + 1:,} to {start + depth:,} of {network.depth:,})"
    )
    j = min(1, m - 1)
    inner = slice(j * (terms + 2), (j + 1) * (terms + 2) + 1)
    _draw(one, block[inner], names[inner], (m, 0), spell=True)
    _frame(one, terms + 3)
    one.set_title(f"the distance block of coordinate {j + 1}: |z − c| clipped, then {terms} terms of its square added to A")
    return figure_bytes(figure, suffix)


def unit_names(m: int, terms: int) -> list[list[str]]:
    """Return the units beside z of every layer of a sample's block, in their order; the first sample has none named k.

    >>> unit_names(1, 1)
    [['k', 'up', 'down'], ['k', 'q'], ['k', 'A', 'p', 't'], ['k', 'e'], ['k', 'h'], ['k']]
    """
    names = []
    for j in range(m):
        total = ["A"] if j else []
        names += [["k", *total, "up", "down"], ["k", *total, "q"], *[["k", "A", "p", "t"]] * terms]
    return [*names, ["k", "e"], ["k", "h"], ["k"]]


def _shown(m: int, block: int) -> list[range]:
    """Return the layers of a sample's block that are drawn: all, or the first two and the last coordinate and the end."""
    total = m * block + 3
    return [range(total)] if m <= MOST else [range(2 * block), range((m - 1) * block, total)]


def _frame(axes: Any, length: int) -> None:
    axes.set_ylim(4.75, -0.6)
    axes.set_xlim(-1.5, length - 0.4)
    axes.set_axis_off()


def _draw(
    axes: Any, layers: Sequence[AffineLayer], names: Sequence[Sequence[str]], frame: tuple[int, int], *, spell: bool
) -> None:
    """Draw consecutive layers from `x = frame[1]` on, after the node of the `m = frame[0]` coordinates they read."""
    m, begin = frame
    _node(axes, begin - 1, 0, "z" if begin == 0 else "…")
    for x, (layer, units) in enumerate(zip(layers, names, strict=True), start=begin):
        carried = layer.n_outputs - len(units)
        if carried:
            _node(axes, x, 0, "z")
            axes.plot([x - 1, x], [0, 0], color="lightgray", linewidth=4, zorder=0)
        for place, unit in enumerate(units, start=1):
            _node(axes, x, place, unit)
            row = layer.row(carried + place - 1)
            inner = {column: weight for column, weight in row.items() if x > begin or column < m}
            _edges(axes, x, place, inner, m, spell=spell)
            bias = float(layer.bias[carried + place - 1])
            if spell and bias:
                axes.text(
                    x, place + 0.3, f"{_number(bias, signed=True)}", ha="center", va="top", fontsize=8, color="tab:red"
                )


def _edges(axes: Any, x: int, place: int, row: dict[int, float], m: int, *, spell: bool) -> None:
    for number, (column, weight) in enumerate(sorted(row.items())):
        source = 0 if column < m else column - m + 1
        straight = source == place and weight == 1.0
        axes.plot([x - 1, x], [source, place], color="silver" if straight else "dimgray", linewidth=1, zorder=1)
        if spell and not straight:
            share = 0.38 + 0.16 * (number % 3)
            where = (x - 1 + share, source + share * (place - source))
            text = _number(weight, signed=False) + (" z" if column < m else "")
            box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
            axes.text(*where, text, ha="center", va="center", fontsize=8, bbox=box, zorder=2)


def _node(axes: Any, x: int, place: int, name: str) -> None:
    colour = COLOURS.get(name, "tab:blue")
    axes.plot([x], [place], "o", color=colour, markersize=17, zorder=3)
    dark = "black" if name in ("z", "…") else "white"
    axes.text(x, place, SYMBOLS.get(name, name), ha="center", va="center", fontsize=8, color=dark, zorder=4)


def _number(value: float, *, signed: bool) -> str:
    """Return a short name of a weight: fractions with a power of two below stay fractions.

    >>> _number(-0.125, signed=False), _number(0.25, signed=True), _number(2.0, signed=True)
    ('−1/8', '+1/4', '+2')
    """
    if value in KNOWN:
        text = KNOWN[value]
    else:
        top, below = abs(value).as_integer_ratio()
        size = f"{top}/{below}" if 1 < below <= 2**20 and top == 1 else f"{abs(value):.4g}"
        text = ("−" if value < 0 else "") + size
    return text if value < 0 or not signed else "+" + text
