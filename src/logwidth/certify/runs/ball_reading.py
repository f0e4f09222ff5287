"""A list of balls read all at once: one product rules most balls out, the few that are left are summed exactly (T15c)."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from logwidth.certify.forms.balls.form import BallForm
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.display import OneLine
from logwidth.rounding.tensors import host, lives_elsewhere
from logwidth.types import BoolArray, FloatArray

BLOCK = 4096
FUZZ = 2.0**-14  # of all squares in a score: far more than what products in single precision lose, of up to 2^8 features
MOST_FEATURES, LARGEST, SMALLEST = 1 << 8, 1e15, 2.0**-40


@dataclass(frozen=True, eq=False, repr=False)
class BallReading(OneLine):
    """A recognised list of balls, and what of it a product can rule out.

    A ball within R of c in ℓ1 or ℓ2 lies within R of it in ℓ2: it does not hold x where `2⟨c, x⟩ − |c|² + R² < |x|²`.
    """

    form: BallForm
    norm: float

    def _line(self) -> list[str]:
        return [f"{self.form.name} read all at once", f"{self.form.outputs.size:,} balls"]

    @cached_property
    def _products(self) -> tuple[FloatArray, Any, Any] | None:
        """The middle of the centres, twice the centres beside it `(d, P)` and `R² − |c|²` `(P,)` in single precision.

        None where these numbers are too many, too large, or not known.
        """
        try:
            reaches = self.form.reaches(self.norm)
        except UnprovableNetworkError:
            return None
        middle = (reaches.centres.min(axis=0) + reaches.centres.max(axis=0)) / 2
        beside = reaches.centres - middle
        squares = (beside * beside).sum(axis=1)
        sizes = float(squares.max(initial=0.0) + (reaches.outer**2).max(initial=0.0) + np.abs(reaches.centres).max())
        small = float(reaches.outer.min(initial=np.inf)) > SMALLEST  # else squares underflow in single precision
        if not (sizes < LARGEST and small) or middle.size > MOST_FEATURES:
            return None
        bias = reaches.outer**2 * (1 + FUZZ) - squares * (1 - FUZZ)
        return middle, np.ascontiguousarray(2 * beside.T, dtype=np.float32), bias.astype(np.float32)

    def read(self, points: Any) -> tuple[FloatArray, BoolArray]:
        """Return, per row of `points` `(n, d)`, the chain's output, and whether it is known: nothing overflows there."""
        rows = np.asarray(host(points) if lives_elsewhere(points) else points, dtype=np.float64)
        values, clear = np.full(len(rows), self.form.default), np.zeros(len(rows), dtype=bool)
        if self._products is None:
            return values, clear
        clear = np.asarray((np.abs(rows) <= self.form.inputs_upper()).all(axis=1))
        for start in range(0, len(rows), BLOCK):
            part = slice(start, start + BLOCK)
            values[part] = self._values(rows[part], *self._products)
        return values, clear

    def _values(self, rows: FloatArray, middle: FloatArray, twice: Any, bias: Any) -> FloatArray:
        with np.errstate(over="ignore", invalid="ignore"):
            beside = rows - middle
            single = beside.astype(np.float32)
            scores = single @ twice
            scores += bias
            least = np.einsum("ij,ij->i", beside, beside) * (1 - FUZZ)
            near = np.flatnonzero(scores.max(axis=1) >= least)
            place, ball = np.nonzero(scores[near] >= least[near, None])
        values = np.full(len(rows), self.form.default)
        if near.size:
            whole, _ = self.form.at(rows[near])
            holds = self.form.hinges.sums(ball, whole[place]) <= self.form.levels[ball] - 1
            last = np.full(near.size, -1)
            np.maximum.at(last, place[holds], ball[holds])
            held = last >= 0
            values[near[held]] = self.form.outputs[last[held]]
        return values
