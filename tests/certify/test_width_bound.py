"""Laws of the width certificate: its bound holds in exact arithmetic, and every lie in it is found."""

import json
import math
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwidth.certify import AlteredCertificateError, prove_width_bound, read_lower_bound
from logwidth.certify.lower_bounds.inscribed import eigensum_upper, reach_upper
from logwidth.certify.lower_bounds.width_proof import check_width_bound
from logwidth.dataset import Dataset
from logwidth.errors import InputError


def basis_set(m):
    return Dataset(np.vstack([np.zeros(m), np.eye(m)]), [0] + [1] * m)


def star(m):
    return [[0, i] for i in range(1, m + 1)]


def random_case(seed, n=30, d=5, scale=1.0):
    rng = np.random.default_rng(seed)
    data = Dataset(rng.standard_normal((n, d)) * scale, rng.integers(0, 3, n))
    i, j = np.nonzero(np.triu(data.labels[:, None] != data.labels))
    weights = rng.random(len(i)) ** 8
    return data, np.stack([i, j], axis=1), weights / weights.sum()


def precise_matrix(data, pairs, weights):
    """Return M in mpmath at its working precision."""
    x = [[mpmath.mpf(value) for value in row] for row in data.points.tolist()]
    w = [mpmath.mpf(value) for value in weights.tolist()]
    U = mpmath.matrix([[a - b for a, b in zip(x[i], x[j], strict=True)] for i, j in pairs.tolist()])
    return U.T * mpmath.diag(w) * U / mpmath.fsum(w)


@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-6, 1e140, 1e-140])
def test_the_bound_is_above_the_exact_eigenvalue_sum_and_close(scale):
    data, pairs, weights = random_case(2, n=14, scale=scale)
    with mpmath.workdps(60):
        eigenvalues = sorted(mpmath.eigsy(precise_matrix(data, pairs, weights), eigvals_only=True), reverse=True)
        for rank in range(1, 6):
            exact = mpmath.fsum(eigenvalues[:rank])
            bound = (2 * mpmath.mpf(prove_width_bound(data, rank, pairs, weights).radius_excluded)) ** 2
            assert exact < bound < exact * (1 + mpmath.mpf(10) ** -10)


@given(seed=st.integers(0, 10**6), n=st.integers(1, 6), d=st.integers(1, 6))
def test_wide_and_tall_matrices_have_sound_eigensums(seed, n, d):
    rng = np.random.default_rng(seed)
    rows, weights = rng.uniform(-1, 1, (n, d)), rng.random(n)
    rows[rng.random((n, d)) < 0.2] *= 1e-150
    squares = [sum(Fraction(x) ** 2 for x in row) for row in rows.tolist()]
    trace = sum(Fraction(w) * square for w, square in zip(weights.tolist(), squares, strict=True))
    assert Fraction(eigensum_upper(rows, weights, d, 0)) >= trace
    bounds = [eigensum_upper(rows, weights, k, 0) for k in range(1, d + 1)]
    assert all(b <= c * (1 + 1e-12) for b, c in pairwise(bounds))


@pytest.mark.parametrize(
    "lie", [lambda x, Q: (0.9 * x, Q), lambda x, Q: (x, 0.9 * Q), lambda x, Q: (x, np.roll(Q, 1, axis=0))]
)
def test_an_eigenvalue_solver_that_lies_makes_no_bound_too_small(lie, monkeypatch):
    """Nothing rests on it: what its answer misses of the matrix is added."""
    rng = np.random.default_rng(0)
    rows, weights = rng.uniform(-1, 1, size=(12, 4)), np.full(12, 1 / 12)
    truth = [eigensum_upper(rows, weights, k, 0) for k in range(1, 5)]
    solver = np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda G: lie(*solver(G)))
    assert all(eigensum_upper(rows, weights, k, 0) >= (1 - 1e-12) * known for k, known in enumerate(truth, start=1))


@pytest.mark.parametrize(("m", "k", "ratio"), [(4, 1, 0.5), (16, 4, 0.5), (9, 1, 1 / 3), (16, 9, 0.75)])
def test_the_basis_set_keeps_exactly_the_root_of_k_over_m(m, k, ratio):
    proof = prove_width_bound(basis_set(m), k, star(m), np.full(m, 1 / m))
    assert Fraction(proof.ratio_excluded) ** 2 >= Fraction(k, m)
    assert proof.ratio_excluded == pytest.approx(ratio, rel=1e-15)
    assert check_width_bound(proof, basis_set(m)) == ()


def test_at_equality_the_rank_is_excluded_and_just_below_it_is_not():
    proof = prove_width_bound(basis_set(16), 4, star(16), np.full(16, 1 / 16))
    assert proof.excludes(0.25)
    assert not proof.excludes(np.nextafter(0.25, 0))
    assert proof.width_lower == 5


def test_one_pair_shows_that_no_map_keeps_more_than_delta():
    data = Dataset([[0.0, 0.0], [3.0, 4.0], [9.0, 9.0]], [0, 1, 1])
    proof = prove_width_bound(data, 2, [[1, 0]], [1.0])
    assert proof.ratio_excluded == 1.0
    assert 2.5 <= proof.radius_excluded <= 2.5 * (1 + 1e-12)


@pytest.fixture(name="case")
def case_fixture():
    data, pairs, weights = random_case(1)
    return data, prove_width_bound(data, 2, pairs, weights)


def test_a_certificate_survives_its_json(case):
    data, proof = case
    again = read_lower_bound(proof.to_json())
    assert again.to_json() == proof.to_json()
    assert check_width_bound(again, data) == ()


def test_the_order_of_the_evidence_does_not_matter(case):
    data, proof = case
    turned = prove_width_bound(data, 2, proof.pairs[::-1, ::-1], proof.weights[::-1])
    assert turned.to_json() == proof.to_json()


def changed(array, index, value):
    copy = array.copy()
    copy[index] = value
    return copy


def same_label_pair(data, proof):
    label = data.labels[proof.pairs[0, 0]]
    other = next(i for i in range(data.n_samples) if data.labels[i] == label and i != proof.pairs[0, 0])
    return replace(proof, pairs=changed(proof.pairs, 0, [proof.pairs[0, 0], other]))


LIES = {
    "sum to": lambda data, c: replace(c, weights=c.weights * 1.001),
    "is negative": lambda data, c: replace(c, weights=changed(c.weights, 3, -c.weights[3])),
    "weights must be finite": lambda data, c: replace(c, weights=changed(c.weights, 3, np.nan)),
    "samples count from 0 to 29": lambda data, c: replace(c, pairs=changed(c.pairs, 5, [0, 30])),
    "names samples": lambda data, c: replace(c, pairs=changed(c.pairs, 5, [-1, 2])),
    "has one label": same_label_pair,
    "must be (n, 2) and (n,)": lambda data, c: replace(c, weights=c.weights[1:]),
    "n >= 1": lambda data, c: replace(c, weights=c.weights[:0], pairs=c.pairs[:0]),
    "weights prove that radii from": lambda data, c: replace(c, radius_excluded=c.radius_excluded * 0.9999999),
    "not from": lambda data, c: replace(c, rank=3),
    "rank must be between": lambda data, c: replace(c, rank=0),
    "the excluded radius and ratio must be finite": lambda data, c: replace(c, radius_excluded=float("nan")),
    "is smaller than that of the excluded radius": lambda data, c: replace(c, ratio_excluded=c.ratio_excluded * 0.999),
    "ellipsoid must have shape (5,), not None": lambda data, c: replace(c, norm=1.0),
    "data are not those": lambda data, c: replace(c, data_sha256="0" * 64),
}


@pytest.mark.parametrize("reason", LIES)
def test_lies_are_rejected_with_their_reason(case, reason):
    data, proof = case
    assert reason in "; ".join(check_width_bound(LIES[reason](data, proof), data))


@pytest.mark.parametrize("p", [1.0, 1.5, 3.0, math.inf])
def test_the_reach_of_an_ellipsoid_is_above_that_of_all_its_points(p):
    rng = np.random.default_rng(4)
    A = rng.random(5) + 0.1 if p < 2 else rng.standard_normal((5, 5))
    inverse = np.diag(1 / A) if p < 2 else np.linalg.inv(A)
    sphere = rng.standard_normal((20_000, 5))
    sphere /= np.linalg.norm(sphere, axis=1)[:, None]
    longest = np.linalg.norm(sphere @ inverse.T, ord=p, axis=1).max()
    reach = math.sqrt(reach_upper(A, p))
    assert longest <= reach
    if p != 3.0:
        assert reach <= 1.2 * longest


def test_a_singular_ellipsoid_has_no_reach():
    assert reach_upper(np.ones((3, 3)), math.inf) == math.inf


@pytest.mark.parametrize("p", [1.0, 1.5, 3.0, math.inf])
@pytest.mark.parametrize("scale", [1.0, 1e100])
def test_the_other_norms_are_proven_with_an_ellipsoid(p, scale):
    data, pairs, weights = random_case(3, n=12, d=3, scale=scale)
    rng = np.random.default_rng(0)
    A = rng.random(3) + 0.5 if p < 2 else np.eye(3) + 0.2 * rng.standard_normal((3, 3))
    proof = prove_width_bound(data, 2, pairs, weights, norm=p, ellipsoid=A)
    again = read_lower_bound(proof.to_json())
    assert check_width_bound(again, data) == ()
    matrix = np.diag(A) if p < 2 else A
    u = (data.points[pairs[:, 0]] - data.points[pairs[:, 1]]) / scale @ matrix.T
    value = np.linalg.eigvalsh(u.T @ (weights[:, None] * u))[-2:].sum() * reach_upper(A, p)
    assert (2 * proof.radius_excluded / scale) ** 2 == pytest.approx(value, rel=1e-9)
    lies = {"shape": A[:2], "finite": A * np.nan, "bounded": A * 0.0 + 1e-200, "prove": A}
    for reason, ellipsoid in lies.items():
        lie = replace(again, ellipsoid=ellipsoid, radius_excluded=0.999 * again.radius_excluded)
        assert reason in "; ".join(check_width_bound(lie, data))


def test_permuted_data_are_other_data(case):
    data, proof = case
    order = np.arange(data.n_samples)[::-1]
    assert "order differs" in check_width_bound(proof, Dataset(data.points[order], data.labels[order]))[0]


@pytest.mark.parametrize("name", ["rank", "radius_excluded", "weights", "pairs", "claim"])
def test_altered_text_breaks_the_digest(case, name):
    body = json.loads(case[1].to_json())
    body[name] = body[name][1:] if isinstance(body[name], list | str) else body[name] + 1
    with pytest.raises(AlteredCertificateError):
        read_lower_bound(json.dumps(body))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "logwidth width certificate 1"}', "nan", "[" * 100_000])
def test_other_texts_are_no_certificates(text):
    with pytest.raises(InputError, match="width certificate"):
        read_lower_bound(text)


def test_proving_lists_everything_that_is_wrong():
    with pytest.raises(InputError, match=r"rank must be between 1 and .* 4, not 9; the weights sum to 0\.5"):
        prove_width_bound(basis_set(4), 9, [[0, 1]], [0.5])
