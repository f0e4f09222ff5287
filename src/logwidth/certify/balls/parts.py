"""Parts of a proof: a requirement at some of the points, cut between blocks, so that no cut changes a number."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.leads.leads import LARGE, STRIP, LeadMeter, blocks_of
from logwidth.certify.leads.pieces import Comparison
from logwidth.certify.leads.requirement import BallTest

ROWS = 512  # of a part, about: many times what all its blocks share costs
ENTRY = 64  # multiplications that an entry of the tables of scores costs beside its own dot product
PIECES = 4096  # as many pieces a test of another kind may be worth


@dataclass(frozen=True, eq=False)
class Part:
    """Requirement `number` at the points `rows` `(n,)`; `work` is about the multiplications that it takes."""

    number: int
    rows: NDArray[np.intp]
    work: float


def parts_of(number: int, requirement: Comparison | BallTest, rows: NDArray[np.intp], meter: LeadMeter) -> Iterator[Part]:
    """Yield a requirement at `rows` `(n,)`, in parts of some blocks each if they are blocks of scores; nothing if n = 0.

    A float64 product depends, in its last bits, on the shape of its factors: so parts consist of the whole blocks that
    :meth:`LeadMeter.measure` cuts, whoever proves them, and are large enough for a sieve where all rows are.
    """
    if not rows.size:
        return
    each = meter.domain.first.m + ENTRY
    if not isinstance(requirement, Comparison):
        yield Part(number, rows, float(rows.size) * PIECES * each)
        return
    pieces, opposite = requirement.own.size + requirement.opposite.size, requirement.opposite.size
    sifted = rows.size * opposite >= LARGE
    blocks = [block.start for block in blocks_of(requirement, rows.size, meter.memory, STRIP if sifted else 0)]
    least = max(ROWS, 4 * LARGE // opposite) if sifted else ROWS
    count = min(max(1, rows.size // least), len(blocks))
    edges = [blocks[len(blocks) * k // count] for k in range(count)]
    for part in np.split(rows, edges[1:]):
        yield Part(number, part, float(part.size) * pieces * each)
