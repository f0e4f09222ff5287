"""`logwidth check`: check a run from its files and the data alone."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.certify import CheckReport
from logwidth.certify import check as check_run
from logwidth.cli.reading import Reading, reads_data_again
from logwidth.cli.resources import Memory, Scheduler, Workers, check_resources, recorded, resources
from logwidth.cli.screen import (
    FALSIFIED,
    HOLDS,
    UNDECIDED,
    Explain,
    Json,
    Quiet,
    RecordedData,
    Screen,
    Seed,
)
from logwidth.report.explain import explain_check


@reads_data_again
def check(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory written by fit.")],
    data: RecordedData = None,
    explain: Explain = False,
    memory: Memory = None,
    scheduler: Scheduler = None,
    workers: Workers = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
    *,
    reading: Reading,
) -> int:
    """Prove RUN's certificate again from network.onnx, certificate.json and DATA, with code that did not build it."""
    del seed  # nothing here is random; every command takes the option
    screen = Screen(as_json=as_json, quiet=quiet)
    check_resources(memory, scheduler, workers)
    dataset = reading.again(run, data, screen)
    dataset = recorded(run) if dataset is None and memory is not None else dataset
    given = resources(dataset, memory, scheduler, workers)
    with given, screen.progress() as bars:
        report = check_run(run, dataset, progress=bars)
    verdict = {
        "passed": report.passed,
        "problems": list(report.problems),
        "unproven": list(report.unproven),
        "radius_proven": report.radius_proven,
        "excess": report.excess,
        "certified": report.certified,
        "falsified": report.falsified,
        "undecided": report.undecided,
        "claim": report.claim,
        "data": report.data,
    }
    counts = f"{report.certified} certified, {report.falsified} falsified, {report.undecided} undecided"
    wrong = (*report.problems, *report.unproven)
    found = (report.certified, report.falsified, report.undecided)
    screen.result(verdict, _told(report, counts), explain_check(report.claim, found, wrong) if explain else ())
    if report.passed:
        return HOLDS
    return FALSIFIED if report.problems or report.falsified else UNDECIDED


def _told(report: CheckReport, counts: str) -> str:
    if report.passed:
        return f"passed: {counts}\n{report.claim}\ndata: {report.data}"
    if report.unproven and not report.problems:
        radius = "every ball of the certificate's radius is proven" if report.radius_proven else counts
        return f"NOT PASSED: {radius}, but {'; '.join(report.unproven)}"
    return f"FAILED: {'; '.join((*report.problems, *report.unproven)) or counts}"
