"""Dressed networks under a head of scores: what is proven is true, in rationals and under every order of summation."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import kit
from kit import domain_around
from logwidth.certify import (
    BallProof,
    Outcome,
    UnprovableNetworkError,
    UnrecognisedNetworkError,
    certify,
    read_onnx,
    recognise_classifier,
)
from logwidth.certify.forms.mixed import CarriedScore, CarrierLayer
from logwidth.certify.leads.carriers import Carriers
from logwidth.construct import CONSTRUCTIONS, Obfuscation, Plan, image_box, obfuscate, with_logits
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import to_onnx
from logwidth.maps import check_map
from logwidth.network import AffineLayer, ReluNetwork, evaluate, evaluate_exactly

DRESSES = {
    "plain": Obfuscation(),
    "hidden": Obfuscation(scaled=True, shuffled=True),
    "mixed": Obfuscation(mixes=3, scaled=True, shuffled=True),
    "split": Obfuscation(split=3, shuffled=True),
    "all": Obfuscation(mixes=4, split=2, idle=3, scaled=True, shuffled=True),
}
FAMILIES = ("line of three", "plane of three", "copies", "lone and many", "space", "far from zero")


def obfuscated(name, how, *, ratio=0.9, norm=2.0, reach=1.5, seed=0):
    """The samples, the network with scores, and the radius for which it was made."""
    data = kit.FAMILIES[name]()
    found = check_map(data, np.eye(data.n_features))
    radius = ratio * found.distance_lower / 2
    codes = np.arange(data.n_classes, dtype=float)
    plan = Plan(data.points, data.labels, codes, found.matrix, radius, found.distance_lower)
    plain = CONSTRUCTIONS["register"].build(plan).network
    box = image_box(plain, data.points, reach * found.distance_lower, norm)
    network = with_logits(obfuscate(plain, box, how, np.random.default_rng(seed)), data.n_classes)
    return data, read_onnx(to_onnx(network, batch=1)).network, radius


def proven(network, data, radius, norm=2.0):
    """Proven radii of all samples; −1 everywhere where the network is refused."""
    try:
        proof = BallProof(recognise_classifier(network), data.points, radius, norm)
        return proof.radii(data.points, data.labels.astype(float))
    except (UnrecognisedNetworkError, UnprovableNetworkError):
        return np.full(data.n_samples, -1.0)


def reads_right(scores, label):
    """Whether the label's score is the largest by 1 at least."""
    return all(scores[label] - score >= 1 for c, score in enumerate(scores) if c != label)


def survives(network, data, radii, norm=2.0, orders=kit.ORDERS):
    """Whether worst points of the proven balls keep their class, in rationals and in badly rounded floats."""
    for i, radius in enumerate(radii):
        if radius <= 0:
            continue
        points = kit.worst_points(data, i, radius, norm)
        exact = all(reads_right(evaluate_exactly(network, x.tolist()), data.labels[i]) for x in points)
        inner = kit.worst_points(data, i, radius, norm, 1 - 1e-6)
        floats = all(
            reads_right(column, data.labels[i])
            for order, fused in itertools.product(orders, (False, True))
            for column in kit.adversary(network, inner, order, fused=fused).T
        )
        if not (exact and floats):
            return False
    return True


@pytest.mark.parametrize("how", DRESSES)
@pytest.mark.parametrize("name", FAMILIES)
def test_dressed_networks_keep_every_ball(name, how):
    data, network, radius = obfuscated(name, DRESSES[how])
    radii = proven(network, data, radius)
    assert (radii >= radius).all()
    assert survives(network, data, radii, orders=("shuffled",))
    assert not kit.overlaps(data, radii)


@pytest.mark.parametrize("norm", [1.0, np.inf])
def test_dressed_networks_in_other_norms(norm):
    data, network, radius = obfuscated("space", DRESSES["all"], norm=norm)
    radii = proven(network, data, radius / 2, norm)
    assert (radii > 0).all()
    assert survives(network, data, radii, norm, orders=("pairwise",))


def test_dressing_hides_the_copies_and_splits_the_units():
    _, plain, _ = obfuscated("space", DRESSES["plain"])
    _, mixed, _ = obfuscated("space", DRESSES["all"])
    assert mixed.depth == plain.depth
    m = plain.hidden[0].n_outputs - 1
    assert mixed.width == 2 * m + 3 + 3
    weights = np.concatenate([layer.weights for layer in mixed.hidden[2:-1]])
    assert len(np.unique(weights)) > len(weights) / 4


def test_a_dressed_network_is_a_function_of_its_seed():
    first, again, other = (to_onnx(obfuscated("space", DRESSES["all"], seed=s)[1]) for s in (0, 0, 1))
    assert first == again
    assert first != other


@pytest.mark.parametrize(
    ("how", "tries"), [("hidden", 40), ("all", 30), *(pytest.param(h, 400, marks=pytest.mark.slow) for h in DRESSES)]
)
def test_what_is_proven_of_a_broken_network_is_true(how, tries):
    data, network, radius = obfuscated("plane of three", DRESSES[how])
    layers = kit.dense(network)
    rng = kit.rng_of("breaking", how)
    changes = (lambda v: v * 0.5, lambda v: -v, lambda v: v + 1, lambda v: v * np.float32(1 + 2.0**-10), lambda _: 0)
    proven_anyway = 0
    for _ in range(tries):
        layer = int(rng.integers(len(layers)))
        to = changes[int(rng.integers(len(changes)))]
        W, b = layers[layer]
        rows, columns = np.nonzero(W)
        k = int(rng.integers(rows.size + b.size))
        place = {"weight": (rows[k], columns[k])} if k < rows.size else {"bias": k - rows.size}
        broken = kit.changed(network, layer, **place, to=to)
        radii = proven(broken, data, radius)
        proven_anyway += int((radii > 0).any())
        assert survives(broken, data, radii, orders=("shuffled",))
    assert 0 < proven_anyway < tries


@pytest.mark.parametrize("how", ["plain", "split"])
def test_a_carrier_that_may_be_clipped_is_refused(how):
    """Layer 2 lowers one carried coordinate to below its value at some sample: there it is not affine any more."""
    data, network, radius = obfuscated("space", DRESSES[how])
    layer, values = network.hidden[1], np.sort(kit.adversary(network, data.points, depth=1), axis=1)
    copies = [i for i in range(layer.n_outputs) if not layer.bias[i] and list(layer.row(i).values()) == [1.0]]
    broken = 0
    for unit in copies:
        middle = float(values[next(iter(layer.row(unit))), data.n_samples // 2])
        clipped = kit.changed(network, 1, bias=unit, to=lambda _, middle=middle: -middle)
        assert (proven(clipped, data, radius) < 0).all()
        broken += not survives(clipped, data, np.full(data.n_samples, radius), orders=("forward",))
    assert broken


@pytest.mark.parametrize("unit", [0, 1, 2])
def test_a_carrier_that_reads_the_maximum_or_the_register_is_refused(unit):
    data, network, radius = obfuscated("space", DRESSES["plain"])
    m = network.hidden[0].n_outputs - 1
    broken = kit.changed(network, 3, weight=(0, m + unit), to=lambda _: np.float32(0.5))
    assert (proven(broken, data, radius) < 0).all()


def test_scores_are_exact_integers_with_a_margin_of_one():
    data, network, _ = obfuscated("seven classes", DRESSES["plain"])
    for i, x in enumerate(data.points):
        scores = evaluate_exactly(network, x.tolist())
        label = int(data.labels[i])
        assert scores == [Fraction(2 * c * label - c * c) for c in range(data.n_classes)]
        assert reads_right(scores, label)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_another_head_is_refused(row):
    data, network, radius = obfuscated("plane of three", DRESSES["plain"])
    broken = kit.changed(network, network.depth, bias=row, to=lambda v: v + 1)
    assert (proven(broken, data, radius) < 0).all()


def test_what_cannot_be_dressed_is_refused():
    data = kit.FAMILIES["plane"]()
    _, built = kit.build("collapse", data)
    with pytest.raises(InputError, match="register"):
        obfuscate(built.network, (np.zeros(2), np.ones(2)), Obfuscation(), np.random.default_rng(0))
    with pytest.raises(InputError, match="one output"):
        with_logits(with_logits(built.network, 2), 2)
    with pytest.raises(InputError, match="classes"):
        with_logits(built.network, 1)


def test_a_head_over_labels_that_are_no_classes_proves_nothing():
    """Label 70000 under three scores: its scores are no small integers, and it is none of the classes 0, 1, 2."""
    data = kit.FAMILIES["wide labels"]()
    plan, built = kit.build("register", data)
    form = recognise_classifier(with_logits(built.network, 3))
    with pytest.raises(UnprovableNetworkError, match="not the number of a class"):
        BallProof(form, data.points, plan.radius, 2.0)


@pytest.mark.parametrize("order", kit.ORDERS)
def test_computed_carriers_and_their_scores_are_within_their_errors(order):
    data, network, _ = obfuscated("space", DRESSES["mixed"])
    first = recognise_classifier(network).first
    domain = domain_around(first, data.points, 2.0, 1e-3)
    rng, m = np.random.default_rng(3), first.m
    W = rng.uniform(0.1, 1, size=(4, m)).astype(np.float32).astype(float)
    b = rng.uniform(1, 2, size=4).astype(np.float32).astype(float)
    carriers = Carriers.first(m).through(W, b, domain)
    z = rng.uniform(domain.lower, domain.upper, size=(40, m)).astype(np.float32)
    layer = AffineLayer.from_dense(W.astype(np.float32), b.astype(np.float32))
    output = AffineLayer.from_dense(np.eye(1, 4, dtype=np.float32), np.zeros(1, dtype=np.float32))
    v = kit.adversary(ReluNetwork((layer,), output), z, order, depth=1)
    missed = np.abs(v.T.astype(float) - (z.astype(float) @ carriers.B.T + carriers.d))
    assert (missed <= carriers.error).all()
    assert missed.max() > 0
    rough = Carriers(carriers.B, carriers.d, 1e3 * carriers.error)
    score = CarrierLayer(W, b, np.array([1.0, -2.0, 0.5, 3.0]), 0.25)
    assert CarriedScore.of(score, rough, domain).error >= np.abs(score.score) @ rough.error


@pytest.mark.parametrize("norm", [1.0, 2.0, np.inf])
def test_a_carrier_whose_coefficient_underflows_still_reads_its_coordinate(norm):
    """Two layers divide z = 2^490 by 2^1080, a score multiplies by 2^600: at 3 · 2^490 it is negative."""
    unit, tiny = 2.0**490, 2.0**-540
    rows = [
        ([[1.0], [1.0]], [0.0, -12 * unit]),
        ([[tiny, 0.0], [0.0, 1 / unit], [0.0, -1 / unit], [0.0, -1 / unit]], [0.0, 0.0, -1.0, 0.0]),
        ([[tiny, 0, 0, 0], [0, 1, 1, 0], [0, -1, -1, 0], [0, 0, -1, 1]], [2.0**-580, 0.0, -1.0, 0.0]),
        ([[1, 0, 0, 0], [0, 1, 1, 0], [-(2.0**600), -1, -1, 0], [0, 0, -1, 1]], [0.0, 0.0, 2.0**20 + 2560, 0.0]),
        ([[0, 0, -1, 1]], [1.0]),
        ([[-1]], [1.0]),
    ]
    layers = [AffineLayer.from_dense(np.array(W, dtype=float), np.array(b)) for W, b in rows]
    network, points = ReluNetwork(tuple(layers[:-1]), layers[-1]), np.array([[2.0], [10.0]]) * unit
    assert evaluate(network, [*points, [3 * unit]]).ravel().tolist() == [1.0, 0.0, 0.0]
    assert certify(network, Dataset(points, [1, 0]), unit, norm=norm).status[0] != Outcome.CERTIFIED
