"""`logwidth check`: check a run from its files and the data alone."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.certify import check as check_run
from logwidth.cli.screen import DATA_HELP, FALSIFIED, HOLDS, UNDECIDED, Json, Label, Labels, Quiet, Scale, Screen, Seed
from logwidth.dataset import load


def check(
    run: Annotated[Path, typer.Argument(help="Run directory written by fit.")],
    data: Annotated[str | None, typer.Argument(help=DATA_HELP + " Default: the recorded source.")] = None,
    label: Label = None,
    labels: Labels = None,
    scale: Scale = 1.0,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Prove RUN's certificate again from network.onnx, certificate.json and DATA, with code that did not build it."""
    del seed  # nothing here is random; every command takes the option
    screen = Screen(as_json=as_json, quiet=quiet)
    dataset = None if data is None else load(data, label=label, labels=labels, scale=scale)
    report = check_run(run, dataset)
    verdict = {
        "passed": report.passed,
        "problems": list(report.problems),
        "certified": report.certified,
        "falsified": report.falsified,
        "undecided": report.undecided,
        "claim": report.claim,
    }
    counts = f"{report.certified} certified, {report.falsified} falsified, {report.undecided} undecided"
    text = f"passed: {counts}\n{report.claim}" if report.passed else f"FAILED: {'; '.join(report.problems) or counts}"
    screen.result(verdict, text)
    if report.passed:
        return HOLDS
    return FALSIFIED if report.problems or report.falsified else UNDECIDED
