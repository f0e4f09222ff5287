"""What `width` and `radius` share: ranges of ranks, the curve, its figure."""

import math
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.screen import Screen
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline import Curve, ratio_curve
from logwidth.report import curve_figure

Ranks = Annotated[str | None, typer.Option("--ranks", metavar="A:B", help="The whole curve for these ranks, both included.")]
FigurePath = Annotated[Path | None, typer.Option("--figure", help="Draw the curve of --ranks: a .png, .svg or .pdf file.")]
HEADER = ("rank", "width", "found ≥", "ceiling ≤", "PCA", "random", "paper")


def parse_ranks(text: str, n_features: int) -> range:
    """Return the ranks `A, …, B` that 'A:B' names; InputError outside `1 ≤ A ≤ B ≤ d`."""
    try:
        first, last = (int(part) for part in text.split(":"))
    except ValueError:
        raise InputError(f"--ranks takes two whole numbers A:B, not {text!r}") from None
    if not 1 <= first <= last <= n_features:
        raise InputError(f"--ranks {text} is out of range: ranks run from 1 to the number of features, {n_features}")
    return range(first, last + 1)


def curve(screen: Screen, data: Dataset, ranks: range, norm: float, seed: int, out: Path | None = None) -> Curve:
    """Compute the curve, keep its evidence in the folder `out`, and return its rows."""
    with screen.progress() as bars:
        return ratio_curve(data, list(ranks), norm=norm, rng=seed, progress=bars, out=out)


def draw_curve(screen: Screen, data: Dataset, rows: Curve, figure: Path | None) -> None:
    """Write the figure of a curve whose rows were printed, if one is asked for."""
    screen.draw(figure, partial(curve_figure, rows, f"{data.name}: {data.n_samples} samples, {data.n_features} features"))


def curve_rows(rows: Curve) -> list[tuple[str, ...]]:
    """Return the rows of the curve as text; proven numbers keep their direction when they are shortened."""
    return [
        (
            str(row.map_rank),
            str(row.width),
            shortened_down(row.ratio_lower),
            shortened_up(row.ratio_upper),
            shortened_down(row.pca),
            shortened_down(row.random),
            shortened_down(row.paper),
        )
        for row in rows
    ]


def shortened_down(x: float | None) -> str:
    """Return `x` with five decimals, not above it; a dash where there is none."""
    if x is None:
        return "–"
    return f"{math.floor(x * 1e5) / 1e5:.5f}"


def shortened_up(x: float) -> str:
    """Return `x` with five decimals, not below it."""
    return f"{math.ceil(x * 1e5) / 1e5:.5f}"
