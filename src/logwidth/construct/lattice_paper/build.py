"""Theorem B.3 of Kim, Moon, Yun as a network: scale and shift, round down, join to a key, recall its label."""

from logwidth.construct.lattice_paper.cells import Cells
from logwidth.construct.lattice_paper.chain import Affine, ExactChain
from logwidth.construct.lattice_paper.flatten import flattened, groups_of, key_of
from logwidth.construct.lattice_paper.floor import add_floors
from logwidth.construct.lattice_paper.recall import add_recall, word_of
from logwidth.construct.lattice_paper.select_word import Group, add_selection
from logwidth.errors import InputError
from logwidth.network import DyadicNetwork
from logwidth.theory import LatticeShape, lattice_rank
from logwidth.types import IntArray

LATTICE_PAPER = "lattice-paper"


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
