"""Binary digits of a word, one after the other, by Telgarsky's triangles (Lemma B.8): 3 layers a digit, width 5."""

from dataclasses import dataclass
from fractions import Fraction

from logwidth.construct.lattice_paper.chain import ZERO, Affine


@dataclass(frozen=True)
class Reader:
    """Where a word of `length` digits stands: two points folded alike, `read` digits done, and the number read so far.

    `point` and `twin` start at `4 word + 2` and `4 word + 1` in `[0, 4·2^length]`. A digit folds both by
    `T(v) = min(2v, 2M − 2v)`, `M = 4·2^length`. The pair lies inside one fold of T^i for i ≤ length, of slope `±2^i`:
    upwards where digit i is 0, downwards where it is 1. So digit i is `(T^i(twin) − T^i(point) + 2^i) / 2^{i+1}`.
    """

    name: str
    length: int
    point: Affine
    twin: Affine
    number: Affine = ZERO
    read: int = 0

    @classmethod
    def of(cls, name: str, length: int, word: Affine) -> "Reader":
        """Return a reader before the first digit of a word `0 ≤ word < 2^length`; these are functions for one layer."""
        return cls(name, length, 4 * word + 2, 4 * word + 1)

    def units(self, *, folding: bool) -> dict[str, Affine]:
        """Return the units of the first of a digit's three layers, 5 of them; 3 where it only carries on."""
        units = {self._("point"): self.point, self._("twin"): self.twin, self._("number"): self.number}
        if folding:
            half = 2 ** (self.length + 1)
            units |= {self._("point over"): self.point - half, self._("twin over"): self.twin - half}
        return units

    def folded(self, at: dict[str, Affine], *, folding: bool) -> "Reader":
        """Return the reader behind the first layer: both points are folded by the functions that the second one takes."""
        ends = []
        for name in ("point", "twin"):
            value = at[self._(name)]
            ends.append(2 * value - 4 * at[self._(f"{name} over")] if folding else value)
        return Reader(self.name, self.length, ends[0], ends[1], at[self._("number")], self.read + folding)

    def digit(self) -> dict[str, Affine]:
        """Return the unit, for the third layer, that is digit `read` of the word, from the highest one, which is 1."""
        slope = 2**self.read
        return {self._("digit"): Fraction(1, 2 * slope) * (self.twin - self.point + slope)}

    def carried(self, at: dict[str, Affine]) -> "Reader":
        """Return the reader behind a layer that holds its three units, and its digit if it has one."""
        number = at[self._("number")]
        if self._("digit") in at:
            number = 2 * number + at[self._("digit")]
        return Reader(self.name, self.length, at[self._("point")], at[self._("twin")], number, self.read)

    def afresh(self) -> "Reader":
        """Return the reader with nothing read into its number: the next one begins."""
        return Reader(self.name, self.length, self.point, self.twin, ZERO, self.read)

    def _(self, part: str) -> str:
        return f"{self.name} {part}"
