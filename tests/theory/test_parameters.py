"""Stored numbers and bits: formulas against built networks, against exact counts, and against each other."""

import math
from fractions import Fraction

import numpy as np
import pytest

import logwidth as lw
from logwidth.errors import InputError
from logwidth.theory import parameter_costs
from logwidth.theory.parameters import counting_bits, first_layer_entries, lattice_shape, register_entries, sufficient_rank
from logwidth.theory.possible import possible_ratio_lower


@pytest.mark.parametrize(("n", "d"), [(12, 3), (20, 5), (30, 4)])
def test_a_register_takes_no_more_than_its_formula(n, d):
    rng = np.random.default_rng(n)
    run = lw.memorize(rng.normal(size=(n, d)), np.arange(n) % 3, ratio=0.3, construction="register", pieces="all")
    dense, nonzero = register_entries(n, d, run.network.width - 3)
    stored = sum(layer.n_outputs * (layer.n_inputs + 1) for layer in run.network.layers)
    assert stored <= dense
    assert 0.7 * nonzero < run.network.n_nonzero <= nonzero


@pytest.mark.parametrize("classes", [2, 3, 8, 10])
@pytest.mark.parametrize("n", [2, 10, 1000])
def test_counting_is_exact_for_few_samples_and_never_above_for_many(n, classes):
    bits = counting_bits(n, classes)
    assert 2 ** (bits - 1) < classes**n <= 2**bits
    million = counting_bits(10**6, classes)
    assert million <= (classes ** (10**6)).bit_length()
    assert million >= 10**6 * math.log2(classes) * (1 - 1e-12) - 1


def test_the_first_layer_is_counted_in_exact_arithmetic():
    # as stored, 0.7 lies a little below seven tenths and 0.1 a little above a tenth
    assert first_layer_entries(1000, 100, 0.7) == 101 * math.ceil(Fraction(0.7) ** 2 * 100) == 101 * 49
    assert first_layer_entries(1000, 100, 0.1) == 101 * 2
    assert first_layer_entries(3, 100, 0.9) == 101 * 2


def test_the_lattice_has_the_sizes_that_its_theorem_states():
    shape = lattice_shape(100, 4, 3, 5.0)
    assert (shape.rank, shape.groups, shape.label_bits) == (4, 11, 2)
    assert shape.cells == math.floor(22 * 2 * 5 / 9) + 2 == 26
    assert 2 ** (shape.key_bits - 1) < shape.cells**5 <= 2**shape.key_bits
    assert shape.memory_depth == (3 * 10 + 2) + (3 * 11 * shape.key_bits + 2 * 11 + 2)
    assert shape.bits_per_weight == 11 * shape.key_bits + 2
    layers = [(4, 20), *[(20, 20)] * (shape.floor_layers - 1), (20, 12), *[(12, 12)] * (shape.memory_depth - 1), (12, 1)]
    assert shape.entries == sum(k * (n + 1) for n, k in layers)


@pytest.mark.parametrize("ratio", [0.0, 0.3, 0.9])
def test_the_rank_is_the_least_that_t4_gives(ratio):
    rank = sufficient_rank(500, 40, ratio)
    assert possible_ratio_lower(500, 40, rank + 1) > ratio or rank == 40
    assert rank == 1 or possible_ratio_lower(500, 40, rank) <= ratio


def test_the_range_of_the_lattice_is_its_theorems():
    limit = 1.0 / (5.0 * 50 * math.sqrt(9.0))
    found = [next(c for c in parameter_costs(50, 9, r) if "B.3" in c.name).applies for r in (limit, limit * (1 + 1e-9))]
    assert found == [True, False]
    assert [c.applies for c in parameter_costs(50, 9, 0.0) if "Vardi" in c.name] == [True]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((10, 5, 1.0), "below 1"),
        ((10, 5, float("nan")), "below 1"),
        ((10, 5, 0.5, 1), "classes"),
        ((10, 5, 0.5, 11), "classes"),
    ],
)
def test_what_is_out_of_range_is_named(arguments, word):
    with pytest.raises(InputError, match=word):
        parameter_costs(*arguments)
    with pytest.raises(InputError, match="spread"):
        parameter_costs(10, 5, 0.5, spread=0.5)


def test_shattering_stops_growing_where_its_theorem_ends():
    def root(ratio):
        note = next(c.note for c in parameter_costs(900, 25, ratio) if c.name == "shattering")
        return float(note.split(" = ")[1].split()[0])

    assert root(0.0) == 30.0
    assert root(0.6) == 37.5
    assert root(math.sqrt(1 - 1 / 25)) == root(0.9999) == 150.0


def test_the_largest_ratio_is_named_where_the_asked_one_is_beyond_it():
    costs = {c.name: c for c in parameter_costs(50, 9, 0.5)}
    assert [c.largest_ratio for c in costs.values() if c.applies] == [None] * sum(c.applies for c in costs.values())
    assert [c.largest_ratio for c in costs.values() if not c.applies] == [pytest.approx(1 / 750), 0.0]
