"""`logwidth predict`: labels, and certified radii, of new points."""

import csv
import io
from typing import Annotated, Any

import numpy as np
import typer

from logwidth.certify import holds_exact_network, open_run
from logwidth.cli.exact import predict_exactly
from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.resources import Memory
from logwidth.cli.screen import RunDirectory, Screen
from logwidth.pipeline import NONE
from logwidth.separation import memory_of, parse_bytes
from logwidth.types import FloatArray

SLIP = 50.0
"""Numbers larger or smaller by this factor are those of other units: 255, 100, 1000."""
HEADER = {"labels": "label", "radii": "radius", "radii_unscaled": "radius_in_data_units"}


@with_options_of_a_run
def predict(
    run: RunDirectory,
    points: Annotated[
        str, typer.Argument(metavar="X", help="Rows to be judged, in any form that fit reads; labels are not looked at.")
    ],
    radii: Annotated[bool, typer.Option("--radii", help="Add a certified radius per row.")] = False,
    chain: Annotated[
        bool, typer.Option("--chain", help="Evaluate the network layer by layer, not all its scores at once.")
    ] = False,
    memory: Memory = None,
    by_position: Annotated[
        bool, typer.Option("--by-position", help="Take the columns as they stand, without a look at their names.")
    ] = False,
    *,
    reading: Reading,
    screen: Screen,
) -> int:
    """Print the label of every row of X, and with --radii a radius within which it provably stays the same.

    Rows that a run made with --reject finds far from all samples get the word none.
    Columns are matched by name with those that the run was made from; what cannot be matched without doubt is refused.
    """
    if holds_exact_network(run):
        return predict_exactly(screen, reading, (run, points), by_position=by_position, radii=radii)
    stored = open_run(run)
    rows, columns = reading.rows(stored, points, screen, by_position=by_position)
    whole = ~np.isnan(rows).any(axis=1)
    slip = _other_units(rows[whole], stored.summary.get("largest_feature"))
    if slip:
        screen.note(slip)
    indices, found = np.full(len(rows), -1, dtype=np.int64), np.zeros(len(rows))
    rejected = np.zeros(len(rows), dtype=bool)
    with memory_of(None if memory is None else parse_bytes(memory), *rows.shape):
        if whole.any():
            outputs = stored.outputs(rows[whole], chain=chain)
            indices[whole], rejected[whole] = stored.indices_of(outputs), stored.none_of(outputs)
        result: dict[str, list[Any]] = {"labels": [stored.classes[i] if i >= 0 else None for i in indices.tolist()]}
        if stored.none_value is not None:
            result["rejected"] = rejected.tolist()
        if radii and whole.any():
            with screen.progress() as bars:
                found[whole] = stored.radii(rows[whole], indices[whole], progress=lambda share: bars("proving radii", share))
        if radii:
            result["radii"] = found.tolist()
            if columns.scale_array is not None:
                result["radii_unscaled"] = (found * columns.scale_array.min()).tolist()
    screen.result(result, _as_csv(result))
    between = int(np.count_nonzero((indices < 0) & whole & ~rejected))
    if between:
        screen.note(
            f"{between} {'row lies' if between == 1 else 'rows lie'} between classes: the network returns no label there"
        )
    return 0


def _other_units(rows: FloatArray, largest: object) -> str:
    """Return a note where the largest number of rows is so far from that of the samples that their units may differ."""
    found = float(np.abs(rows).max(initial=0.0))
    if not isinstance(largest, float) or not found or not 0 < largest < np.inf or 1 / SLIP < found / largest < SLIP:
        return ""
    return (
        f"the largest number of these rows is {found:.3g} as the network takes them, that of its samples was {largest:.3g}: "
        "if their units differ, say --scale (that of the run is taken where none is said)"
    )


def _as_csv(result: dict[str, list[object]]) -> str:
    stream = io.StringIO()
    far = result.get("rejected")
    labels = result["labels"] if far is None else [NONE if r else v for r, v in zip(far, result["labels"], strict=True)]
    result = {"labels": labels, **{name: values for name, values in result.items() if name in HEADER and name != "labels"}}
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER[name] for name in result)
    writer.writerows(zip(*result.values(), strict=True))
    return stream.getvalue().rstrip("\n")
