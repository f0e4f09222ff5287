"""`logwidth report`: a run as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.certify import Outcome
from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.screen import RecordedData, RunDirectory, Screen, exit_status
from logwidth.export import check_file, write_file
from logwidth.pipeline import facts_of_run
from logwidth.report import run_page


@with_options_of_a_run
def report(
    run: RunDirectory,
    data: RecordedData = None,
    out: Annotated[Path | None, typer.Option(help="File to write (default: RUN/report.html).")] = None,
    curve: Annotated[
        Path | None, typer.Option(help="Folder that `radius --ranks A:B --out` wrote for these data: show its curve.")
    ] = None,
    *,
    reading: Reading,
    screen: Screen,
) -> int:
    """Write RUN as one HTML page that needs no network: what was built, pictures, the claim, how to prove it again."""
    place = out if out is not None else run / "report.html"
    if out is not None or run.is_dir():
        check_file(place, b"logwidth")
    dataset = reading.again(run, data, screen)
    with screen.progress() as bars:
        facts = facts_of_run(run, dataset, curve=curve, progress=bars)
    target = write_file(place, run_page(facts).encode())
    counts = {outcome.name.lower(): facts.certificate.count(outcome) for outcome in Outcome}
    screen.result({"report": str(target), **counts}, f"written: {target}")
    return exit_status(counts["falsified"], counts["undecided"])
