"""Theorem B.3 of Kim, Moon, Yun as a network: scale and shift, round down, join to a key, recall its label."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from logwidth.construct.lattice_paper.chain import ZERO, Affine, Cells, ExactChain
from logwidth.construct.lattice_paper.recall import add_recall, word_of
from logwidth.errors import InputError
from logwidth.network import DyadicNetwork
from logwidth.theory import LatticeShape, lattice_rank
from logwidth.types import IntArray

Group = tuple[int, int, int, int]  # first key, last key, word of keys, word of labels
LATTICE_PAPER = "lattice-paper"


def flattened(floors: Sequence[Affine], cells: int) -> Affine:
    """Return `Σ_j R^j ⌊z_j⌋`, j from 0: different for different cells where every `⌊z_j⌋` lies in `[0, R)`."""
    total = ZERO
    for j, value in enumerate(floors):
        total = total + cells**j * value
    return total


def key_of(floors: Sequence[int], cells: int) -> int:
    """Return the key of one cell.

    >>> key_of([3, 1], 10)
    13
    """
    return sum(value * cells**j for j, value in enumerate(floors))


def groups_of(keys: Sequence[int], size: int, count: int) -> list[list[int]]:
    """Return rising, different keys in `count` groups of at most `size`; the last ones may be empty.

    >>> groups_of([1, 4, 6], 2, 3)
    [[1, 4], [6], []]
    """
    assert len(keys) <= size * count
    assert all(a < b for a, b in pairwise(keys))
    return [list(keys[i * size : (i + 1) * size]) for i in range(count)]


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


def add_selection(chain: ExactChain, key: Affine, groups: Sequence[Group]) -> dict[str, Affine]:
    """Return units `x`, `u`, `w`: the key, and the words of the group with `first ≤ key ≤ last`; 0 where there is none.

    Exact for whole keys in `[0, …)`. Intervals with words other than 0 must not meet. A group takes three layers:

        below = ReLU(first − x), above = ReLU(x − last);    inside = ReLU(1 − below − above);    u ← u + U·inside.
    """
    at = chain.add({"x": key, "u": ZERO, "w": ZERO})
    for first, last, keys, labels in groups:
        x, u, w = at["x"], at["u"], at["w"]
        at = chain.add({"x": x, "u": u, "w": w, "below": -1 * x + first, "above": x - last})
        inside = -1 * (at["below"] + at["above"]) + 1
        at = chain.add({"x": at["x"], "u": at["u"], "w": at["w"], "inside": inside})
        at = chain.add({"x": at["x"], "u": at["u"] + keys * at["inside"], "w": at["w"] + labels * at["inside"]})
    return chain.add({"x": at["x"], "u": at["u"], "w": at["w"]})


def shape_of(n: int, d: int, n_classes: int, cells: int) -> LatticeShape:
    """Return the sizes that Theorem B.3 gives for `cells` on an axis. Raises InputError where it asks for a projection."""
    if lattice_rank(n, d) < d:
        raise InputError(
            f"{LATTICE_PAPER} is built on the features as they are: from {lattice_rank(n, d) + 1:,} features on "
            f"the theorem projects {n:,} samples first, and no network of that size could be written; take fewer features"
        )
    return LatticeShape.of(n, d, n_classes, cells)


def build_lattice_paper(cells: Cells, labels: IntArray, shape: LatticeShape) -> DyadicNetwork:
    """Return the network of samples in these cells, with class indices `labels` `(N,)`, of the sizes that `shape` says.

    It returns `1 + labels[i]` on the ball of radius `ρδ/2`, `ρ = 1/(5N√d)`, around sample i, and 0 at the centres of cells
    without samples. Raises InputError where two classes share a cell, which a right δ rules out.
    """
    table = labels_of_keys(cells, labels)
    chain = ExactChain.of(shape.n_features)
    inputs = [cells.scale * Affine.unit(f"x{j}") + shift for j, shift in enumerate(cells.shifts)]
    floors = add_floors(chain, inputs, shape.floor_layers, 4 * shape.n_samples)
    at = add_selection(chain, flattened(floors, cells.count), words_of(table, shape))
    return chain.finish(add_recall(chain, at, shape.groups, shape.key_bits, shape.stored_label_bits))


def labels_of_keys(cells: Cells, labels: IntArray) -> dict[int, int]:
    """Return, by rising key, 1 + the class of the samples in that cell. Raises InputError where there are two."""
    table: dict[int, int] = {}
    first: dict[int, int] = {}
    for i, (floors, label) in enumerate(zip(cells.floors, labels.tolist(), strict=True)):
        key = key_of(floors, cells.count)
        if table.setdefault(key, 1 + label) != 1 + label:
            raise InputError(f"samples {first[key]} and {i} have different labels and lie in one cell of the lattice")
        first.setdefault(key, i)
    return dict(sorted(table.items()))


def words_of(table: dict[int, int], shape: LatticeShape) -> list[Group]:
    """Return the `⌈√N⌉` groups of at most `⌊√N⌋ + 1` keys each; empty ones stand behind the last key, with words of 0."""
    keys, g = list(table), shape.groups
    return [
        (
            group[0] if group else keys[-1],
            group[-1] if group else keys[-1],
            word_of(group, shape.key_bits, g),
            word_of([table[key] for key in group], shape.stored_label_bits, g),
        )
        for group in groups_of(keys, g, shape.root)
    ]
