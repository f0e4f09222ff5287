"""`logwidth export`: a run as a C file, for deployment without a runtime."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.screen import HOLDS, RecordedData, RunDirectory, Screen
from logwidth.errors import InputError
from logwidth.export import check_file, write_file
from logwidth.export.c_chain import integer_type
from logwidth.pipeline import CFile, c_of_run


@with_options_of_a_run
def export(
    run: RunDirectory,
    data: RecordedData = None,
    c: Annotated[bool, typer.Option("--c", help="As one file of C99, with the stored network's own arithmetic.")] = False,
    integers: Annotated[
        bool, typer.Option("--integers", help="In integers, certified anew: for features that are integers.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="File to write (default: RUN/network.c).")] = None,
    *,
    reading: Reading,
    screen: Screen,
) -> int:
    """Write RUN's network as a C file: no allocation, the same work for every row, covered by a certificate."""
    if not c:
        raise InputError("say in which form: logwidth export RUN --c")
    target = run / "network.c" if out is None else out
    if run.is_dir():
        check_file(target, b"written by logwidth")
    dataset = reading.again(run, data, screen)
    with screen.progress() as bars:
        found = c_of_run(run, dataset, integers=integers, progress=partial(bars, "weights of more bits"))
    write_file(target, found.text.encode())
    screen.result({"file": str(target), **_numbers(found)}, f"written: {target}   {_said(found)}")
    return HOLDS


def _numbers(found: CFile) -> dict[str, Any]:
    numbers: dict[str, Any] = {"form": "floats" if found.integers is None else "integers", "certified": found.certified}
    if found.integers is not None:
        network = found.integers
        sizes = (("first_sum", network.largest()[0]), ("score_sum", network.largest()[1]))
        numbers |= {name: integer_type(-size - 1, size) for name, size in sizes}
        weights = (("first_weight", network.first), ("score_weight", network.scores))
        numbers |= {name: integer_type(int(w.min()), int(w.max())) for name, w in weights}
        numbers["features_times"] = 2**network.shift
    return numbers


def _said(found: CFile) -> str:
    numbers = _numbers(found)
    if found.integers is None:
        return "the stored network, number for number; compile it without -ffast-math"
    return (
        f"weights in {numbers['first_weight']} and {numbers['score_weight']}, sums in {numbers['first_sum']} and "
        f"{numbers['score_sum']}; all {found.certified:,} balls certified for them"
    )
