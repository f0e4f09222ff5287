"""The label whose key stands in the words of a group (Lemma B.9): depth 3 g max(key, c) + 2 g + 2, width 12."""

from dataclasses import dataclass
from fractions import Fraction

from logwidth.construct.lattice_paper.chain import ZERO, Affine, ExactChain


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


def word_of(numbers: list[int], bits: int, slots: int) -> int:
    """Return `slots` numbers of `bits` binary digits as one, the first one on top; missing ones are 0.

    >>> word_of([2, 1], 3, 3)
    136
    """
    assert all(0 <= number < 2**bits for number in numbers)
    assert len(numbers) <= slots
    word = 0
    for number in [*numbers, *[0] * (slots - len(numbers))]:
        word = word << bits | number
    return word


def add_recall(chain: ExactChain, at: dict[str, Affine], slots: int, key_bits: int, label_bits: int) -> Affine:
    """Return the sum of the labels whose keys equal `x`, for units `x`, `u`, `w` and words of `slots` numbers each.

    A slot takes `3 max(key_bits, label_bits) + 2` layers: the next key and label are read side by side, then
    `hit = ReLU(label − 2^{label_bits} (|key − x|))` is the label where they are equal, 0 elsewhere, and is added up.
    """
    keys = Reader.of("u", slots * key_bits, at["u"])
    labels = Reader.of("w", slots * label_bits, at["w"])
    ends = {"u point": keys.point, "u twin": keys.twin, "w point": labels.point, "w twin": labels.twin}
    at = chain.add({"x": at["x"], "y": ZERO, **ends})
    keys, labels = _at(keys, at), _at(labels, at)
    x, y = at["x"], at["y"]
    for _ in range(slots):
        keys, labels = keys.afresh(), labels.afresh()
        for step in range(max(key_bits, label_bits)):
            at, keys, labels = _add_step(chain, {"x": x, "y": y}, (keys, step < key_bits), (labels, step < label_bits))
            x, y = at["x"], at["y"]
        more = {"label": labels.number, "below": keys.number - x, "above": x - keys.number}
        at = chain.add({"x": x, "y": y, **_ends(keys), **_ends(labels), **more})
        keys, labels = _at(keys, at), _at(labels, at)
        hit = at["label"] - 2**label_bits * (at["below"] + at["above"])
        at = chain.add({"x": at["x"], "y": at["y"], **_ends(keys), **_ends(labels), "hit": hit})
        keys, labels = _at(keys, at), _at(labels, at)
        x, y = at["x"], at["y"] + at["hit"]
    return chain.add({"y": y})["y"]


Turn = tuple[Reader, bool]  # a reader, and whether it reads a digit or only waits for the other


def _add_step(
    chain: ExactChain, carried: dict[str, Affine], keys: Turn, labels: Turn
) -> tuple[dict[str, Affine], Reader, Reader]:
    """Add the three layers of one digit of both words."""
    turns = [keys, labels]
    at = chain.add({**carried, **_all(reader.units(folding=reads) for reader, reads in turns)})
    turns = [(reader.folded(at, folding=reads), reads) for reader, reads in turns]
    at = chain.add({"x": at["x"], "y": at["y"], **_all(reader.units(folding=False) for reader, _ in turns)})
    turns = [(reader.carried(at), reads) for reader, reads in turns]
    read = _all({**reader.units(folding=False), **(reader.digit() if reads else {})} for reader, reads in turns)
    at = chain.add({"x": at["x"], "y": at["y"], **read})
    return at, turns[0][0].carried(at), turns[1][0].carried(at)


def _all(parts: object) -> dict[str, Affine]:
    found: dict[str, Affine] = {}
    for part in parts:  # type: ignore[attr-defined]
        found |= part
    return found


def _ends(reader: Reader) -> dict[str, Affine]:
    return {f"{reader.name} point": reader.point, f"{reader.name} twin": reader.twin}


def _at(reader: Reader, at: dict[str, Affine]) -> Reader:
    """Return the reader behind a layer that carries its two points alone."""
    return Reader(reader.name, reader.length, at[f"{reader.name} point"], at[f"{reader.name} twin"], ZERO, reader.read)
