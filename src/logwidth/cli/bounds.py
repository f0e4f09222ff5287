"""`logwidth bounds`: what the worst case allows."""

from typing import Annotated

import typer

from logwidth.cli.ranks import shortened_down, shortened_up
from logwidth.cli.screen import Explain, Json, Norm, Quiet, Screen, Seed
from logwidth.cli.tables import table
from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.report.explain import explain_bounds
from logwidth.theory import Diagram, diagram

HEADER = ("k", "map\nrank", "possible\nup to", "impossible\nfrom", "because of", "paper:\npossible", "paper:\nimpossible")
MOST_WIDTHS = 2_000


def bounds(
    n: Annotated[int, typer.Option("--n", help="Number of samples.")],
    d: Annotated[int, typer.Option("--d", help="Number of features.")],
    norm: Norm = "2",
    k: Annotated[str | None, typer.Option("--k", help="Widths: K, A:B or K,L,… (default: a selection up to d + 6).")] = None,
    explain: Explain = False,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Print which ratios 2σ/δ (δ in ℓ2) all data sets of these sizes allow at a width, and which some of them refuse."""
    del seed  # nothing here is random; every command takes the option
    screen = Screen(as_json=as_json, quiet=quiet)
    found = diagram(n, d, norm, None if k is None else _widths(k))
    result = {"n": n, "d": d, "norm": norm_name(found.norm), "rows": found.rows()}
    title = f"ratio 2σ/δ: {n:,} samples, {d:,} features, ℓ{norm_name(found.norm)}"
    screen.result(result, table(title, HEADER, _rows(found)), explain_bounds(found) if explain else ())
    return 0


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
