"""The samples whose nearest one wins: distinct images, sorted by class, on a grid on which sums are exact."""

from dataclasses import dataclass, replace

import numpy as np
from scipy.spatial.distance import cdist

from logwidth.construct.chain import Frame, build_frame
from logwidth.construct.plan import Plan, on_grid, power_above
from logwidth.construct.scores.prototypes import choose_prototypes
from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.types import FloatArray, IntArray

DEEPEST = 250_000


@dataclass(frozen=True, eq=False)
class Centres:
    """`points` `(N, m)` in the frame's coordinates, their `classes` `(N,)`, and `ticks`, by which labels rise at a class.

    `distance` is the least ℓs distance between opposite images and `sigma` the radius of a ball's image in ℓs, both in
    the frame's units; `gap` is `distance − 2 sigma` and `level` a power of two above
    twice the distance and the reach.
    """

    frame: Frame
    points: FloatArray
    classes: IntArray
    ticks: tuple[float, ...]
    distance: float
    sigma: float
    gap: float
    level: float


def centres_of(plan: Plan, power: float) -> Centres:
    """Return the distinct images of the samples, to be compared in ℓs with `s = power`.

    Raises InputError when two opposite images are no farther apart than the images of their balls reach.
    """
    pieces = choose_prototypes(replace(plan, prototypes=None), range(plan.n_classes))
    frame = build_frame(plan, pieces.chosen, [], rows=pieces.rows)
    sigma = plan.radius * frame.scale
    distance = _opposite_distance(frame.images, pieces.classes, power)
    if not distance > 2 * sigma:
        raise InputError(
            f"the l{norm_name(power)} distances of the images keep only {distance / (2 * sigma):.4g} of what balls of this "
            "radius need; --construction cells needs no more than a map that preserves the balls"
        )
    level = power_above(2 * max(distance, 0.0 if plan.reach is None else float(plan.reach.max()) * frame.scale))
    starts = np.diff(plan.values[pieces.classes], prepend=plan.values[0])
    points = on_grid(frame.images, plan.dtype, largest=level)
    return Centres(frame, points, pieces.classes, tuple(starts.tolist()), distance, sigma, distance - 2 * sigma, level)


def refuse_other_maps(plan: Plan, name: str, power: float) -> None:
    """Raise InputError unless the map is 1-Lipschitz into ℓs, `s = power`, where the distances are to be measured."""
    if plan.image_norm != power:
        raise InputError(
            f"the construction {name} needs a map whose images keep l{norm_name(power)} distances, such as the raw "
            f"features: a width above {plan.points.shape[1]}; --construction cells or chebyshev can use this map"
        )


def refuse_too_deep(name: str, layers: int, width: int, dtype: str) -> None:
    """Raise InputError when a network of so many layers would not be stored: say how large it would be."""
    size = layers * width * (width + 1) * np.dtype(dtype).itemsize
    if layers > DEEPEST or size > 2**31 - 2**20:
        raise InputError(
            f"the construction {name} would have {layers:,} layers ({size / 2**30:.1f} GiB stored), more than a file may "
            f"hold ({DEEPEST:,} layers, 2 GiB); use --construction cells, a lower --width, or fewer samples"
        )


def _opposite_distance(images: FloatArray, classes: IntArray, power: float) -> float:
    metric = {"metric": "chebyshev"} if np.isinf(power) else {"metric": "minkowski", "p": power}
    least = np.inf
    for start in range(0, len(images), 512):
        block = cdist(images[start : start + 512], images, **metric)
        block[classes[start : start + 512, None] == classes[None, :]] = np.inf
        least = min(least, float(block.min()))
    return least
