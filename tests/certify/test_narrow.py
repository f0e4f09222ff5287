"""Narrow arithmetic: what is certified for bfloat16 or float16 is right in evaluators that round to it, wherever they do."""

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.certify import FUSED_CERTIFICATE, FUSED_NETWORK, Outcome, certify, read_fused_onnx
from logwidth.certify.balls.witness import in_ball
from logwidth.certify.forms.fused import FORMATS, fused_form, narrow_form, radius_before_rounding, radius_of_rounded
from logwidth.certify.sealed import seal
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import check_map
from logwidth.network import AffineLayer, FusedNetwork
from logwidth.network.fused import FORMATS as ROUND
from logwidth.pipeline import fuse_run

BOTH = list(FORMATS)


def far_corners():
    """Samples far apart on a grid: much margin, and features that narrow formats round."""
    rng = np.random.default_rng(5)
    points = np.array(list(itertools.product([3.0, 11.0], repeat=4))) + rng.uniform(-1, 1, size=(16, 4))
    return Dataset(points, np.arange(16) % 3)


def evaluated(network, points, kind, how, order):
    """Labels of a fused network with features, coordinates and scores rounded (`how`, three booleans), sums in an order."""
    keep = [ROUND[kind] if rounds else (lambda a: a) for rounds in how]

    def affine(layer, values):
        W, sums = layer.dense(), np.zeros((len(values), layer.n_outputs), dtype=np.float32)
        if order == "bias first":
            sums = sums + layer.bias
        for k in range(W.shape[1]) if order != "backwards" else reversed(range(W.shape[1])):
            sums = (sums + values[:, k : k + 1] * W[:, k]).astype(np.float32)
        return sums if order == "bias first" else (sums + layer.bias).astype(np.float32)

    x = keep[0](points.astype(np.float32)).astype(np.float32)
    z = keep[1](np.maximum(affine(network.first, x), 0)).astype(np.float32)
    scores = keep[2](affine(network.scores, z)).astype(np.float32)
    maxima = np.maximum.reduceat(scores, network.starts, axis=1)
    return np.array(network.values)[maxima.argmax(axis=1)]


@pytest.fixture(scope="module", params=BOTH)
def fused(request, tmp_path_factory):
    data, kind = far_corners(), request.param
    whole = check_map(data, np.eye(4))
    folder = lw.memorize(data, ratio=0.3, start=whole, pieces="all", bracket=False).save(
        tmp_path_factory.mktemp(kind) / "run"
    )
    assert fuse_run(folder, data, arithmetic=kind).holds
    return data, kind, folder, read_fused_onnx((folder / FUSED_NETWORK).read_bytes()).network


@pytest.mark.parametrize("how", list(itertools.product([False, True], repeat=3)), ids=lambda h: "".join("ny"[b] for b in h))
def test_certified_balls_are_right_wherever_numbers_are_rounded(fused, how):
    data, kind, folder, network = fused
    radii = certify(network, data, lw.open_run(folder).certificate.radius, arithmetic=kind).radius_lower
    for i in range(data.n_samples):
        points = kit.worst_points(data, i, radii[i], most=12)
        for order in ("as they come", "backwards", "bias first"):
            assert (evaluated(network, points, kind, how, order) == data.values[data.labels[i]]).all()


def test_the_files_say_so_and_check_proves_them(fused, tmp_path):
    data, kind, folder, _ = fused
    certificate = json.loads((folder / FUSED_CERTIFICATE).read_text())
    assert certificate["arithmetic"] == kind
    assert kind in certificate["float_model"]
    assert lw.check(folder, data).passed
    other = tmp_path / "other"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    body = {key: value for key, value in certificate.items() if key != "sha256"}
    body["radius_lower"] = [r * 1.3 for r in body["radius_lower"]]
    (other / FUSED_CERTIFICATE).write_text(seal(body, indent=1))
    assert not lw.check(other, data).passed


def two_scores(rows, offset, weight, biases):
    """One coordinate and a constant score against `weight · z + biases[1]`, all in float32."""
    first = AffineLayer.from_dense(np.array([rows], dtype=np.float32), np.array([offset], dtype=np.float32))
    scores = np.array([[0.0], [weight]], dtype=np.float32)
    return FusedNetwork(first, AffineLayer.from_dense(scores, np.array(biases, dtype=np.float32)), (1, 1), (0.0, 1.0))


def close_call(kind, what):
    """A network and samples, the first of which is right in float32 and wrong if `what` alone is rounded."""
    step = 2.0**-7 if kind == "bfloat16" else 2.0**-10  # between 1 and the next number of the format
    if what == "features":
        network = two_scores([1.0, -1.0], step, 1.0, [1.1875 * step, 0.0])
        return network, [[1 + 0.4 * step, 1.0], [1.0, 1.0]]
    if what == "coordinates":
        return two_scores([1.0], 1.0, 1.0, [0.1875 * step, -1.0]), [[0.4 * step], [0.0]]
    return two_scores([1.0], step, 1.0, [1 + step, 1.0]), [[0.4 * step], [-0.5 * step]]


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("what", ["features", "coordinates", "scores"])
def test_each_rounding_alone_may_be_wrong_and_none_is_left_out(kind, what):
    """Rounded scores may be equal, and then the earlier class wins."""
    network, points = close_call(kind, what)
    data, radius = Dataset(points, [1, 0]), 2.0**-30
    how = tuple(what == part for part in ("features", "coordinates", "scores"))
    assert (certify(network, data, radius).status == Outcome.CERTIFIED).all()
    assert evaluated(network, data.points, kind, (False, False, False), "as they come").tolist() == [1.0, 0.0]
    assert evaluated(network, data.points, kind, how, "as they come")[0] == 0.0
    assert certify(network, data, radius, arithmetic=kind).status[0] != Outcome.CERTIFIED


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_rounded_features_stay_in_the_larger_ball(kind, norm):
    """Decided in rationals: at points of the ball, the features rounded to the format lie in the ball that is proven."""
    data = far_corners()
    line = AffineLayer.from_dense(np.eye(4, dtype=np.float32), np.zeros(4, dtype=np.float32))
    scores = AffineLayer.from_dense(np.array([[1, 0, 0, 0], [0, 1, 0, 0]], dtype=np.float32), np.zeros(2, dtype=np.float32))
    form = narrow_form(fused_form(FusedNetwork(line, scores, (1, 1), (0.0, 1.0))), kind)
    larger = radius_of_rounded(form, data.points, norm, 0.25)
    back = radius_before_rounding(form, data.points, norm, larger)
    assert ((back <= 0.25) & (back > 0.2499)).all()
    rng = np.random.default_rng(3)
    for i, x in enumerate(data.points):
        steps = rng.normal(size=(40, 4))
        steps *= 0.24999 / np.linalg.norm(steps, ord=norm, axis=1)[:, None]
        for y in x + steps:
            rounded = ROUND[kind](y.astype(np.float32)).astype(np.float64)
            assert in_ball(rounded, x, float(larger[i]), norm)


def with_number(number, dtype="float32"):
    kind = np.dtype(dtype)
    first = AffineLayer.from_dense(np.array([[number]], dtype=kind), np.zeros(1, dtype=kind))
    return FusedNetwork(
        first, AffineLayer.from_dense(np.array([[0], [1]], dtype=kind), np.zeros(2, dtype=kind)), (1, 1), (0.0, 1.0)
    )


def divided(stored, scale):
    """The same network, whose file holds `stored` and reads a feature that the data have divided by `scale`."""
    network = with_number(stored)
    return replace(network, first=network.first.loaded(np.array([scale])))


@pytest.mark.parametrize(
    ("network", "kind", "words"),
    [
        (divided(2.0**20, 2.0**-20), "float16", "is no number of float16"),
        (divided(2.0**-30, 2.0**30), "float16", "is no number of float16"),
        (with_number(1 + 2.0**-12), "float16", "is no number of float16"),
        (with_number(1 + 2.0**-9), "bfloat16", "is no number of bfloat16"),
        (with_number(2.0**-130), "bfloat16", "is no number of bfloat16"),
        (with_number(1.0, "float64"), "bfloat16", "not in float64"),
        (with_number(1.0), "float8", "known are: float16, bfloat16"),
    ],
    ids=[
        "a stored weight too large",
        "one that is 0",
        "a weight of 13 bits",
        "a weight of 10 bits",
        "a weight that is subnormal",
        "another format",
        "an unknown format",
    ],
)
def test_what_the_model_does_not_cover_is_refused(network, kind, words):
    with pytest.raises(InputError, match=words):
        certify(network, Dataset([[1.0], [9.0]], [1, 0]), 1e-3, arithmetic=kind)


def test_weights_are_those_that_the_file_holds_also_where_it_reads_features_undivided():
    assert narrow_form(fused_form(divided(1.0, 2.0**-30)), "float16").first.T == 2.0**-30


def test_chains_are_not_covered_and_storage_must_agree(fused):
    data, kind, folder, _ = fused
    with pytest.raises(InputError, match="fused networks only"):
        certify(lw.open_run(folder).network, data, 1e-3, arithmetic=kind)
    with pytest.raises(InputError, match="leave out the storage"):
        fuse_run(folder, data, storage=next(k for k in BOTH if k != kind), arithmetic=kind)


def test_smaller_balls_may_be_asked_for_and_larger_ones_may_not(fused, tmp_path):
    data, kind, folder, _ = fused
    other = tmp_path / "run"
    other.mkdir()
    for file in folder.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    found = fuse_run(other, data, arithmetic=kind, ratio=0.15)
    assert found.holds
    assert found.radius == pytest.approx(lw.open_run(folder).certificate.radius / 2)
    assert lw.check(other, data).passed
    for ratio in (0.31, 0.0, -1.0):
        with pytest.raises(InputError, match="at most the run's"):
            fuse_run(other, data, arithmetic=kind, ratio=ratio)
