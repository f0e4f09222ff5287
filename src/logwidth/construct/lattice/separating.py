"""Whether a lattice exists at a radius: walls along some directions that leave no cell with two labels."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from logwidth.construct.lattice.choice import Gaps, LatticeFrame, unseparated
from logwidth.construct.plan import Plan
from logwidth.errors import InputError
from logwidth.types import FloatArray

AXES, RANDOM, MOST_DIFFERENCES = 64, 192, 3e7
LEAST_ROOM = 16  # of the format's steps: what a wall needs beside the balls
SEVERAL = 300  # samples up to which more directions are tried where the features would do
STEPS, MOST_NUMBERS = 12, 2e6  # of a bisection, and of images up to which it is done for a message


def pools(plan: Plan) -> Iterator[FloatArray]:
    """Yield rows `(k, d)` to look for walls along: those of the map that was asked for; or the features, then more of them.

    More are principal axes, and directions drawn at random, each from a fixed seed; fewer of them for many samples.
    """
    d = plan.points.shape[1]
    if not np.array_equal(plan.matrix, np.eye(d)):
        yield plan.matrix
        return
    varied = np.flatnonzero(np.ptp(plan.points, axis=0) > 0)
    yield np.eye(d)[varied]
    most = max(1.0, MOST_DIFFERENCES / len(plan.points))
    spread = plan.points - plan.points.mean(axis=0)
    axes = np.linalg.eigh(spread.T @ spread)[1].T[::-1][: min(AXES, int(most))]
    random = np.random.default_rng(0).standard_normal((min(RANDOM, int(most)), d))
    yield np.concatenate([np.eye(d)[varied], axes, random / np.linalg.norm(random, axis=1, keepdims=True)])


def gaps_along(plan: Plan, rows: FloatArray) -> tuple[LatticeFrame, Gaps]:
    """Return the coordinates along `rows` `(k, d)`, and where walls may stand at the plan's radius."""
    frame = LatticeFrame.of(plan, rows)
    return frame, Gaps.of(frame.images, frame.clear, LEAST_ROOM * frame.step)


def separating(plan: Plan) -> list[tuple[LatticeFrame, Gaps]]:
    """Return the first pool of directions whose walls separate all labels at the plan's radius; of few samples all such.

    Raises InputError that names two samples of different labels which no wall separates, and a radius at which a lattice
    exists.
    """
    pair, rows, found = None, plan.matrix, []
    for rows in pools(plan):
        frame, gaps = gaps_along(plan, rows)
        pair = unseparated(gaps, plan.labels)
        if pair is None:
            found.append((frame, gaps))
            if len(plan.points) > SEVERAL:
                break
    if found:
        return found
    assert pair is not None
    raise InputError(
        f"no lattice at radius {plan.radius:g} in {plan.dtype}: samples {pair[0]} and {pair[1]} have different labels, and "
        f"along no direction that was tried does a wall between them stay clear of all balls{_reachable(plan, rows)}"
    )


def _reachable(plan: Plan, rows: FloatArray) -> str:
    if len(plan.points) * len(rows) > MOST_NUMBERS:
        return "; use a smaller ratio"
    radius = largest_radius(plan, rows)
    if radius is None:
        return ", nor at any smaller radius"
    return f"; one exists at radius {radius:.3g}, ratio {2 * radius / plan.distance:.3g}"


def largest_radius(plan: Plan, rows: FloatArray, steps: int = STEPS) -> float | None:
    """Return nearly the largest radius at which walls along `rows` separate all labels in the plan's format, by bisection.

    It is one at which they do; None where they do not at `2^−16` of half the plan's distance. The smaller the radius, the
    more walls: so what holds at one holds at all smaller ones.
    """

    def exists(radius: float) -> bool:
        return unseparated(gaps_along(replace(plan, radius=radius, reach=None), rows)[1], plan.labels) is None

    low, high = plan.distance / 2 * 2.0**-16, plan.distance / 2
    if not exists(low):
        return None
    for _ in range(steps):
        middle = (low * high) ** 0.5 if low < high / 4 else (low + high) / 2
        low, high = (middle, high) if exists(middle) else (low, middle)
    return low
