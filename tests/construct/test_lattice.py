"""Lattices as they are built: gaps, walls, keys and memories are what they say, and sizes equal the formulas."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.certify import recognise
from logwidth.construct import LATTICE, Plan
from logwidth.construct.lattice.build import lattice_depth, units_held
from logwidth.construct.lattice.choice import Gaps, cells_of, few_walls, mixed_pairs, patterns_of, unseparated
from logwidth.construct.lattice.memory import Cells, Runs, Words, short_keys, smallest_memory
from logwidth.construct.lattice.separating import gaps_along, largest_radius
from logwidth.errors import InputError
from logwidth.separation import separation


def plan_of(data, ratio, dtype="float32", norm=2.0, **more):
    delta = separation(data, norm=norm).lower
    eye = np.eye(data.n_features)
    return Plan(data.points, data.labels, data.values, eye, ratio * delta / 2, delta, dtype, norm, norm, **more)


def code_book(n, d, classes, seed=0):
    draw = np.random.default_rng(seed)
    points = np.unique(draw.integers(0, 3, size=(4 * n, d)), axis=0).astype(float)
    points = points[draw.permutation(len(points))[:n]]
    return lw.Dataset(points, draw.permutation(np.arange(len(points)) % classes))


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10**6))
def test_no_ball_touches_a_gap_and_no_gap_is_missed(seed):
    draw = np.random.default_rng(seed)
    images, clear = draw.integers(0, 30, size=(8, 2)) / 4, draw.integers(1, 8, size=2) / 8
    gaps = Gaps.of(images, clear, np.full(2, 0.01))
    for j in range(2):
        for s, (low, high) in enumerate(zip(gaps.low[j], gaps.high[j], strict=True)):
            above = gaps.below[:, j] > s
            assert (images[~above, j] + clear[j] <= low).all()
            assert (images[above, j] - clear[j] >= high).all()
        places = np.unique(images[:, j])
        assert len(gaps.low[j]) == np.sum(np.diff(places) - 2 * clear[j] > 0.01)
        assert gaps.below[:, j].max() == len(gaps.low[j])


def test_pairs_of_a_cell_are_found_exactly_where_it_mixes_labels():
    draw = np.random.default_rng(0)
    for _ in range(50):
        codes, labels = draw.integers(0, 3, size=(12, 2)), draw.integers(0, 2, 12)
        cells = cells_of(codes)
        assert all((cells[a] == cells[b]) == (codes[a] == codes[b]).all() for a in range(12) for b in range(12))
        mixed = {c for c in cells if len(set(labels[cells == c])) > 1}
        pairs = mixed_pairs(cells, labels)
        assert {cells[a] for a, _ in pairs} == mixed
        assert all(cells[a] == cells[b] and labels[a] != labels[b] for a, b in pairs)


def test_the_walls_chosen_separate_all_labels_and_none_is_idle():
    data = code_book(60, 6, 3)
    _, gaps = gaps_along(plan_of(data, 0.2), np.eye(6))
    assert unseparated(gaps, data.labels) is None
    walls = few_walls(gaps, data.labels)
    above = gaps.above(walls)
    assert not len(mixed_pairs(cells_of(above), data.labels))
    for k in range(len(walls)):
        assert len(mixed_pairs(cells_of(np.delete(above, k, axis=1)), data.labels))
    patterns, codes = patterns_of(above, data.labels)
    assert len(np.unique(patterns, axis=0)) == len(patterns)
    for row, code in zip(above, data.labels, strict=True):
        assert codes[np.flatnonzero((patterns == row).all(axis=1))].tolist() == [code]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 4), st.integers(2, 23))
def test_runs_and_words_hold_the_labels_of_all_keys(seed, bits, word_bits):
    draw = np.random.default_rng(seed)
    keys = np.unique(draw.integers(0, 90, size=25))
    codes = draw.integers(0, 2**bits, size=len(keys))
    runs = Runs.of(keys, codes)
    assert runs.codes[np.searchsorted(runs.starts, keys, side="right")].tolist() == codes.tolist()
    digit = max(1, int(runs.codes.max()).bit_length())
    if word_bits < digit:
        return
    words = Words.of(runs, word_bits)
    assert words.bits <= word_bits
    assert max(words.words) < 2**words.bits
    assert len(words.words) <= len(runs.codes)
    for key, code in zip(keys.tolist(), codes.tolist(), strict=True):
        i = int(np.searchsorted(words.bases, key, side="right")) - 1
        slot = min(key - int(words.bases[i]), words.slots - 1)
        assert words.words[i] >> digit * (words.slots - 1 - slot) & (2**digit - 1) == code


def test_dense_keys_are_kept_in_words_and_sparse_ones_in_runs():
    draw = np.random.default_rng(1)
    labels = draw.integers(0, 2, 3000)
    dense = smallest_memory(Runs.of(np.arange(3000), labels), 24)
    assert isinstance(dense, Words)
    assert dense.entries < smallest_memory(Runs.of(np.arange(3000), labels), 24, packed=False).entries / 4
    assert isinstance(smallest_memory(Runs.of(1000 * np.arange(3000), labels), 24), Runs)


def test_keys_that_two_labels_share_are_never_taken():
    below = np.array([[False, True], [True, False], [True, True]])
    cells = Cells(below, np.array([0, 1, 1]), 2**23, 24)
    assert cells.keys(np.array([1, 1])) is None
    assert cells.keys(np.array([2**23, 1])) is None
    found = short_keys(cells, [(0, 0), (1, 0)])
    sums = below @ found.weights
    assert sums[0] not in sums[1:]
    with pytest.raises(InputError, match=r"keys up to 1 .* float64 or a smaller ratio"):
        short_keys(Cells(below, np.array([0, 1, 1]), 1, 24), [(0, 0), (1, 0)])


@pytest.mark.parametrize(("dtype", "lanes"), [("float32", None), ("float64", 3)])
def test_width_depth_and_bits_equal_the_formulas(dtype, lanes):
    for data in (code_book(50, 5, 3), _grid()):
        made = LATTICE.build(plan_of(data, 0.3, dtype, lanes=lanes))
        network, form = made.network, recognise(made.network)
        counts = Counter(wall.coordinate for wall in form.walls)
        assert made.map_rank == len(counts) == form.first.m
        assert made.n_pieces == form.memory.pieces
        words = hasattr(form.memory, "words")
        memory = len(form.memory.thresholds) + 2 * len(form.memory.digits) + 2 if words else len(form.memory.thresholds) + 1
        side = min(lanes or 1, len(form.walls))
        assert network.depth == 2 + -(-len(form.walls) // side) + memory
        assert network.width == max(*units_held(list(counts.values()), side), 5 if words else 3)
        assert network.width <= max(made.map_rank + 2 * side + 1, 5)
        precision = {"float32": 24, "float64": 53}[dtype]
        assert sum(wall.weight for wall in form.walls) <= 2 ** (precision - 1)
        if words:
            assert form.memory.words.max() < 2 ** len(form.memory.digits) <= 2 ** (precision - 1)


def _grid():
    points = np.stack(np.meshgrid(*[np.arange(8.0)] * 3), axis=-1).reshape(-1, 3)
    return lw.Dataset(points, np.random.default_rng(7).integers(0, 2, len(points)))


def test_the_depth_formula_counts_words_and_runs():
    runs = Runs.of(np.arange(40), np.arange(40) % 2)
    assert lattice_depth(5, 2, runs) == 2 + 3 + 40
    words = Words.of(runs, 8)
    assert lattice_depth(5, 5, words) == 2 + 1 + 4 + 1 + 16 + 1


def test_a_depth_budget_is_kept_by_the_fewest_lanes_and_refused_below_the_least():
    data, asked = code_book(40, 5, 3), {"ratio": 0.2, "construction": "lattice"}
    narrow = lw.memorize(data, **asked)
    depth = narrow.network.depth - 3
    run = lw.memorize(data, max_depth=depth, **asked)
    assert run.certificate.holds
    assert run.network.depth <= depth < narrow.network.depth
    assert run.network.width >= narrow.network.width
    with pytest.raises(InputError, match="least depth is"):
        lw.memorize(data, max_depth=4, **asked)


def test_the_obstruction_is_named_with_what_can_be_reached():
    data = lw.load("iris")
    with pytest.raises(InputError, match=r"samples \d+ and \d+ have different labels.*one exists at radius") as refused:
        lw.memorize(data, ratio=0.9, construction="lattice")
    ratio = float(str(refused.value).split("ratio ")[1])
    assert lw.memorize(data, ratio=ratio * 0.99, construction="lattice").certificate.holds


def test_the_largest_radius_is_one_at_which_walls_separate():
    data = lw.load("iris")
    plan = plan_of(data, 0.5)
    radius = largest_radius(plan, np.eye(4), steps=20)
    for share, there in ((1.0, True), (1.001, False)):
        _, gaps = gaps_along(plan_of(data, share * radius * 2 / plan.distance), np.eye(4))
        assert (unseparated(gaps, data.labels) is None) == there


def test_own_radii_are_refused_and_a_map_is_used():
    data = code_book(30, 4, 2)
    with pytest.raises(InputError, match="one radius"):
        lw.memorize(data, radius="max", construction="lattice")
    start = lw.check_map(data, np.array([[1.0, 3.0, 9.0, 27.0]]) / 820**0.5, norm=2)
    run = lw.memorize(data, ratio=0.01, construction="lattice", start=start)
    assert run.certificate.holds
    assert run.summary["map_rank"] == 1
