"""The label whose key stands in the words of a group (Lemma B.9): depth 3 g max(key, c) + 2 g + 2, width 12."""

from logwidth.construct.lattice_paper.bit_extraction import Reader
from logwidth.construct.lattice_paper.chain import ZERO, Affine, ExactChain


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
