"""Constructions side by side: the row of each, and the rows together."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from logwidth.display import Fields, OneLine, Rows, if_known
from logwidth.report import COMPARISON_HEADER, comparison_rows, finished_line

BATCH, LEAST_SECONDS = 256, 0.05
SIZES = ("width", "depth", "n_nonzero", "n_entries", "total_bits", "dtype")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ComparisonRow(OneLine, Fields):
    """What one construction is, what it costs and what is certified; None where a number is not known.

    `status` is 'built' or 'skipped', `reason` says why, or what is left undecided; `applicable` whether the construction is
    made for such classes and this norm at all. `total_bits` are those of all `n_entries` weights and biases, zero or not.
    `radius` is σ of the ratio; `certified_radius` the least of all proven radii, `certified_fraction` the share of samples
    whose proven radius is at least σ, and `attacked_fraction` (a trained network's alone) the share that survives attacks.
    `seconds_build` counts the layers and the file, not the search for the map, which the constructions share; `microseconds`
    is the time of one prediction by NumPy in a batch of 256.
    """

    construction: str
    status: str = "skipped"
    applicable: bool = True
    reason: str | None = None
    width: int | None = None
    depth: int | None = None
    n_nonzero: int | None = None
    n_entries: int | None = None
    total_bits: int | None = None
    map_rank: int | None = None
    dtype: str | None = None
    rule: str | None = None
    radius: float | None = None
    certified_radius: float | None = None
    certified_fraction: float | None = None
    seconds_build: float | None = None
    seconds_certify: float | None = None
    microseconds: float | None = None
    attacked_fraction: float | None = if_known()

    def _line(self) -> list[str]:
        return [finished_line(self)]


class Comparison(Rows[ComparisonRow]):
    """The rows of :func:`compare`, one per construction; they print in one line."""

    def facts(self) -> list[tuple[str, ...]]:
        """Return the table that `logwidth compare` prints, its heading first."""
        return [COMPARISON_HEADER, *comparison_rows(self)]

    def _line(self) -> list[str]:
        built = [row.construction for row in self if row.status == "built"]
        return [f"{len(built)} of {len(self)} constructions built", *built]


def sizes(of: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a summary and a row both say of a network's size."""
    return {key: of[key] for key in (*SIZES, "map_rank")}


def seconds_of(call: Callable[[], object]) -> float:
    """Return the seconds of a call, the best of repetitions for 0.05 s."""
    best, total = float("inf"), 0.0
    while total < LEAST_SECONDS:
        begin = time.perf_counter()
        call()
        spent = time.perf_counter() - begin
        best, total = min(best, spent), total + spent
    return best
