"""`logwidth export-proof`: a run as exact integers, for the checker that Coq proves sound."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.screen import HOLDS, RecordedData, Screen
from logwidth.export import check_file, write_file
from logwidth.pipeline import proof_text


@with_options_of_a_run
def export_proof(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Run directory written by fit: a register network in l2.")],
    data: RecordedData = None,
    out: Annotated[Path | None, typer.Option(help="File to write (default: RUN/proof.txt).")] = None,
    *,
    reading: Reading,
    screen: Screen,
) -> int:
    """Write RUN and its data as exact integers in plain text; proofs/logwidth-proof FILE then checks it."""
    target = run / "proof.txt" if out is None else out
    if run.is_dir():
        check_file(target, b"logwidth-proof")
    text = proof_text(run, reading.again(run, data, screen))
    write_file(target, text.write())
    rank = None if text.width is None else text.width.rank
    found = {
        "file": str(target),
        "network_sha256": text.network_sha256,
        "data_sha256": text.data.sha256,
        "width_excluded": rank,
    }
    bound = "" if rank is None else f" and that a first layer of {rank} units is too small"
    screen.result(found, f"written: {target}   asks for all {text.data.n_samples:,} balls{bound}")
    return HOLDS
