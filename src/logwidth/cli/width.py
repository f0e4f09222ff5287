"""`logwidth width`: how narrow can it be?"""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from logwidth.cli.earlier import Force, check_replaceable, quoted, request_of
from logwidth.cli.ranks import HEADER, FigurePath, Ranks, curve, curve_rows, draw_curve, parse_ranks
from logwidth.cli.reading import Reading, with_options
from logwidth.cli.resources import Resources
from logwidth.cli.screen import Data, Explain, Norm, Screen, check_figure
from logwidth.cli.tables import table
from logwidth.errors import InputError
from logwidth.export import check_writable
from logwidth.norms import parse_norm
from logwidth.pipeline import width_bracket
from logwidth.report.explain.results import explain_width
from logwidth.separation import DEFAULT_RATIO


@with_options
def width(
    context: typer.Context,
    data: Data,
    ratio: Annotated[float, typer.Option(help="2·radius/δ, between 0 and 1.")] = DEFAULT_RATIO,
    norm: Norm = "2",
    ranks: Ranks = None,
    figure: FigurePath = None,
    out: Annotated[Path | None, typer.Option(help="Write network and both certificates as a run directory.")] = None,
    force: Force = False,
    explain: Explain = False,
    *,
    reading: Reading,
    resources: Resources,
    screen: Screen,
    seed: int,
) -> int:
    """Bracket the width that DATA need at a ratio: a lower bound with its certificate, an upper bound with its network."""
    power = parse_norm(norm)
    check_figure(figure)
    dataset = reading.load(data, screen)
    wanted = None if ranks is None else parse_ranks(ranks, dataset.n_features)
    if figure is not None and wanted is None:
        raise InputError("--figure draws the curve of --ranks A:B; name the ranks")
    target, asked = None if out is None else check_writable(out), request_of(context)
    replaced = "" if target is None else check_replaceable(target, dataset, asked, force=force)
    given = partial(resources.given_to, dataset)
    with given(), screen.progress() as bars:
        bracket = width_bracket(dataset, ratio, norm=power, rng=seed, progress=bars)
    if target is not None:
        summary = replace(bracket.run.summary, asked={**asked, "data_sha256": dataset.sha256})
        replace(bracket.run, summary=summary).save(target)
        if replaced:
            screen.note(replaced)
        screen.note(f"written: {target}   check both ends with: logwidth check {quoted(target)}")
    result: dict[str, Any] = bracket.summary()
    title = f"logwidth width {dataset.name} at ratio {ratio:g}"
    found = table(title, ("", "at least", "at most"), bracket.facts()[1:])
    words = explain_width(result, bracket.run.summary, bracket.certificate) if explain else []
    if wanted is None:
        screen.result(result, found, words)
        return 0
    if not screen.as_json:
        screen.result(result, found)
    with given():
        rows = curve(screen, dataset, wanted, power, seed)
    screen.result(
        {**result, "ranks": [dict(row) for row in rows]}, table("ratio against rank", HEADER, curve_rows(rows)), words
    )
    draw_curve(screen, dataset, rows, figure)
    return 0
