"""`logwidth judge`: a verifier's answers beside the truth."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.reading import with_options
from logwidth.cli.screen import Screen, check_figure, exit_status
from logwidth.cli.tables import table
from logwidth.errors import InputError
from logwidth.export import check_file
from logwidth.export.properties import TRACKS
from logwidth.report.curves import difficulty_figure, difficulty_rows
from logwidth.verifiers import judge as judge_answers
from logwidth.verifiers import read_results, read_tracks, run_verifier, verifier_named


@with_options
def judge(
    results: Annotated[
        Path,
        typer.Argument(
            metavar="RESULTS", help="Table of answers, ours, a tool's or a competition's, or result files named ONNX_VNNLIB."
        ),
    ],
    benchmark: Annotated[
        Path | None, typer.Option(help="Benchmark folder with truth.csv (default: that of RESULTS).")
    ] = None,
    verifier: Annotated[
        str | None,
        typer.Option(help="Run this first: marabou, ibp, crown, crown-ibp, or 'tool {onnx} {vnnlib} {timeout} {out}'."),
    ] = None,
    limit: Annotated[
        float | None, typer.Option(help="Seconds per instance (default: those of instances.csv).", min=0)
    ] = None,
    most: Annotated[int | None, typer.Option(help="Run only the first so many instances.", min=1)] = None,
    track: Annotated[
        str, typer.Option(help="'' or 2.0 for boxes, l2 for balls, twins, pairs, multi, variants, forms.")
    ] = "",
    figure: Annotated[Path | None, typer.Option(help="Draw what was solved against closeness and depth.")] = None,
    *,
    screen: Screen,
) -> int:
    """Judge a verifier's answers by proven truth: right, wrong, unknown, time.

    Exit status 1 if an answer is wrong or a counterexample violates nothing, 3 if one is missing or could not be read.
    """
    check_figure(figure)
    folder = benchmark if benchmark is not None else results.parent
    tracks = read_tracks(folder)
    truth = {key: row for name in sorted(tracks, reverse=True) for key, row in tracks[name].items()}
    if track not in TRACKS:
        raise InputError(f"--track must be {', '.join(repr(name) for name in TRACKS)}, not {track!r}")
    if verifier is not None:
        tool = verifier_named(verifier)
        check_file(results)
        with screen.progress() as bars:
            run_verifier(tool, folder / track, results, limit=limit, most=most, progress=lambda x: bars("instances", x))
    answers, home = read_results(results, truth)
    found = judge_answers(answers, folder, home, track, held=verifier is not None)
    summary = found.summary()
    rows = [(name, _shown(value)) for name, value in summary.items()]
    screen.result(summary, table(f"logwidth judge {results.name}", ("", "value"), rows))
    if found.unwitnessed:
        screen.note(f"{len(found.unwitnessed)} sat answers show no counterexample: right by the truth, nothing was replayed")
    if figure is not None:
        asked = {answer.key: truth[answer.key] for answer in answers if answer.key in truth}
        rows_drawn = difficulty_rows({results.stem: found.right}, asked)
        screen.draw(figure, partial(difficulty_figure, rows_drawn))
    return exit_status(found.contradicted, found.open)


def _shown(value: object) -> str:
    """Return a value on the screen: numbers short, lists one entry a line."""
    if isinstance(value, list):
        return "\n".join(", ".join(f"{k} {v}" for k, v in entry.items() if v) for entry in value)
    return f"{value:.6g}" if isinstance(value, float) else str(value)
