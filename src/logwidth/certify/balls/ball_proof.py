"""Radii of balls that are proven on one domain: every requirement of a recognised form, at the points it is about."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Form, Requirement
from logwidth.compute.executor import executor_for
from logwidth.compute.threads import thread_pool
from logwidth.types import FloatArray, IndexArray, IntArray

WORK = attrgetter("work")


@dataclass(frozen=True, eq=False)
class Part:
    """Requirement `number` at the points `rows` `(n,)`; `work` is about the multiplications that it takes."""

    number: int
    rows: NDArray[np.intp]
    work: float


def parts_of(number: int, requirement: Requirement, rows: NDArray[np.intp], meter: LeadMeter) -> Iterator[Part]:
    """Yield a requirement at `rows` `(n,)`, in parts where it can be cut; nothing if n = 0."""
    if not rows.size:
        return
    edges, each = requirement.cuts(meter, rows.size)
    for part in np.split(rows, edges[1:]):
        yield Part(number, part, part.size * each)


class BallProof:
    """A recognised network with the domain in which its rounding bounds hold.

    The domain reaches a little beyond `radius` where the first layer allows it, so that larger radii can be reported.
    """

    def __init__(
        self,
        form: Form,
        points: FloatArray,
        radius: float,
        norm: float,
        reach: float | None = None,
        rows: IntArray | None = None,
    ) -> None:
        """Bound everything on balls of radius `reach` (default: what the form finds best) around some `rows` (all)."""
        self.form, self.radius = form, radius
        self.domain = form.domain(points, radius, norm, reach, rows)
        self.comparisons, self.constants = form.comparisons(self.domain)
        self.meter = LeadMeter(self.domain, compares=any(getattr(r, "compares", True) for r in self.comparisons))

    def radii(
        self,
        points: FloatArray,
        values: FloatArray,
        *,
        rows: IntArray | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> FloatArray:
        """Return a proven radius ≤ the domain's reach for each point `(n, d)` with label value `values` `(n,)`.

        −1 where none is proven; with `rows` of those only, in their order. They must be among those that the domain was
        made for. No second copy of the points is made.
        """
        rows = np.arange(len(points)) if rows is None else rows
        radii = np.full(len(points), self.domain.reach)
        known = np.zeros(len(points), dtype=bool)
        parts = [replace(part, rows=rows[part.rows]) for part in self.parts(values[rows])]
        with thread_pool() as pool:
            found = executor_for(pool, work=sum(part.work for part in parts)).run(prove, (self, points), parts, weigh=WORK)
            for done, (part, proven) in enumerate(zip(parts, found, strict=True), start=1):
                known[part.rows] = True
                radii[part.rows] = np.minimum(radii[part.rows], proven)
                if progress is not None:
                    progress(done / len(parts))
        radii[~known] = -1.0
        return radii[rows]

    def parts(self, values: FloatArray) -> Iterator[Part]:
        """Yield every requirement with the rows of `values` `(n,)` that it is about, in parts."""
        rows_of = rows_by_value(values)
        for number in range(len(self.comparisons)):
            requirement = self.comparisons[number]
            yield from parts_of(number, requirement, rows_of(requirement.values), self.meter)

    def measure(self, number: int, points: FloatArray) -> FloatArray:
        """Return the radii `(n,)` up to which requirement `number` is proven at `points` `(n, d)`.

        Where a bound overflows it is infinite, and proves nothing.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            return self.comparisons[number].measure(self.meter, points, self.radius).radius_lower

    def radii_anywhere(
        self, points: FloatArray, values: FloatArray, *, progress: Callable[[float], None] | None = None
    ) -> FloatArray:
        """Return the same for any points: the radius is also limited to where the domain's bounds hold."""
        return np.minimum(self.radii(points, values, progress=progress), self.domain.room(points))


def prove(shared: tuple[BallProof, FloatArray], part: Part) -> FloatArray:
    """Return the radii that one requirement allows at some of the points."""
    proof, points = shared
    return proof.measure(part.number, points[part.rows])


def rows_by_value(values: FloatArray) -> Callable[[Iterable[float]], IndexArray]:
    """Return a function that finds the rows, in increasing order, whose value is one of those given.

    >>> rows_by_value(np.array([5.0, 7.0, 5.0]))([5.0])
    array([0, 2])
    """
    order = np.argsort(values, kind="stable")
    ordered = values[order]

    def rows(wanted: Iterable[float]) -> IndexArray:
        keys = np.unique(np.array(list(wanted), dtype=np.float64))
        starts, stops = (np.searchsorted(ordered, keys, side=side) for side in ("left", "right"))
        return np.sort(np.concatenate([order[:0], *(order[a:b] for a, b in zip(starts, stops, strict=True))]))

    return rows
