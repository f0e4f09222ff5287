"""`logwidth predict`: labels, and certified radii, of new points."""

import csv
import io
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from logwidth.certify import open_run
from logwidth.cli.resources import Memory
from logwidth.cli.screen import Json, Quiet, Screen, Seed
from logwidth.dataset import load_points
from logwidth.separation import memory_of, parse_bytes


def predict(
    run: Annotated[Path, typer.Argument(help="Run directory written by fit.")],
    points: Annotated[
        str, typer.Argument(metavar="X", help="A .npy, .npz or .zarr (array X), .csv or .parquet, or a built-in name.")
    ],
    radii: Annotated[bool, typer.Option("--radii", help="Add a certified radius per row.")] = False,
    chain: Annotated[
        bool, typer.Option("--chain", help="Evaluate the network layer by layer, not all its scores at once.")
    ] = False,
    memory: Memory = None,
    scale: Annotated[float | None, typer.Option(help="Divide the features by this (default: as the run did).")] = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Print the label of every row of X, and with --radii a radius within which it provably stays the same."""
    del seed  # nothing here is random; every command takes the option
    screen = Screen(as_json=as_json, quiet=quiet)
    stored = open_run(run)
    recorded = (stored.summary.get("data_source") or {}).get("scale", 1.0)
    rows = load_points(points, stored.network.n_inputs, scale=recorded if scale is None else scale)
    with memory_of(None if memory is None else parse_bytes(memory), *rows.shape):
        indices = stored.class_indices(rows, chain=chain)
        names = [stored.classes[i] if i >= 0 else None for i in indices.tolist()]
        result = {"labels": names}
        if radii:
            with screen.progress() as bars:
                found = stored.radii(rows, indices, progress=lambda share: bars("proving radii", share))
            result["radii"] = found.tolist()
    screen.result(result, _as_csv(result))
    unlabelled = int(np.count_nonzero(indices < 0))
    if unlabelled:
        screen.note(f"{unlabelled} rows lie between classes: the network returns no label there")
    return 0


def _as_csv(result: dict[str, list[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow({"labels": "label", "radii": "radius"}[name] for name in result)
    writer.writerows(zip(*result.values(), strict=True))
    return stream.getvalue().rstrip("\n")
