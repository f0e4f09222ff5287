"""How few pieces there can be (T12): the evidence holds exactly, is never above what is built, and every change is seen."""

import hashlib
import itertools
import json
from dataclasses import replace
from fractions import Fraction

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import kit
import logwidth as lw
from logwidth.certify import prove_pieces_bound
from logwidth.certify.lower_bounds.pieces_bound import read_pieces_certificate
from logwidth.certify.lower_bounds.pieces_proof import check_pieces_bound, conflicting, least_stretch, meeting, nearest_share

IRIS = lw.load("iris")


def alternating(n=9):
    """Samples on a line, labels in turn: no piece can serve two of them."""
    rng = np.random.default_rng(0)
    points = np.column_stack([np.arange(n, dtype=float), 0.01 * rng.normal(size=(n, 2))])
    return lw.Dataset(points, np.arange(n) % 2)


def proven(data, ratio, T=None):
    radius = ratio * lw.separation(data).lower / 2
    T = np.eye(data.n_features) if T is None else T
    return prove_pieces_bound(data, radius, T, "0"), T


def test_where_labels_alternate_every_sample_needs_a_piece_and_that_many_are_built():
    data = alternating()
    run = lw.memorize(data, ratio=0.9, bracket=True)
    assert run.certificate.holds
    assert run.pieces_certificate.pieces_lower == run.summary["pieces_lower"] == run.summary["n_pieces"] == 9


@pytest.mark.parametrize("ratio", [0.3, 0.95])
@pytest.mark.parametrize("name", ["iris", "wine"])
def test_no_certified_network_has_fewer(name, ratio):
    data = kit.thinned(name)
    run = lw.memorize(data, ratio=ratio, bracket=True)
    assert run.certificate.holds
    assert data.n_classes <= run.summary["pieces_lower"] <= run.summary["n_pieces"]


def test_forms_without_pieces_and_other_norms_have_no_such_bound():
    data = kit.thinned("iris")
    assert lw.memorize(data, ratio=0.9, bracket=True, construction="cells").summary["pieces_lower"] is None
    assert lw.memorize(data, ratio=0.5, norm="inf", bracket=True).pieces_certificate is None


@pytest.mark.parametrize("seed", range(3))
def test_conflicts_are_those_of_all_triples(seed):
    rng = np.random.default_rng(seed)
    own, opposite = rng.normal(size=(20, 3)), 1.5 * rng.normal(size=(15, 3))
    reach = (0.6, 0.9, 0.999)[seed] * float(np.linalg.norm(own[:, None] - opposite[None], axis=2).min())
    found = conflicting(own, opposite, reach)
    assert 0 < found.sum() < found.size - len(own)
    for a, b in itertools.combinations(range(len(own)), 2):
        missed = nearest_share(own[a], own[b], opposite)[1].min()
        assert found[a, b] == found[b, a] == (missed <= reach)


@pytest.mark.parametrize("ratio", [0.5, 0.9, 0.99])
def test_every_pair_holds_in_exact_arithmetic(ratio):
    """Under the identity: the sample between is within 2 radius of the point of the segment."""
    certificate, _ = proven(IRIS, ratio)
    assert certificate.pieces_lower > IRIS.n_classes
    for (a, b), j, t in zip(certificate.pairs, certificate.between, certificate.shares, strict=True):
        share = Fraction(float(t))
        gaps = [
            Fraction(x) - (1 - share) * Fraction(u) - share * Fraction(v)
            for x, u, v in zip(*(IRIS.points[row].tolist() for row in (j, a, b)), strict=True)
        ]
        assert sum(gap * gap for gap in gaps) <= (2 * Fraction(certificate.radius)) ** 2
        assert IRIS.labels[a] == IRIS.labels[b] != IRIS.labels[j]


def test_a_ball_that_just_fails_to_meet_is_not_counted():
    data = lw.Dataset([[-4.0, 0.0], [4.0, 0.0], [0.0, 3.0]], [0, 0, 1])
    one = (np.array([[0, 1]]), np.array([2]), np.array([0.5]))
    for T in (np.eye(2), 7.0 * np.eye(2), np.array([[3.0, 4.0], [-4.0, 3.0]]) / 5.0):
        assert meeting(data, 1.5 * (1 + 1e-9), T, *one).all()
        assert not meeting(data, 1.5 * (1 - 1e-12), T, *one).any()


def test_the_stretch_is_below_the_least_singular_value():
    rng = np.random.default_rng(0)
    for size in (0.0, 1e-3, 0.05, 0.5):
        T = np.linalg.qr(rng.normal(size=(9, 4)))[0].T + size * rng.normal(size=(4, 9))
        assert 0.0 <= least_stretch(T) <= np.linalg.svd(T, compute_uv=False)[-1]
    assert least_stretch(np.eye(3)) > 1 - 1e-9
    assert least_stretch(np.ones((2, 3))) == 0.0


def _moved(values, at, to):
    changed = values.copy()
    changed[at] = to
    return changed


CHANGES = {
    "a smaller radius": lambda c: replace(c, radius=0.5 * c.radius),
    "no radius": lambda c: replace(c, radius=float("nan")),
    "a row of another class": lambda c: replace(c, crowds=(c.crowds[1], c.crowds[0], *c.crowds[2:])),
    "a row that is not there": lambda c: replace(c, crowds=(_moved(c.crowds[0], -1, 10**6), *c.crowds[1:])),
    "a row twice": lambda c: replace(c, crowds=(np.repeat(c.crowds[0], 2), *c.crowds[1:])),
    "one row more": lambda c: replace(
        c, crowds=(*c.crowds[:-1], np.append(c.crowds[-1], 149)), between=np.append(c.between, np.repeat(60, 99))
    ),
    "a class less": lambda c: replace(c, crowds=c.crowds[:-1]),
    "one of the class between": lambda c: replace(c, between=_moved(c.between, 0, c.pairs[0, 0])),
    "one of the pair itself between": lambda c: replace(
        c, between=_moved(c.between, 0, c.pairs[0, 0]), shares=_moved(c.shares, 0, 0.0)
    ),
    "one far away between": lambda c: replace(c, between=_moved(c.between, 0, 0)),
    "one that is not there between": lambda c: replace(c, between=_moved(c.between, 0, -1)),
    "a share off the segment": lambda c: replace(c, shares=_moved(c.shares, 0, 1.5)),
    "a share off the grid": lambda c: replace(c, shares=_moved(c.shares, 0, 1 / 3)),
    "another share": lambda c: replace(c, shares=_moved(c.shares, 0, 0.0)),
    "too few shares": lambda c: replace(c, shares=c.shares[:-1]),
    "other data": lambda c: replace(c, data_sha256="0"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(change):
    certificate, T = proven(IRIS, 0.95)
    assert check_pieces_bound(certificate, IRIS, T) == ()
    assert check_pieces_bound(CHANGES[change](certificate), IRIS, T) != ()


def test_a_row_for_which_there_is_no_evidence_cannot_be_added():
    certificate, T = proven(IRIS, 0.95)
    alone = [i for i in np.flatnonzero(IRIS.labels == 0) if i not in certificate.crowds[0]][:1]
    crowd = np.sort(np.append(certificate.crowds[0], alone))
    n = len(crowd) * (len(crowd) - 1) // 2 - len(certificate.crowds[0]) * (len(certificate.crowds[0]) - 1) // 2
    between, shares = np.full(n, 60), np.full(n, 0.5)
    grown = replace(
        certificate,
        crowds=(crowd, *certificate.crowds[1:]),
        between=np.concatenate([between, certificate.between]),
        shares=np.concatenate([shares, certificate.shares]),
    )
    assert "not shown to need two pieces" in check_pieces_bound(grown, IRIS, T)[0]


def test_check_reads_the_certificate_of_a_run(tmp_path):
    run = lw.memorize(IRIS, ratio=0.9, bracket=True)
    folder = run.save(tmp_path / "run")
    assert lw.check(folder, IRIS).passed
    path = folder / "pieces_certificate.json"
    text = path.read_text()
    assert read_pieces_certificate(text).to_json() == text
    summary = json.loads((folder / "summary.json").read_text())
    (folder / "summary.json").write_text(json.dumps({**summary, "pieces_lower": summary["pieces_lower"] + 1}))
    assert "states pieces_lower" in " ".join(lw.check(folder, IRIS).problems)
    (folder / "summary.json").write_text(json.dumps(summary))
    path.write_text(text.replace('"shares": [', '"shares": [0.25, '))
    assert "altered" in " ".join(lw.check(folder, IRIS).problems)
    path.write_text(replace(run.pieces_certificate, radius=2 * run.certificate.radius).to_json())
    assert "does not speak of" in " ".join(lw.check(folder, IRIS).problems)
    path.write_text("{}")
    with pytest.raises(lw.InputError, match="pieces certificate"):
        lw.check(folder, IRIS)
    path.unlink()
    assert "has no pieces_certificate.json" in " ".join(lw.check(folder, IRIS).problems)


def test_a_bound_beside_a_network_without_pieces_is_a_problem_and_no_crash(tmp_path):
    run = lw.memorize(IRIS, ratio=0.9, bracket=True)
    folder = run.save(tmp_path / "run")
    model = onnx.load(folder / "network.onnx")
    rng = np.random.default_rng(0)
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        tensor.CopyFrom(numpy_helper.from_array(array + rng.normal(size=array.shape).astype(array.dtype), tensor.name))
    content = model.SerializeToString()
    (folder / "network.onnx").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    for name, proof in (("certificate", run.certificate), ("pieces_certificate", run.pieces_certificate)):
        (folder / f"{name}.json").write_text(replace(proof, network_sha256=digest).to_json())
    found = lw.check(folder, IRIS)
    assert not found.passed
    assert "the network is none that has them" in " ".join(found.problems)


def test_a_certificate_of_too_few_pairs_is_refused_before_their_table_is_made(monkeypatch):
    """All rows of a class as a crowd ask for as many pairs as their square: the file need not be long."""
    proof = prove_pieces_bound(IRIS, 0.05, np.eye(4), "")
    rows = tuple(np.flatnonzero(IRIS.labels == label) for label in range(3))
    monkeypatch.setattr(type(proof), "pairs", property(lambda _: pytest.fail("the table was made")))
    found = check_pieces_bound(replace(proof, crowds=rows), IRIS, np.eye(4))
    assert "3675 pairs need as many samples" in found[0]


@pytest.mark.parametrize(("points", "weights"), [(-300, -800), (-500, -500), (400, -1000), (-480, 900), (480, 500), (0, 0)])
def test_other_units_show_no_more_pairs_to_meet(points, weights):
    """Squares of small numbers are zero, and zero is less than any radius."""
    T, radius = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 2)))[0].T, 1.0
    pairs = np.array(list(itertools.combinations(range(50, 100), 2)))
    between, shares = np.arange(len(pairs)) % 50 + 100, np.full(len(pairs), 0.5)
    held = meeting(IRIS, radius, T, pairs, between, shares)
    data = lw.Dataset(np.ldexp(IRIS.points, points), IRIS.original_labels())
    again = meeting(data, float(np.ldexp(radius, points)), np.ldexp(T, weights), pairs, between, shares)
    assert 0 < held.sum() < len(held)
    assert not (again & ~held).any()
    assert (again == held).all() or points < 0
