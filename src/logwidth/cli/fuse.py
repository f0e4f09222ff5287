"""`logwidth fuse`: the network of a run with all scores side by side, for deployment."""

from functools import partial
from typing import Annotated

import typer

from logwidth.certify import FUSED_NETWORK, Outcome
from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.screen import RecordedData, RunDirectory, Screen, exit_status
from logwidth.export import check_file
from logwidth.pipeline import fuse_run


@with_options_of_a_run
def fuse(
    run: RunDirectory,
    data: RecordedData = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT", help="Only numbers that float16, or bfloat16, holds: storing them there loses nothing."
        ),
    ] = None,
    arithmetic: Annotated[
        str | None,
        typer.Option(
            metavar="FORMAT", help="Certified for runtimes that round what layers read and store to float16 or bfloat16."
        ),
    ] = None,
    ratio: Annotated[
        float | None, typer.Option(help="Certify smaller balls than the run's: rounding takes a part of their margin.")
    ] = None,
    *,
    reading: Reading,
    screen: Screen,
) -> int:
    """Write RUN's network with all scores side by side: wide, two layers deep, certified for the same balls."""
    if run.is_dir():
        check_file(run / FUSED_NETWORK)
    dataset = reading.again(run, data, screen)
    with screen.progress() as bars:
        report = partial(bars, "certification")
        certificate = fuse_run(run, dataset, storage=storage, arithmetic=arithmetic, ratio=ratio, progress=report)
    counts = {outcome.name.lower(): certificate.count(outcome) for outcome in Outcome}
    target, far = run / FUSED_NETWORK, certificate.rejection
    none = "" if far is None else f"   that it says none beyond {far.radius:g} from all samples is proven too"
    text = (
        f"written: {target}{none}"
        if certificate.holds
        else (
            f"nothing written: {counts['falsified']} balls falsified, {counts['undecided']} undecided; try a smaller --ratio"
        )
    )
    screen.result(
        {
            "network": str(target) if certificate.holds else None,
            "storage": storage or arithmetic,
            "arithmetic": arithmetic,
            **counts,
            **({} if far is None else {"reject": far.radius}),
        },
        text,
    )
    return exit_status(counts["falsified"], counts["undecided"])
