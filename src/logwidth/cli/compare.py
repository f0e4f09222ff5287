"""`logwidth compare`: the constructions side by side."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.reading import Reading, with_options
from logwidth.cli.screen import Data, Norm, Screen, check_figure
from logwidth.cli.tables import table
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm
from logwidth.pipeline import compare as side_by_side
from logwidth.pipeline import comparison_summary, pareto_front
from logwidth.pipeline.request import Request
from logwidth.report import (
    COMPARISON_HEADER,
    PARETO_HEADER,
    comparison_figure,
    comparison_rows,
    finished_line,
    pareto_figure,
    pareto_rows,
    skipped_lines,
)
from logwidth.separation import DEFAULT_RATIO
from logwidth.train import require_torch


@with_options
def compare(
    data: Data,
    ratio: Annotated[float, typer.Option(help="2·radius/δ, between 0 and 1.")] = DEFAULT_RATIO,
    norm: Norm = "2",
    constructions: Annotated[str | None, typer.Option(help="Names separated by commas (default: all).")] = None,
    width: Annotated[int | None, typer.Option(help="Largest width allowed.")] = None,
    trained: Annotated[
        bool, typer.Option("--trained", help="Add a perceptron trained against attacks (extra torch).")
    ] = False,
    pareto: Annotated[
        bool, typer.Option("--pareto", help="Width against depth: certified networks of the same pieces.")
    ] = False,
    pieces: Annotated[str, typer.Option(help="With --pareto, what decides: 'all', 'cover' or 'least'.")] = "cover",
    figure: Annotated[Path | None, typer.Option(help="Draw the comparison: a .png, .svg or .pdf file.")] = None,
    *,
    reading: Reading,
    screen: Screen,
    seed: int,
) -> int:
    """Set the constructions side by side on DATA: width, depth, weights, what is certified, and what it costs."""
    power = parse_norm(norm)
    check_figure(figure)
    if trained:
        require_torch()
    dataset = reading.load(data, screen)
    names = None if constructions is None else [name.strip() for name in constructions.split(",") if name.strip()]
    title = f"{dataset.name}: {dataset.n_samples:,} samples, l{norm_name(power)}, ratio {ratio:g}"
    if pareto:
        if trained or names is not None or width is not None:
            raise InputError("--pareto chooses the constructions: leave out --constructions, --width and --trained")
        request = Request(ratio=ratio, norm=power, rng=seed, pieces=pieces)
        return _front(screen, dataset, request, title, figure)
    with screen.progress() as bars:
        rows = side_by_side(
            dataset,
            ratio=ratio,
            norm=power,
            constructions=names,
            width=width,
            rng=seed,
            trained=trained,
            progress=bars,
            finished=lambda row: screen.note(finished_line(row)) if row.applicable and not screen.quiet else None,
        )
    text = table(title, COMPARISON_HEADER, comparison_rows([row for row in rows if row.status == "built"]))
    screen.result(comparison_summary(dataset, ratio, power, rows), text)
    for line in skipped_lines(rows):
        screen.remark(line)
    screen.draw(figure, partial(comparison_figure, rows, title))
    return 0


def _front(screen: Screen, data: Dataset, request: Request, title: str, figure: Path | None) -> int:
    """Print and draw the certified networks among which width buys depth."""
    with screen.progress() as bars:
        rows = pareto_front(data, request, progress=bars)
    summary = comparison_summary(data, request.ratio or 0.0, request.norm, rows)
    screen.result(summary, table(title, PARETO_HEADER, pareto_rows(rows)))
    screen.draw(figure, partial(pareto_figure, rows, title))
    return 0 if rows else 3
