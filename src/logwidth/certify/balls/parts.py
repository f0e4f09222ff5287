"""Parts of a proof: a requirement at some of the points, cut between blocks, so that no cut changes a number."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.meter import LeadMeter
from logwidth.certify.leads.requirement import Requirement


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
