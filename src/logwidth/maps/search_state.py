"""The state of a climb."""

from dataclasses import dataclass

from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class SearchState:
    """The state of a climb: an orthonormal frame (r, k), the pairs it has seen, and their weights.

    `value` is `min ‖Vᵀu‖/δ` over all pairs, up to float32 ties in the scan. `upper_estimate` is about the most that
    colder stages may still reach. `violation` says by how much (δ²) the last scan undercut the pairs climbed on.
    `weights` are the soft-min weights of `pairs` at the last temperature, in order.
    """

    frame: FloatArray
    value: float
    upper_estimate: float
    violation: float
    pairs: IntArray
    weights: FloatArray


def best_of(climbs: list[SearchState]) -> SearchState:
    """Return the first climb with the largest value."""
    return max(climbs, key=lambda c: c.value)


def best_upper_estimate(climbs: list[SearchState]) -> float:
    """Return the largest upper estimate."""
    return max(c.upper_estimate for c in climbs)
