"""Where a climb stands."""

from dataclasses import dataclass

from logwidth.maps.preserving import FloatArray
from logwidth.maps.scene import IntArray


@dataclass(frozen=True, eq=False)
class Climb:
    """Where a climb stands: an orthonormal frame (r, k), the pairs it has seen, and their weights.

    `value` is `min ‖Vᵀu‖/δ` over all pairs, up to float32 ties in the scan. `hope` is about the most that colder stages
    may still reach. `violation` says by how much (δ²) the last scan undercut the pairs climbed on.
    `weights` are the soft-min weights of `pairs` at the last temperature, in order.
    """

    frame: FloatArray
    value: float
    hope: float
    violation: float
    pairs: IntArray
    weights: FloatArray


def best_of(climbs: list[Climb]) -> Climb:
    """Return the first climb with the largest value."""
    return max(climbs, key=lambda c: c.value)


def best_hope(climbs: list[Climb]) -> float:
    """Return the largest hope."""
    return max(c.hope for c in climbs)
