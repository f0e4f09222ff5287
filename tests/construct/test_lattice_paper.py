"""The published √N memorizer in exact numbers: its lemmas one by one, its sizes against their formulas, planted faults."""

from dataclasses import replace
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from logwidth.certify.exact_networks.reader import constants_on_balls
from logwidth.construct import build_lattice_paper, cells_of, shape_of
from logwidth.construct.lattice_paper.build import add_floors, add_selection, key_of, labels_of_keys
from logwidth.construct.lattice_paper.chain import Affine, ExactChain, scale_of, wall_of
from logwidth.construct.lattice_paper.recall import Reader, add_recall, word_of
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.network import DyadicNetwork, DyadicRow, outputs_exactly
from logwidth.network.dyadic_network import digits, longest
from logwidth.rounding import fraction
from logwidth.separation import separation
from logwidth.theory import lattice_ratio_lower

SIZES = [(2, 1, 2), (3, 2, 3), (4, 2, 2), (5, 3, 4), (9, 1, 8), (12, 3, 4), (30, 2, 3)]


def made(n, d, classes):
    """Return data, their network, its sizes, and the radius that the theorem serves."""
    data = Dataset(np.random.default_rng(n).normal(size=(n, d)), np.arange(n) % classes)
    sep = separation(data, norm=2)
    cells = cells_of(data.points, sep.lower)
    shape = shape_of(n, d, classes, cells.count)
    radius = fraction(lattice_ratio_lower(n, d)) * fraction(sep.lower) / 2
    return data, build_lattice_paper(cells, data.labels, shape), shape, radius


def exact(points):
    return [[Fraction(x) for x in row] for row in np.asarray(points).tolist()]


def right(network, data, radius):
    """Return how many balls are proven to have their own label."""
    found = constants_on_balls(network, exact(data.points), radius)
    return sum(value == 1 + label for value, label in zip(found, data.labels.tolist(), strict=True))


@pytest.mark.parametrize(("n", "d", "classes"), SIZES)
def test_depth_width_entries_and_bits_are_those_of_the_formulas(n, d, classes):
    _, network, shape, _ = made(n, d, classes)
    assert (network.depth, network.width, network.widths) == (shape.depth, shape.width, shape.widths)
    assert network.entries == shape.entries_built <= shape.entries
    memory = network.layers[shape.floor_layers :]
    assert max(longest(layer) for layer in memory) == shape.bits_per_weight
    assert network.bits == max(shape.bits_per_weight, longest(network.layers[0]))


@pytest.mark.parametrize(("n", "d", "classes"), SIZES)
def test_every_ball_is_right_up_to_its_very_edge(n, d, classes):
    data, network, _, radius = made(n, d, classes)
    assert right(network, data, radius) == n
    edges, labels = [], []
    for point, label in zip(exact(data.points), data.labels.tolist(), strict=True):
        for j, sign in product(range(d), (-1, 1)):
            moved = list(point)
            if d > 1:  # a rational point of the sphere, off the axes
                moved[(j + 1) % d] += Fraction(4, 5) * radius
            moved[j] += sign * radius * (Fraction(3, 5) if d > 1 else 1)
            edges.append(moved)
            labels.append(1 + label)
    assert outputs_exactly(network, edges) == labels


def test_the_proof_stops_where_a_ball_meets_a_wall():
    data, network, shape, _ = made(4, 2, 2)
    cells = cells_of(data.points, separation(data, norm=2).lower)
    z = [cells.scale * Fraction(x) + s for x, s in zip(data.points[0].tolist(), cells.shifts, strict=True)]
    parts = [v - v.numerator // v.denominator for v in z]
    just = min(min(part - Fraction(1, 4 * shape.n_samples), 1 - part) for part in parts) / cells.scale
    wall = min(min(part, 1 - part) for part in parts) / cells.scale
    points = exact(data.points[:1])
    assert constants_on_balls(network, points, just) == [1 + data.labels[0]]
    assert constants_on_balls(network, points, wall * Fraction(1001, 1000)) == [None]


@pytest.mark.parametrize(("layers", "steepness"), [(1, 4), (2, 5), (4, 12)])
def test_floor_is_exact_from_its_margin_to_the_next_whole_number_and_no_further(layers, steepness):
    chain = ExactChain.of(1)
    (floor,) = add_floors(chain, [Affine.unit("x0")], layers, steepness)
    network = chain.finish(floor)
    assert network.widths == [5] * layers
    margin = Fraction(1, steepness)
    for q in range(2**layers):
        inside = [Fraction(q) + margin, Fraction(q) + Fraction(1, 2), Fraction(q + 1)]
        assert outputs_exactly(network, [[z] for z in inside]) == [q] * 3
    middle = 2 ** (layers - 1)  # behind this wall the whole margin is needed, behind others a part of it
    assert outputs_exactly(network, [[middle + margin * Fraction(99, 100)]]) != [middle]


def test_the_published_margins_do_not_fit_together():
    # distance 1/(3N) from the walls, less a ball of 1/(4N), leaves 1/(12N), but the floor is taken with a margin of 1/(4N)
    n = 10
    edge = [[Fraction(4) + Fraction(1, 3 * n) - Fraction(1, 4 * n)]]
    for steepness, whole in ((4 * n, False), (12 * n, True)):
        chain = ExactChain.of(1)
        (floor,) = add_floors(chain, [Affine.unit("x0")], 3, steepness)
        assert (outputs_exactly(chain.finish(floor), edge) == [4]) is whole


def test_a_key_finds_the_words_of_its_group_and_no_other():
    chain = ExactChain.of(1)
    at = add_selection(chain, Affine.unit("x0"), [(2, 4, 10, 7), (5, 5, 20, 8), (9, 12, 30, 9), (12, 12, 0, 0)])
    network = chain.finish(1000 * at["u"] + at["w"])
    assert network.depth == 3 * 4 + 2
    words = {**dict.fromkeys((2, 3, 4), 10007), 5: 20008, **dict.fromkeys((9, 10, 11, 12), 30009)}
    assert outputs_exactly(network, [[x] for x in range(15)]) == [words.get(x, 0) for x in range(15)]


def test_an_empty_group_must_have_empty_words():
    # Lemma B.7 as stated repeats the last key for groups that are not there: their words would be added to the last one's
    chain = ExactChain.of(1)
    at = add_selection(chain, Affine.unit("x0"), [(1, 3, 5, 0), (3, 3, 6, 0)])
    assert outputs_exactly(chain.finish(at["u"]), [[3]]) == [11]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_digits_of_every_word_are_read_from_the_top(length):
    chain = ExactChain.of(1)
    reader = Reader.of("w", length, Affine.unit("x0"))
    reader = reader.carried(chain.add(reader.units(folding=False)))
    seen = []
    for _ in range(length):
        at = chain.add(reader.units(folding=True))
        reader = reader.folded(at, folding=True)
        reader = reader.carried(chain.add(reader.units(folding=False)))
        reader = reader.carried(chain.add({**reader.units(folding=False), **reader.digit()}))
        seen.append(DyadicNetwork(1, (*chain.layers, (chain._row(reader.number),))))
    for read, network in enumerate(seen, 1):
        found = outputs_exactly(network, [[word] for word in range(2**length)])
        assert found == [word >> length - read for word in range(2**length)]


@pytest.mark.parametrize(("slots", "key_bits", "label_bits"), [(1, 3, 1), (3, 4, 2), (2, 2, 4)])
def test_the_label_of_a_key_is_recalled_and_of_another_is_0(slots, key_bits, label_bits):
    rng = np.random.default_rng(slots)
    keys = sorted(rng.choice(np.arange(1, 2**key_bits), slots, replace=False).tolist())
    labels = rng.integers(1, 2**label_bits, slots).tolist()
    chain = ExactChain.of(1)
    at = chain.add({"x": Affine.unit("x0")})
    at |= {"u": Affine(bias=word_of(keys, key_bits, slots)), "w": Affine(bias=word_of(labels, label_bits, slots))}
    network = chain.finish(add_recall(chain, at, slots, key_bits, label_bits))
    assert network.depth == 1 + 3 * slots * max(key_bits, label_bits) + 2 * slots + 2
    assert network.width == 12
    table = dict(zip(keys, labels, strict=True))
    found = outputs_exactly(network, [[x] for x in range(2**key_bits)])
    assert found == [table.get(x, 0) for x in range(2**key_bits)]


@pytest.mark.parametrize("n", [1, 2, 7, 50])
def test_a_wall_is_half_an_nth_from_every_part_around_the_circle(n):
    rng = np.random.default_rng(n)
    even = [Fraction(2 * i, 2 * n) + Fraction(1, 97 * n) for i in range(n)]  # no gap is wider than 1/n
    for parts in (even, [Fraction(x) for x in rng.random(n).tolist()], [Fraction(1, 2)] * n):
        wall = wall_of(parts, n)
        assert 0 <= wall < 1
        assert min(min((wall - p) % 1, (p - wall) % 1) for p in parts) >= Fraction(1, 2 * n)


@pytest.mark.parametrize("delta", [1.0, 3e-9, 7.25e11])
def test_the_scale_is_the_published_one_but_for_a_128th(delta):
    square = Fraction(484 * 7, 81) / fraction(delta) ** 2
    assert square * Fraction(127, 128) ** 2 < scale_of(7, delta) ** 2 <= square


def test_numbers_of_any_size_of_the_data_change_no_formula():
    points = np.array([[1.0, 2.0], [3.5, -1.25], [0.0, 0.5], [2.0, 2.0]])
    for size in (2.0**-40, 1.0, 2.0**40):
        cells = cells_of(points * size, separation(Dataset(points * size, [0, 1, 0, 1]), norm=2).lower)
        assert cells.floors == cells_of(points, separation(Dataset(points, [0, 1, 0, 1]), norm=2).lower).floors


def test_a_shift_that_leaves_less_than_its_distance_is_seen():
    data, network, shape, radius = made(12, 3, 4)
    cells = cells_of(data.points, separation(data, norm=2).lower)
    value = cells.scale * Fraction(data.points[5, 1]) + cells.shifts[1]
    part = value - value.numerator // value.denominator
    for left, proven in ((Fraction(3, 64), True), (Fraction(1, 64), False)):  # 1/(2N) lies between them
        nearer = replace(cells, shifts=(cells.shifts[0], cells.shifts[1] - part + left, cells.shifts[2]))
        moved = build_lattice_paper(nearer, data.labels, shape)
        found = constants_on_balls(moved, exact(data.points), radius)
        assert (found[5] is not None) is proven
    assert right(network, data, radius) == 12


def test_two_classes_in_one_cell_are_refused_by_the_builder_and_seen_by_the_proof():
    data, network, shape, radius = made(12, 3, 4)
    cells = cells_of(data.points, separation(data, norm=2).lower)
    same = replace(cells, floors=[cells.floors[1], *cells.floors[1:]])
    with pytest.raises(InputError, match="samples 0 and 1 have different labels and lie in one cell"):
        labels_of_keys(same, data.labels)
    word = word_of([key_of(cells.floors[0], cells.count)], shape.key_bits, 1)
    swapped = [_with_key(row, word, shape) for row in network.layers[shape.floor_layers + 3]]
    layers = (*network.layers[: shape.floor_layers + 3], tuple(swapped), *network.layers[shape.floor_layers + 4 :])
    assert right(DyadicNetwork(network.n_inputs, layers), data, radius) < 12


def _with_key(row, key, shape):
    """Return a unit of the layer that adds the first group's words, with a key that stands there twice."""
    return DyadicRow(tuple((j, _twice(w, key, shape)) for j, w in row.weights), row.bias, row.shift)


def _twice(word, key, shape):
    size = shape.groups * shape.key_bits
    if word.bit_length() <= size - 2 * shape.key_bits:
        return word
    slots = [word >> i * shape.key_bits & (1 << shape.key_bits) - 1 for i in reversed(range(shape.groups))]
    slots[slots[0] == key] = key
    return word_of(slots, shape.key_bits, shape.groups)


def test_every_flipped_digit_of_a_word_in_use_is_seen():
    data, network, shape, radius = made(5, 3, 4)
    at = shape.floor_layers + 3
    kept = {1: 3 * shape.key_bits, 2: 3 * shape.stored_label_bits}  # all three slots of the first group are in use
    for unit, length in kept.items():
        for digit in range(length):
            (carried, (column, word)) = network.layers[at][unit].weights
            assert word.bit_length() <= length
            row = DyadicRow((carried, (column, word ^ 1 << digit)), 0, 0)
            layer = tuple(row if k == unit else other for k, other in enumerate(network.layers[at]))
            planted = DyadicNetwork(network.n_inputs, (*network.layers[:at], layer, *network.layers[at + 1 :]))
            assert right(planted, data, radius) < 5


@pytest.mark.parametrize("classes", [2, 4, 8])
def test_the_published_bits_of_a_label_cannot_hold_the_last_of_so_many_classes(classes):
    shape = shape_of(9, 2, classes, 20)
    assert classes == 2**shape.label_bits
    assert classes < 2**shape.stored_label_bits <= 2**shape.key_bits


def test_digits_count_from_the_first_or_the_point_to_the_last():
    assert [digits(n, s) for n, s in ((0, 3), (1, 0), (-6, 0), (6, 1), (1, 5), (33, 5))] == [0, 1, 3, 2, 5, 6]


def test_a_projection_is_refused_in_words():
    with pytest.raises(InputError, match="from 600 features on"):
        shape_of(2, 700, 2, 3)
