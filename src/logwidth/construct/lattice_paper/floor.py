"""Rounding down by a sawtooth (Lemma B.16): width 5 a coordinate, one layer a binary digit."""

from collections.abc import Sequence
from fractions import Fraction

from logwidth.construct.lattice_paper.chain import Affine, ExactChain


def add_floors(chain: ExactChain, coordinates: Sequence[Affine], layers: int, steepness: int) -> list[Affine]:
    """Return `⌊z⌋` of each coordinate, exact for z in `[q + 1/t, q + 1)`, q a whole number in `[0, 2^n)`.

    `n` layers, 5 units a coordinate; t is the steepness, a whole number. At `z = q + 1` the result is q.

        y_0 = 2^n − z,     y_{l+1} = 2 y_l − 2^n step_l,
        step_l = ReLU(t (y_l − 2^{n−1}) + 1) − ReLU(t (y_l − 2^{n−1})) + ReLU(t (y_l − 2^n) + 1),
        ⌊z⌋ = z − 1 + y_n / 2^n.

    On these z the step is 1 where `y_l ≥ 2^{n−1}` and 0 elsewhere, so `y_n / 2^n` is `⌈z⌉ − z`.
    """
    size, half = 2**layers, 2 ** (layers - 1)
    carried, rest = list(coordinates), [-1 * z + size for z in coordinates]
    for _ in range(layers):
        units = {}
        for j, (z, y) in enumerate(zip(carried, rest, strict=True)):
            units[f"z{j}"], units[f"y{j}"] = z, y
            units[f"low{j}"] = steepness * (y - half) + 1
            units[f"high{j}"] = steepness * (y - half)
            units[f"end{j}"] = steepness * (y - size) + 1
        at = chain.add(units)
        carried = [at[f"z{j}"] for j in range(len(carried))]
        rest = [2 * at[f"y{j}"] - size * (at[f"low{j}"] - at[f"high{j}"] + at[f"end{j}"]) for j in range(len(carried))]
    return [z + Fraction(1, size) * y - 1 for z, y in zip(carried, rest, strict=True)]
