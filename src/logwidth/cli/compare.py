"""`logwidth compare`: the constructions side by side."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.screen import DATA_HELP, Json, Label, Labels, Quiet, Scale, Screen, Seed, table
from logwidth.dataset import load
from logwidth.export import write_file
from logwidth.norms import norm_name, parse_norm
from logwidth.pipeline import compare as side_by_side
from logwidth.pipeline import comparison_summary
from logwidth.report import COMPARISON_HEADER, comparison_figure, comparison_rows, skipped_lines


def compare(
    data: Annotated[str, typer.Argument(help=DATA_HELP)],
    ratio: Annotated[float, typer.Option(help="2·radius/δ, between 0 and 1.")] = 0.9,
    norm: Annotated[str, typer.Option(help="1, 2, inf or any real p >= 1.")] = "2",
    constructions: Annotated[str | None, typer.Option(help="Names separated by commas (default: all).")] = None,
    width: Annotated[int | None, typer.Option(help="Largest width allowed.")] = None,
    trained: Annotated[bool, typer.Option(help="Add a perceptron trained against attacks (extra torch).")] = False,
    figure: Annotated[Path | None, typer.Option(help="Draw the comparison: a .png, .svg or .pdf file.")] = None,
    label: Label = None,
    labels: Labels = None,
    scale: Scale = 1.0,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Set the constructions side by side on DATA: width, depth, weights, what is certified, and what it costs."""
    screen = Screen(as_json=as_json, quiet=quiet)
    power = parse_norm(norm)
    dataset = load(data, label=label, labels=labels, scale=scale)
    names = None if constructions is None else [name.strip() for name in constructions.split(",") if name.strip()]
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
        )
    title = f"{dataset.name}: {dataset.n_samples:,} samples, l{norm_name(power)}, ratio {ratio:g}"
    if figure is not None:
        screen.note(f"written: {write_file(figure, comparison_figure(rows, title, figure.suffix))}")
    text = table(title, COMPARISON_HEADER, comparison_rows(rows))
    text.columns[0].no_wrap = True
    screen.result(comparison_summary(dataset, ratio, power, rows), text)
    for line in skipped_lines(rows):
        screen.note(line)
    return 0
