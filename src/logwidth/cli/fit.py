"""`logwidth fit`: the main job."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.screen import DATA_HELP, Json, Label, Labels, Quiet, Scale, Screen, Seed, exit_status, table
from logwidth.dataset import load
from logwidth.errors import InputError
from logwidth.export import check_writable
from logwidth.norms import parse_norm
from logwidth.pipeline import LINE, Run, memorize
from logwidth.report import summary_rows

DEFAULT_RATIO = 0.9


def fit(
    data: Annotated[str, typer.Argument(help=DATA_HELP)],
    norm: Annotated[str, typer.Option(help="1, 2, inf or any real p >= 1.")] = "2",
    ratio: Annotated[float | None, typer.Option(help="2·radius/δ, between 0 and 1 (default 0.9).")] = None,
    radius: Annotated[float | None, typer.Option(help="Radius σ of the balls, instead of --ratio.")] = None,
    width: Annotated[int | None, typer.Option(help="Largest width allowed; the narrower form is used if needed.")] = None,
    construction: Annotated[str | None, typer.Option(help="Construction (default: the shallowest that fits).")] = None,
    pieces: Annotated[
        str, typer.Option(help="What decides: 'all' samples, a 'cover' of them, or the 'least' pieces that moving reaches.")
    ] = "least",
    dtype: Annotated[str, typer.Option(help="float32 or float64: the network's format.")] = "float32",
    out: Annotated[Path | None, typer.Option(help="Run directory to write (default runs/NAME).")] = None,
    bracket: Annotated[bool, typer.Option(help="Also bound the width from below.")] = True,
    checkpoint: Annotated[Path | None, typer.Option(help="File from which a killed search for the map goes on.")] = None,
    label: Label = None,
    labels: Labels = None,
    scale: Scale = 1.0,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Compile DATA into a narrow ReLU network that provably answers right on every ball, and certify it."""
    if ratio is not None and radius is not None:
        raise InputError("give either --ratio or --radius, not both")
    if ratio is None and radius is None and construction != LINE:
        ratio = DEFAULT_RATIO
    screen = Screen(as_json=as_json, quiet=quiet)
    power = parse_norm(norm)
    dataset = load(data, label=label, labels=labels, scale=scale)
    target = check_writable(out if out is not None else Path("runs") / dataset.name)
    with screen.progress() as bars:
        run = memorize(
            dataset,
            ratio=ratio,
            radius=radius,
            norm=power,
            width=width,
            construction=construction,
            dtype=dtype,
            rng=seed,
            bracket=bracket,
            checkpoint=checkpoint,
            pieces=pieces,
            progress=bars,
        )
    if run.certificate.holds:
        run.save(target)
    screen.result(run.summary, table(f"logwidth fit {dataset.name}", ("", "quantity", "value"), summary_rows(run.summary)))
    _conclude(screen, run, target)
    return exit_status(run.summary["falsified"], run.summary["undecided"])


def _conclude(screen: Screen, run: Run, target: Path) -> None:
    if run.certificate.holds:
        screen.note(f"written: {target}   check it with: logwidth check {target}")
        return
    summary = run.summary
    reached = max(summary["radius_lower_min"], 0.0) * 2 / summary["delta"]
    reason = f" ({run.certificate.reason})" if run.certificate.reason else ""
    advice = [] if summary["dtype"] == "float64" else ["--dtype float64"]
    if reached > 0:
        advice.insert(0, f"--ratio {reached * 0.99:.4g}")
    if summary["map_rank"] < summary["n_features"]:
        advice.append("a larger --width")
    screen.note(
        f"nothing written: {summary['undecided']} samples are undecided and {summary['falsified']} falsified in "
        f"{summary['dtype']}{reason}; try {' or '.join(advice) or 'a smaller --ratio'}"
    )
