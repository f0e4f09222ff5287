"""The published √N memorizer as a row of a comparison: exact numbers beside networks of floats."""

import time
from typing import Any

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline.exact import memorize_exactly

ROWS = 16  # samples whose prediction is timed


def exact_row(data: Dataset, ratio: float, norm: float) -> dict[str, Any]:
    """Return the numbers of its row, see :func:`compare`. Raises InputError where it serves neither norm nor ratio."""
    if norm != 2.0:
        raise InputError("made for l2 balls")
    run = memorize_exactly(data, ratio=ratio)
    summary, seconds = run.summary, run.summary["seconds"]
    begin = time.perf_counter()
    run.stored.class_indices(data.points[:ROWS])
    spent = time.perf_counter() - begin
    return {
        "status": "built",
        "reason": f"exact numbers of up to {summary['bits_per_weight']:,} bits, {summary['total_bits']:,} in all",
        **{
            key: summary[key]
            for key in ("width", "depth", "n_nonzero", "n_entries", "total_bits", "map_rank", "dtype", "radius")
        },
        "rule": "exact",
        "certified_radius": summary["radius"] if run.certificate.holds else 0.0,
        "certified_fraction": summary["certified"] / summary["n_samples"],
        "seconds_build": seconds["cells"] + seconds["construction"] + seconds["export"],
        "seconds_certify": seconds["certification"],
        "microseconds": 1e6 * spent / min(ROWS, data.n_samples),
    }
