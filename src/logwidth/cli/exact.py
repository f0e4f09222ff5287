"""What `fit` and `predict` do with networks of exact numbers."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.certify import open_exact_run
from logwidth.cli.earlier import quoted
from logwidth.cli.reading import Reading
from logwidth.cli.screen import Screen, exit_status
from logwidth.cli.tables import table
from logwidth.construct import LATTICE_PAPER
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline import memorize_exactly
from logwidth.report.exact import exact_rows, explain_exact

HEEDED = ("command", "construction", "ratio", "radius", "bracket", "seed", "data_sha256")
USUAL = {"norm": "2", "pieces": "least", "dtype": "float32", "onnx": "auto", "effort": "normal"}


def fit_exactly(
    screen: Screen,
    data: Dataset,
    wanted: tuple[float | None, float | str | None],
    target: Path,
    told: tuple[dict[str, Any], str],
    *,
    explain: bool,
) -> int:
    """Build, certify and write the published lattice; `wanted` is ratio and radius.

    `told` is the request as the summary keeps it, and what is said of a run that was there.

    Raises InputError for an option that it does not know.
    """
    options = _unknown(told[0])
    if options:
        raise InputError(f"{LATTICE_PAPER} is one network for l2 balls of one radius: leave out {', '.join(options)}")
    ratio, radius = wanted
    with screen.progress() as bars:
        run = memorize_exactly(data, ratio=ratio, radius=None if radius is None else float(radius), progress=bars)
    run.summary["asked"], replaced = told
    if run.certificate.holds:
        run.save(target)
    explained = explain_exact(run.summary) if explain else ()
    screen.result(
        run.summary, table(f"logwidth fit {data.name}", ("", "quantity", "value"), exact_rows(run.summary)), explained
    )
    if run.certificate.holds:
        if replaced:
            screen.note(replaced)
        screen.note(f"written: {target}   check it with: logwidth check {quoted(target)}")
    else:
        screen.note("nothing written: not every ball is certified; another construction may serve")
    return exit_status(run.summary["falsified"], run.summary["undecided"])


def _unknown(asked: dict[str, Any]) -> list[str]:
    """Return the options of a request that mean nothing here: any that is given, but for a few."""
    given = [name for name, value in asked.items() if name not in HEEDED and value not in (None, False, USUAL.get(name))]
    largest = ["radius max"] if asked["radius"] == "max" else []
    return [f"--{name.replace('_', '-')}" for name in [*given, *largest]]


def predict_exactly(screen: Screen, reading: Reading, given: tuple[Path, str], *, by_position: bool, radii: bool) -> int:
    """Print the label of every row, as the stored network gives it in exact arithmetic; `given` is run and rows.

    Raises InputError where radii are asked for: none are proven.
    """
    if radii:
        raise InputError("no radii of new rows are proven for a network of exact numbers; leave --radii out")
    run, points = given
    stored = open_exact_run(run)
    rows, _ = reading.rows(stored, points, screen, by_position=by_position)
    whole = ~np.isnan(rows).any(axis=1)
    indices = np.full(len(rows), -1, dtype=np.int64)
    indices[whole] = stored.class_indices(rows[whole])
    labels = [stored.classes[i] if i >= 0 else None for i in indices.tolist()]
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows([["label"], *([label] for label in labels)])
    screen.result({"labels": labels}, stream.getvalue().rstrip("\n"))
    none = int(np.count_nonzero(indices[whole] < 0))
    if none:
        screen.note(f"{none} rows lie in cells of the lattice that hold no sample, or on their walls: no label there")
    return 0
