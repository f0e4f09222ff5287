"""`logwidth fit`: the main job."""

import io
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from logwidth.certify import CELLS, Outcome
from logwidth.cli.complete import construction_names
from logwidth.cli.earlier import Force, as_typed, check_replaceable, quoted, request_of
from logwidth.cli.exact import fit_exactly
from logwidth.cli.reading import Reading, with_options
from logwidth.cli.resources import Resources
from logwidth.cli.screen import Data, Explain, Norm, Screen, exit_status
from logwidth.cli.tables import table
from logwidth.construct import LATTICE_PAPER
from logwidth.dataset import Dataset, conflicts_allowed, outvoted_rows
from logwidth.errors import InputError, said
from logwidth.export import check_file, check_writable
from logwidth.norms import parse_norm
from logwidth.pipeline import LINE, Run, advice, forgotten_unless_killed, memorize, undecided
from logwidth.report import summary_rows, tried_line
from logwidth.report.explain.results import explain_run
from logwidth.separation import DEFAULT_RATIO, close_pairs, smallest_cover


@with_options
def fit(
    context: typer.Context,
    data: Data,
    norm: Norm = "2",
    ratio: Annotated[float | None, typer.Option(help=f"2·radius/δ, between 0 and 1 (default {DEFAULT_RATIO}).")] = None,
    radius: Annotated[
        str | None, typer.Option(help="Radius σ of the balls, instead of --ratio; 'max': each sample its own, proven.")
    ] = None,
    width: Annotated[int | None, typer.Option(help="Largest width allowed; the narrower form is used if needed.")] = None,
    construction: Annotated[
        str | None,
        typer.Option(help="Construction (default: the shallowest that fits).", autocompletion=construction_names),
    ] = None,
    pieces: Annotated[
        str, typer.Option(help="What decides: 'all' samples, a 'cover' of them, or the 'least' pieces that moving reaches.")
    ] = "least",
    lanes: Annotated[int | None, typer.Option(help="Running maxima per class: wider and shallower.")] = None,
    max_depth: Annotated[int | None, typer.Option(help="Most hidden layers; the narrowest network within them.")] = None,
    smallest: Annotated[
        bool,
        typer.Option("--smallest", help="The fewest nonzero weights, on a map of any rank, instead of the least width."),
    ] = False,
    fewest_bits: Annotated[
        bool, typer.Option("--fewest-bits", help="The fewest stored bits: a lattice, boxes, scores, whichever takes least.")
    ] = False,
    radius_per_feature: Annotated[
        str | None,
        typer.Option(
            help="In l-infinity, by boxes: a radius a feature (S1,S2,…), or 'cells': --ratio of every sample's cell."
        ),
    ] = None,
    onnx: Annotated[
        str, typer.Option(help="Form of the file: 'chain', 'scan', or 'auto': a chain up to 10,000 layers, Scan beyond.")
    ] = "auto",
    max_weight: Annotated[
        float | None,
        typer.Option(help="Largest weight or bias in the file, such as 65504: units are scaled by powers of two."),
    ] = None,
    reject: Annotated[
        float | None, typer.Option(metavar="R2", help="Give no label, but none, wherever all samples are farther than R2.")
    ] = None,
    effort: Annotated[
        str, typer.Option(help="How long searches for map and pieces go on: low, normal or high; guarantees are the same.")
    ] = "normal",
    dtype: Annotated[str, typer.Option(help="float32 or float64: the network's format.")] = "float32",
    out: Annotated[Path | None, typer.Option(help="Run directory to write (default runs/NAME).")] = None,
    force: Force = False,
    bracket: Annotated[bool, typer.Option(help="Also bound the width from below.")] = True,
    checkpoint: Annotated[Path | None, typer.Option(help="File from which a killed search for the map goes on.")] = None,
    drop_conflicts: Annotated[
        bool,
        typer.Option(
            "--drop-conflicts",
            help="Leave out a smallest set of samples that stands against --radius; with a ratio, against any.",
        ),
    ] = False,
    explain: Explain = False,
    *,
    reading: Reading,
    resources: Resources,
    screen: Screen,
    seed: int,
) -> int:
    """Compile DATA into a narrow ReLU network that provably answers right on every ball, and certify it.

    Killed or interrupted, the same command goes on where it was: long steps are kept in OUT.partial until it is done.
    """
    if ratio is not None and radius is not None:
        raise InputError("give either --ratio or --radius, not both")
    numbers = radius_per_feature not in (None, CELLS)
    if ratio is None and radius is None and construction not in (LINE, LATTICE_PAPER) and not numbers:
        ratio = DEFAULT_RATIO
    wanted = _radius(radius)
    power = parse_norm(norm)
    if checkpoint is not None:
        check_file(checkpoint)
    with conflicts_allowed() if drop_conflicts else nullcontext():
        dataset = reading.load(data, screen)
    target = check_writable(out if out is not None else Path("runs") / dataset.name)
    asked = request_of(context, ratio=ratio, radius=wanted)
    replaced = check_replaceable(target, dataset, asked, force=force)
    asked["data_sha256"] = dataset.sha256
    dropped: dict[str, Any] = {}
    if drop_conflicts:
        dataset, dropped = _without_conflicts(dataset, wanted, power)
    if construction == LATTICE_PAPER:
        return fit_exactly(screen, dataset, (ratio, wanted), target, (asked, replaced), explain=explain)
    records = target.with_name(f"{target.name}.partial")
    given = resources.given_to(dataset)
    wish: dict[str, Any] = {
        "ratio": ratio, "radius": wanted, "norm": power, "width": width, "construction": construction, "dtype": dtype,
        "rng": seed, "pieces": pieces, "lanes": lanes, "max_depth": max_depth, "smallest": smallest,
        "fewest_bits": fewest_bits, "radius_per_feature": _per_feature(radius_per_feature), "max_weight": max_weight,
        "reject": reject, "onnx": onnx, "effort": effort,
    }  # fmt: skip
    unwritten = ""
    try:
        with given, screen.progress() as bars, forgotten_unless_killed(records):
            run = memorize(dataset, **wish, bracket=bracket, checkpoint=checkpoint, progress=bars, resume=records)
            run = replace(run, summary=replace(run.summary, **dropped, asked=asked))
            _save(run, target, {"data.npz": _archive(dataset)} if dropped else {})
    except _UnwrittenError as stop:
        unwritten = f"{stop}; once it can, the same command goes on from {records}"
    shown = table(f"logwidth fit {dataset.name}", ("", "quantity", "value"), summary_rows(run.summary))
    screen.result(dict(run.summary), shown, explain_run(run.summary, run.width_certificate) if explain else ())
    if unwritten:
        raise InputError(unwritten)
    if dropped:
        screen.note(_told(dropped, target, wanted))
    _conclude(screen, run, target, replaced)
    if not run.certificate.holds:
        with resources.given_to(dataset), screen.progress() as bars:
            told = advice(dataset, run, wish, partial(memorize, progress=bars))
        screen.note(f"nothing written: {undecided(run)}; {told}")
    return exit_status(*_left(run))


def _left(run: Run) -> list[int]:
    """Return how many claims are falsified and how many undecided: of balls, and of inputs far from all samples."""
    far = run.certificate.rejection
    return [
        run.summary[kind.name.lower()] + int(far is not None and far.outcome == kind)
        for kind in (Outcome.FALSIFIED, Outcome.UNDECIDED)
    ]


class _UnwrittenError(Exception):
    """A certified run cannot be written. No InputError: the record of the job stays, and the numbers are printed."""


def _save(run: Run, target: Path, further: dict[str, bytes]) -> None:
    if run.certificate.holds:
        try:
            run.save(target, further)
        except InputError as problem:
            raise _UnwrittenError(said(problem)) from problem


def _radius(text: str | None) -> float | str | None:
    """Return the number that was given; 'max' and nothing stay."""
    try:
        return text if text in (None, "max") else float(text)
    except ValueError as problem:
        raise InputError(f"--radius takes a number or 'max', not {text!r}") from problem


def _per_feature(text: str | None) -> str | list[str] | None:
    """Return the radii, separated by commas; 'cells' and nothing stay."""
    return text if text in (None, CELLS) else [part.strip() for part in text.split(",")]


def _without_conflicts(data: Dataset, radius: float | str | None, norm: float) -> tuple[Dataset, dict[str, Any]]:
    """Return the data without a smallest set of samples of opposite pairs within `2 radius`, and what was left out.

    Without a radius these are the identical rows with different labels, which conflict at any ratio.
    """
    if isinstance(radius, float) and not 0 < radius < np.inf:
        raise InputError(f"the radius must be positive and finite, not {radius!r}")
    if isinstance(radius, float):
        cover = smallest_cover(close_pairs(data.points, data.labels, norm, 2 * radius), data.labels)
        rows, least, against = cover.rows, cover.at_least, f"radius {radius!r} is too large"
    else:
        rows = outvoted_rows(data.points, data.labels)
        least, against = len(rows), "identical rows have different labels"
        if radius is not None and not len(rows):
            raise InputError(
                "--drop-conflicts needs the wanted --radius: no identical rows have different labels, and with 'max' no "
                "other samples stand in the way"
            )
    keep = np.setdiff1d(np.arange(data.n_samples), rows)
    labels = data.original_labels()
    try:
        rest = Dataset(data.points[keep], [labels[i] for i in keep], name=data.name, columns=data.columns)
    except InputError as problem:
        raise InputError(
            f"{against}: {len(rows)} of {data.n_samples} samples stand against it, and of the rest {problem}"
        ) from problem
    return rest, {"dropped": rows.tolist(), "dropped_at_least": least}


def _told(dropped: dict[str, Any], target: Path, radius: float | str | None) -> str:
    rows, least = dropped["dropped"], dropped["dropped_at_least"]
    bound = "no smaller set would do" if len(rows) == least else f"at least {least} must go"
    ratio = "" if isinstance(radius, float) else "identical rows with different labels; the ratio is of what is left; "
    return (
        f"left out: {len(rows)} samples ({ratio}{bound}): {', '.join(map(str, rows)) or 'none'}; the rest: {target}/data.npz"
    )


def _archive(data: Dataset) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, X=data.points, y=np.array(data.original_labels()))
    return stream.getvalue()


def _conclude(screen: Screen, run: Run, target: Path, replaced: str) -> None:
    """Say what else was tried, and of a certified run where it is and what to do next."""
    if "tried" in run.summary:
        screen.note(tried_line(run.summary))
    if not run.certificate.holds:
        return
    if replaced:
        screen.note(replaced)
    data = f" {quoted(target / 'data.npz')}" if "dropped" in run.summary else ""
    place = quoted(as_typed(target))
    screen.note(f"written: {target}   check it with: logwidth check {quoted(target)}{data}")
    screen.note(f"labels of new rows: logwidth predict {place} FILE --radii   a page to read: logwidth report {place}")
