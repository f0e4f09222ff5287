"""T19: covering all kernels excludes a rank, exactly where no map of that rank keeps opposite balls apart."""

import dataclasses
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.certify import CoverCertificate, check_lower_bound, find_cover, read_lower_bound
from logwidth.certify.lower_bounds.cover.cover_search import MOST_CELLS
from logwidth.certify.lower_bounds.cover.span import ONE, Leaves, Span, are_near, charts, leaves, shares
from logwidth.certify.lower_bounds.geometric import MOST_ROWS
from logwidth.errors import AlteredCertificateError, InputError
from logwidth.maps import shortest_pairs
from logwidth.maps.check import orthonormal_rows
from logwidth.pipeline.bracket import _rank_lower
from logwidth.pipeline.lower import ceiling_certificate, closer_ceiling, excluded_ratio, width_excluded

IRIS = lw.load("iris")


def found(data, ratio, rank, norm=2.0, directions=None):
    sep = lw.separation(data, norm=norm)
    pairs = shortest_pairs(data.points / sep.lower, data.labels, 300)
    axes = np.eye(data.n_features) if directions is None else directions
    return find_cover(data, ratio * sep.lower / 2, rank, norm, pairs, axes)


PROOF = found(IRIS, 0.9, 2)


def star(d):
    """The origin against the unit vectors: a map of rank k keeps sqrt(k/d) at best, in l2."""
    return lw.Dataset(np.vstack([np.zeros(d), np.eye(d)]), [0] + [1] * d)


@pytest.mark.parametrize(("d", "rank"), [(2, 1), (3, 1), (3, 2), (4, 3)])
def test_a_star_is_excluded_just_above_what_its_best_map_keeps(d, rank):
    best = math.sqrt(rank / d)
    assert found(star(d), best - 0.01, rank) is None
    proof = found(star(d), best + 0.01, rank)
    assert proof.width_lower == rank + 1
    assert check_lower_bound(proof, star(d)) == ()


@pytest.mark.parametrize("norm", [2.0, 3.0, math.inf])
def test_iris_needs_rank_three_where_weights_on_pairs_prove_two(norm):
    proof = found(IRIS, 0.9, 2, norm)
    assert proof.rank == 2
    assert proof.width_lower == 3
    assert proof.excludes(proof.radius)
    assert not proof.excludes(0.999 * proof.radius)


@given(st.integers(0, 10_000), st.integers(1, 2), st.sampled_from([1.0, 1.5, 2.0, 3.0, math.inf]))
@settings(max_examples=15, deadline=None)
def test_no_cover_passes_at_a_radius_where_a_map_keeps_opposite_balls_apart(seed, rank, norm):
    rng = np.random.default_rng(seed)
    data = lw.Dataset(rng.integers(0, 5, (7, 3)) + 0.25 * rng.normal(size=(7, 3)), [0, 0, 0, 1, 1, 1, 2])
    known = lw.check_map(data, orthonormal_rows(rng.normal(size=(rank, 3))), norm=norm)
    proof = found(data, 1.7, rank, norm)
    if proof is not None:
        assert check_lower_bound(proof, data) == ()
        assert check_lower_bound(dataclasses.replace(proof, radius=known.distance_lower / 2.001), data)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_every_subspace_is_in_a_chart(seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(2, 4)) * 10.0 ** rng.integers(-3, 4, (2, 4))
    inside = []
    for chart in charts(4, 2):
        square = rows[:, chart.rows]
        inside.append(abs(np.linalg.det(square)) > 0 and np.abs(np.linalg.solve(square, rows)).max() <= 1 + 1e-9)
    assert any(inside)


@pytest.mark.parametrize("norm", [1.0, 1.3, 2.0, 3.5, math.inf])
@pytest.mark.parametrize("n", [3, 4])
def test_what_is_said_to_be_near_is_near_all_over_the_cell(norm, n):
    rng = np.random.default_rng(n)
    basis = np.rint(rng.normal(size=(4, n)) * 8) / 8
    data = lw.Dataset(rng.integers(0, 6, (30, 4)), [0] * 15 + [1] * 15)
    pairs = np.array([[i, j] for i in range(15) for j in range(15, 30)])
    span, chart = Span.of(data, 1.25, basis, pairs), charts(n, n - 2)[1]
    shape = (len(pairs), n - 2, 2)
    centres, halves = rng.integers(-ONE, ONE, shape) // 2, rng.integers(0, ONE, shape) // 4
    said = np.flatnonzero(are_near(span, chart, Leaves(centres, halves, np.arange(len(pairs))), norm))
    assert 0 < len(said) < len(pairs)
    gaps = data.points[pairs[said, 0]] - data.points[pairs[said, 1]]
    c = shares(chart.frames(centres[said] / ONE), halves[said] / ONE, basis.T @ basis, (gaps @ basis)[:, :, None])
    for _ in range(20):
        A = (centres[said] + rng.choice([-1, 0, 1], size=halves[said].shape) * halves[said]) / ONE
        points = (c.transpose(0, 2, 1) @ chart.frames(A))[:, 0] @ basis.T
        assert np.linalg.norm(gaps - points, ord=norm, axis=1).max() <= 2.5 + 1e-6


def changed(**values):
    return dataclasses.replace(PROOF, **values)


def leaf_to(pair):
    """The first leaf of the first tree served by another pair."""
    tree = list(PROOF.cells[0])
    place = next(n for n, entry in enumerate(tree) if entry >= 0)
    tree[place] = (tree[place] + pair) % len(PROOF.pairs)
    return changed(cells=(tuple(tree), *PROOF.cells[1:]))


FORGED = {
    "a smaller radius": (changed(radius=0.9 * PROOF.radius), "is not shown to lie within twice the radius"),
    "a rank more": (changed(rank=3), "there must be 4 trees of cells, not 6"),
    "no cells": (changed(cells=((),) * 6), "are no tree of halved cells"),
    "a chart less": (changed(cells=PROOF.cells[:-1]), "there must be 6 trees of cells, not 5"),
    "a tree cut off": (changed(cells=(PROOF.cells[0][:-1], *PROOF.cells[1:])), "are no tree of halved cells"),
    "a leaf too many": (changed(cells=((*PROOF.cells[0], 0), *PROOF.cells[1:])), "are no tree of halved cells"),
    "one cell for all": (changed(cells=((0,), *PROOF.cells[1:])), "cell 0 of chart 0 is not shown"),
    "a coordinate that is none": (changed(cells=((-5, 0, 0), *PROOF.cells[1:])), "are no tree of halved cells"),
    "a pair that is none": (changed(cells=((len(PROOF.pairs),), *PROOF.cells[1:])), "are no tree of halved cells"),
    "another pair": (leaf_to(7), "is not shown to lie within twice the radius"),
    "one label": (changed(pairs=((0, 1), *PROOF.pairs[1:])), "pair [0, 1] must be two samples with different labels"),
    "a sample alone": (changed(pairs=((0,), *PROOF.pairs[1:])), "must be two samples"),
    "vectors in a plane": (changed(basis=(PROOF.basis[0],) * 4), "must be linearly independent"),
    "short vectors": (changed(basis=tuple(vector[:3] for vector in PROOF.basis)), "must have 4 entries"),
    "vectors of nothing": (changed(basis=((0.0,) * 4,) * 4), "must be linearly independent"),
    "not a number": (changed(basis=((math.nan,) * 4, *PROOF.basis[1:])), "must be linearly independent"),
    "other data": (changed(data_sha256="0" * 64), "is for other data"),
    "a sample that is none": (changed(pairs=((0, 150), *PROOF.pairs[1:])), "names sample 150"),
    "no radius": (changed(radius=-1.0), "the radius must be positive"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_cover_is_refused(name):
    proof, message = FORGED[name]
    assert message in "; ".join(check_lower_bound(proof, IRIS))


def test_a_tree_is_cut_no_deeper_than_its_numbers_reach():
    deep = (-1,) * 48
    assert leaves((*deep, *(0,) * 49), 1, 1).halves.min() == 1
    assert leaves((-1, *deep, *(0,) * 50), 1, 1) is None


def test_the_file_says_what_the_cells_do():
    text = PROOF.to_json()
    again = read_lower_bound(text)
    assert isinstance(again, CoverCertificate)
    assert again == PROOF
    assert "rank <= 2" in again.claim
    body = json.loads(text)
    with pytest.raises((AlteredCertificateError, InputError)):
        read_lower_bound(json.dumps({**body, "rank": 1}))


def test_directions_need_not_be_all_features():
    wide = lw.Dataset(np.hstack([IRIS.points, np.zeros((150, 5))]), IRIS.labels)
    axes = np.linalg.svd(wide.points - wide.points.mean(axis=0), full_matrices=False)[2].T
    proof = found(wide, 0.9, 2, directions=axes)
    assert len(proof.basis) in (3, 4, 5)
    assert check_lower_bound(proof, wide) == ()
    assert found(wide, 0.9, 2, directions=axes[:, ::-1]) is None


def test_what_is_needed_goes_from_weights_to_cells():
    sep = lw.separation(IRIS)
    proof = width_excluded(IRIS, 0.45 * sep.lower, 3, sep)
    assert (proof.rank, _rank_lower(proof)) == (2, 3)
    assert isinstance(width_excluded(IRIS, 0.45 * sep.lower, 2, sep), lw.WidthCertificate)


def test_the_ceiling_of_a_rank_comes_down_to_what_cells_exclude():
    sep = lw.separation(IRIS)
    weighted = ceiling_certificate(IRIS, 2, sep)
    closer = closer_ceiling(IRIS, weighted, 0.97, sep)
    assert excluded_ratio(closer, sep) < 0.976 < excluded_ratio(weighted, sep)
    assert check_lower_bound(closer, IRIS) == ()
    assert closer_ceiling(IRIS, weighted, 0.999, sep) is weighted


def test_features_that_do_not_vary_and_far_origins_hide_nothing():
    wide = lw.Dataset(np.hstack([IRIS.points, np.ones((150, 4))]), IRIS.labels)
    far = lw.Dataset(np.round(10 * IRIS.points) + 1e15, IRIS.labels)
    for data in (wide, far):
        sep = lw.separation(data)
        assert width_excluded(data, 0.45 * sep.lower, 3, sep).rank == 2


def test_features_of_the_most_different_sizes_end_without_a_certificate():
    data = lw.Dataset(IRIS.points * np.array([1e100, 1e-100, 1.0, 1e-3]), IRIS.labels)
    sep = lw.separation(data, norm=np.inf)
    width_excluded(data, 0.45 * sep.lower, 3, sep)


def test_a_search_ends_before_a_file_could_not_hold_its_cells():
    sep, cells = lw.separation(IRIS), sum(map(len, PROOF.cells))
    near = shortest_pairs(IRIS.points / sep.lower, IRIS.labels, 300)
    arguments = IRIS, PROOF.radius, 2, 2.0, near, np.eye(4)
    assert find_cover(*arguments, most=cells - 1) is None
    assert find_cover(*arguments, most=2 * cells) == PROOF
    assert MOST_CELLS <= MOST_ROWS


def test_a_basis_too_short_for_floats_proves_nothing():
    data = lw.Dataset([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]], [0, 1])
    tree = (-1,) * 30 + (-2,) * 30 + (0,) * 61
    basis = ((1e-9, 0.0, 0.0), (0.0, 1e-9, 0.0), (0.0, 0.0, 1.0))
    proof = CoverCertificate(2.0, 10.0, 1, basis, ((0, 1),), (tree,) * 3, data.sha256)
    for scale in (1e-191, 1e-181):
        short = dataclasses.replace(proof, basis=(*(tuple(scale * x for x in v) for v in basis[:2]), basis[2]))
        assert "is not shown to lie" in "; ".join(check_lower_bound(short, data))
