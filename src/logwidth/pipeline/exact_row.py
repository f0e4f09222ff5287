"""The published √N memorizer as a row of a comparison: exact numbers beside networks of floats."""

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline.comparison import ComparisonRow, seconds_of, sizes
from logwidth.pipeline.exact import memorize_exactly

ROWS = 16  # samples whose prediction is timed


def exact_row(name: str, data: Dataset, ratio: float, norm: float) -> ComparisonRow:
    """Return its row, called `name`. Raises InputError where it serves neither norm nor ratio."""
    if norm != 2.0:
        raise InputError("made for l2 balls")
    run = memorize_exactly(data, ratio=ratio)
    summary, seconds = run.summary, run.summary["seconds"]
    return ComparisonRow(
        construction=name,
        status="built",
        reason=f"exact numbers of up to {summary['bits_per_weight']:,} bits, {summary['total_bits']:,} in all",
        **sizes(summary),
        rule="exact",
        radius=summary["radius"],
        certified_radius=summary["radius"] if run.certificate.holds else 0.0,
        certified_fraction=summary["certified"] / summary["n_samples"],
        seconds_build=seconds["cells"] + seconds["construction"] + seconds["export"],
        seconds_certify=seconds["certification"],
        microseconds=1e6 * seconds_of(lambda: run.stored.class_indices(data.points[:ROWS])) / min(ROWS, data.n_samples),
    )
