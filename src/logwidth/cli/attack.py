"""`logwidth attack`: try to break a run, and bound every sample's radius from both sides."""

import io
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from logwidth.attack import AttackReport, FarAttack, attack_run, gradient_attack
from logwidth.certify import read_onnx
from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.resources import Resources, recorded
from logwidth.cli.screen import FALSIFIED, HOLDS, RecordedData, Screen
from logwidth.cli.tables import table
from logwidth.dataset import Dataset
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError
from logwidth.export import check_file, write_file
from logwidth.norms import norm_name
from logwidth.train import require_torch

MOST_GRADIENTS = 64


@with_options_of_a_run
def attack(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="Run directory written by fit, or any ONNX classifier (then with DATA).")
    ],
    data: RecordedData = None,
    evaluations: Annotated[int, typer.Option(metavar="N", help="Inputs to try inside certified balls.", min=0)] = 100_000,
    norm: Annotated[str, typer.Option(help="Norm for an ONNX file; a run has its own.")] = "2",
    gradient: Annotated[bool, typer.Option("--gradient", help="Also attack by gradients (extra torch).")] = False,
    out: Annotated[Path | None, typer.Option(help="Where to write witnesses (default: RUN/witnesses.npz).")] = None,
    *,
    reading: Reading,
    resources: Resources,
    screen: Screen,
    seed: int,
) -> int:
    """Try to break RUN: no label may change inside a certified ball; the nearest other label bounds each radius above."""
    if gradient:
        require_torch()
    target = out if out is not None else (run / "witnesses.npz" if run.is_dir() else None)
    if target is not None:
        check_file(target, b"sample.npy")
    dataset = reading.again(run, data, screen)
    dataset = recorded(run) if dataset is None and resources.memory is not None else dataset
    given = resources.given_to(dataset)
    with given, screen.progress() as bars:
        report = attack_run(run, dataset, norm=norm, evaluations=evaluations, rng=seed, progress=bars)
    verdict = _verdict(report)
    if gradient:
        verdict["gradient"] = _gradient(run, report, dataset)
    if target is not None:
        write_file(target, _archive(report))
        verdict["witnesses"] = str(target)
    screen.result(verdict, table(f"logwidth attack {run.name}", ("quantity", "value"), _rows(report, verdict)))
    if dataset is not None and run.is_file() and 4 * report.misclassified.size > dataset.n_samples:
        screen.note(_other_order(report, dataset))
    return HOLDS if report.holds else FALSIFIED


def _other_order(report: AttackReport, data: Dataset) -> str:
    """Return what to look at where a network reads many samples as another class than theirs."""
    return (
        f"{report.misclassified.size:,} of {data.n_samples:,} samples are read as another class, or as none: scores "
        f"stand for the classes {listing([short(name) for name in data.classes])} in this order, names and values for "
        "themselves; if the network has another order, or more classes, rename the labels"
    )


def _verdict(report: AttackReport) -> dict[str, Any]:
    return {
        "norm": norm_name(report.norm),
        "rule": {
            "lower": "the network in floats returns exactly the label",
            "upper": "onnxruntime's output is read as another label (nearest label value, or largest score)",
        },
        "evaluations": report.evaluations,
        "evaluations_inside": report.inside,
        "label_changes": report.label_changes,
        "misclassified": int(report.misclassified.size),
        "misclassified_samples": report.misclassified.tolist(),
        "gap_median": _number(float(np.median(report.gap))),
        "radius_lower": [max(v, 0.0) for v in report.radius_lower.tolist()],
        "radius_upper": [_number(v) for v in report.radius_upper.tolist()],
        **{name: [_number(v) for v in values.tolist()] for name, values in report.details.items()},
        "broken": {str(i): point.tolist() for i, point in report.broken.items()},
        **({} if report.far is None else {"far": _far(report.far)}),
    }


def _far(far: FarAttack) -> dict[str, Any]:
    return {"evaluations": far.evaluations, "changes": far.changes, "broken": far.broken.tolist()}


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _rows(report: AttackReport, verdict: dict[str, Any]) -> list[tuple[str, str]]:
    rows = report.facts()
    if "gradient" in verdict:
        g = verdict["gradient"]
        rows.append(("gradient attack within twice the radius", f"{g['changed']} of {g['samples']} ({g['flat']} flat)"))
    return rows


def _archive(report: AttackReport) -> bytes:
    stream = io.BytesIO()
    rows = np.flatnonzero(np.isfinite(report.radius_upper))
    np.savez_compressed(
        stream,
        sample=rows,
        points=report.witnesses[rows],
        label=report.found[rows],
        distance_upper=report.radius_upper[rows],
        radius_lower=report.radius_lower,
        radius_upper=report.radius_upper,
    )
    return stream.getvalue()


def _gradient(run: Path, report: AttackReport, data: Dataset | None) -> dict[str, int]:
    folder = run if run.is_file() else run / "network.onnx"
    stored = read_onnx(folder.read_bytes())
    data = recorded(run) if data is None else data
    if stored.network.n_outputs != 1:
        raise InputError("the gradient attack is for networks with one output, the label's value")
    rows = np.flatnonzero(np.isfinite(report.radius_upper))[:MOST_GRADIENTS]
    values = data.values[data.labels[rows]]
    return asdict(gradient_attack(stored.network, data.points[rows], values, 2 * report.radius_upper[rows], report.norm))
