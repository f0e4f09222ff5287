"""`logwidth radius`: how large can the balls be?"""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.ranks import (
    HEADER,
    FigurePath,
    Ranks,
    curve,
    curve_rows,
    draw_curve,
    parse_ranks,
    shortened_down,
    shortened_up,
)
from logwidth.cli.reading import Reading, with_options
from logwidth.cli.resources import Resources
from logwidth.cli.screen import Data, Explain, Norm, Screen, check_figure
from logwidth.cli.tables import table
from logwidth.errors import InputError
from logwidth.norms import parse_norm
from logwidth.pipeline import ratio_bracket
from logwidth.report.explain.results import explain_radius


@with_options
def radius(
    data: Data,
    width: Annotated[int | None, typer.Option(help="Units of the widest layer.")] = None,
    norm: Norm = "2",
    ranks: Ranks = None,
    figure: FigurePath = None,
    out: Annotated[
        Path | None, typer.Option(help="Keep maps and certificates of --ranks in this folder; a killed run goes on from it.")
    ] = None,
    explain: Explain = False,
    *,
    reading: Reading,
    resources: Resources,
    screen: Screen,
    seed: int,
) -> int:
    """Bracket the largest ratio 2σ/δ that a width reaches on DATA; with --ranks, the whole curve."""
    power = parse_norm(norm)
    if (width is None) == (ranks is None):
        raise InputError("give either --width W or --ranks A:B")
    check_figure(figure)
    dataset = reading.load(data, screen)
    if ranks is not None:
        if explain:
            raise InputError("--explain is for one width; docs/theory.md explains the curve")
        with resources.given_to(dataset):
            rows = curve(screen, dataset, parse_ranks(ranks, dataset.n_features), power, seed, out)
        screen.result(
            {"ranks": [dict(row) for row in rows]}, table(f"logwidth radius {dataset.name}", HEADER, curve_rows(rows))
        )
        draw_curve(screen, dataset, rows, figure)
        return 0
    if figure is not None or out is not None:
        raise InputError("--figure and --out are for the curve of --ranks A:B; name the ranks")
    assert width is not None
    with resources.given_to(dataset), screen.progress() as bars:
        bracket = ratio_bracket(dataset, width, norm=power, rng=seed, progress=bars)
    row = (str(width), str(bracket.map_rank), shortened_down(bracket.lower), shortened_up(bracket.upper))
    title = f"logwidth radius {dataset.name}: ratio 2σ/δ"
    screen.result(
        bracket.summary(),
        table(title, ("width", "map rank", "reached ≥", "possible ≤"), [row]),
        explain_radius(bracket.summary(), bracket.certificate) if explain else (),
    )
    return 0
