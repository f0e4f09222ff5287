"""`logwidth bounds`: what the worst case allows."""

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.ranks import shortened_down, shortened_up
from logwidth.cli.reading import with_options
from logwidth.cli.screen import Explain, Norm, Screen, check_figure
from logwidth.cli.tables import table
from logwidth.display import down
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm
from logwidth.report import parameters_figure
from logwidth.report.explain.results import explain_bounds, explain_parameters
from logwidth.theory import Cost, Diagram, diagram, parameter_costs

HEADER = ("k", "map\nrank", "possible\nup to", "impossible\nfrom", "because of", "paper:\npossible", "paper:\nimpossible")
COSTS = ("what", "says", "entries", "nonzero\nat most", "bits a\nweight", "bits\nin all")
MOST_WIDTHS = 2_000
DEFAULTS = (0.5, 2, 10.0)  # ratio, classes, spread


@with_options
def bounds(
    n: Annotated[int, typer.Option("--n", help="Number of samples.")],
    d: Annotated[int, typer.Option("--d", help="Number of features.")],
    norm: Norm = "2",
    k: Annotated[str | None, typer.Option("--k", help="Widths: K, A:B or K,L,… (default: a selection up to d + 6).")] = None,
    parameters: Annotated[
        bool, typer.Option("--parameters", help="Count entries and bits instead of widths, at the ratio of --ratio.")
    ] = False,
    ratio: Annotated[float | None, typer.Option(help="Ratio 2σ/δ of --parameters (default 0.5).")] = None,
    classes: Annotated[int | None, typer.Option(help="Number of classes of --parameters (default 2).")] = None,
    spread: Annotated[
        float | None, typer.Option(help="Largest distance of two samples over δ, for --parameters (default 10).")
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(help="Draw the bits of --parameters against ratio and N: .png, .svg or .pdf."),
    ] = None,
    explain: Explain = False,
    *,
    screen: Screen,
) -> int:
    """Print which ratios 2σ/δ (δ in ℓ2) all data sets of these sizes allow at a width, and which some of them refuse.

    With --parameters: how many stored numbers and bits memorization needs and takes at one ratio, in ℓ2.
    """
    if parameters:
        if k is not None or parse_norm(norm) != 2.0:
            raise InputError("--parameters counts numbers at one ratio in l2: give it without --k and --norm")
        check_figure(figure)
        return _costs(screen, n, d, (ratio, classes, spread), figure=figure, explain=explain)
    if (ratio, classes, spread, figure) != (None,) * 4:
        raise InputError("--ratio, --classes, --spread and --figure belong to --parameters; give it too")
    found = diagram(n, d, norm=norm, widths=None if k is None else _widths(k))
    result = {"n": n, "d": d, "norm": norm_name(found.norm), "rows": found.rows()}
    title = f"ratio 2σ/δ: {n:,} samples, {d:,} features, ℓ{norm_name(found.norm)}"
    screen.result(result, table(title, HEADER, _rows(found)), explain_bounds(found) if explain else ())
    return 0


def _costs(
    screen: Screen,
    n: int,
    d: int,
    asked: tuple[float | None, int | None, float | None],
    *,
    figure: Path | None,
    explain: bool,
) -> int:
    ratio, classes, spread = (default if value is None else value for value, default in zip(asked, DEFAULTS, strict=True))
    found = parameter_costs(n, d, ratio, int(classes), spread=spread)
    result = {"n": n, "d": d, "ratio": ratio, "classes": classes, "spread": spread, "rows": [asdict(cost) for cost in found]}
    title = f"stored numbers at ratio 2σ/δ = {ratio:g}: {n:,} samples, {d:,} features, {classes} classes, ℓ2"
    screen.draw(figure, partial(parameters_figure, n, d, ratio, int(classes), spread))
    screen.result(result, table(title, COSTS, [_cost(cost) for cost in found]), explain_parameters(found) if explain else ())
    return 0


def _cost(cost: Cost) -> tuple[str, ...]:
    numbers = (cost.entries, cost.nonzero, cost.bits_per_weight, cost.total_bits)
    side = cost.side if cost.applies else f"{cost.side}, up to ratio {down(cost.largest_ratio or 0.0)}"
    cells = ["" if number is None else shortened_count(number) for number in numbers]
    return (cost.name, side, *cells[:-1], cells[-1] or ("constant not stated" if cost.entries is None else ""))


def shortened_count(number: int) -> str:
    """Return a whole number with its thousands marked; from 10⁹ on with four digits, rounded up.

    >>> shortened_count(123456), shortened_count(31494044165)
    ('123,456', '3.150e10')
    """
    if number < 10**9:
        return f"{number:,}"
    power = len(str(number)) - 1
    digits = -(-number // 10 ** (power - 3))
    if digits == 10**4:
        digits, power = 10**3, power + 1
    return f"{digits // 1000}.{digits % 1000:03d}e{power}"


def _widths(text: str) -> list[int]:
    try:
        parts = [[int(end) for end in part.split(":")] for part in text.split(",")]
    except ValueError:
        parts = [[]]
    if any(len(part) not in (1, 2) or part[0] > part[-1] for part in parts):
        raise InputError(f"--k takes whole numbers K, ranges A:B, or several with commas, not {text!r}")
    if sum(part[-1] - part[0] + 1 for part in parts) > MOST_WIDTHS:
        raise InputError(f"--k {text} names more than {MOST_WIDTHS} widths; name fewer")
    return sorted({width for part in parts for width in range(part[0], part[-1] + 1)})


def _rows(found: Diagram) -> list[tuple[str, ...]]:
    return [
        (
            str(row["k"]),
            str(row["map_rank"]),
            shortened_down(float(row["possible"])),
            shortened_up(float(row["impossible"])),
            str(row["impossible_by"]),
            shortened_down(float(row["paper_possible"])),
            shortened_up(float(row["paper_impossible"])),
        )
        for row in found.rows()
    ]
