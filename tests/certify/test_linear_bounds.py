"""The lower bound on trained networks is sound: no proven ball holds an input with another largest output."""

import itertools
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kit
from logwidth.certify import argmax_certified
from logwidth.certify.balls.witness import in_ball
from logwidth.certify.trained import _Ball, _lines
from logwidth.dataset import Dataset
from logwidth.errors import MissingExtraError
from logwidth.network import AffineLayer, ReluNetwork, evaluate_exactly
from logwidth.pipeline import compare
from logwidth.pipeline.comparison import train_and_judge
from logwidth.train import Regime

NORMS = [1.0, 1.5, 2.0, 3.0, np.inf]


def perceptron(rng, sizes, dtype="float32", scale=1.0):
    layers = [
        AffineLayer.from_dense((rng.normal(size=(b, a)) * scale).astype(dtype), (rng.normal(size=b) * scale).astype(dtype))
        for a, b in itertools.pairwise(sizes)
    ]
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def ball_points(rng, centre, radius, norm, count=12):
    steps = np.concatenate([rng.normal(size=(count, len(centre))), np.eye(len(centre)), -np.eye(len(centre))])
    steps *= (radius * (1 - 2.0**-30) / np.linalg.norm(steps, ord=norm, axis=1))[:, None]
    return [x for x in centre + steps if in_ball(x, centre, radius, norm)]


def affine(layer, value):
    """`W v + b` in rationals."""
    return [
        Fraction(float(b)) + sum(Fraction(w) * Fraction(value[c]) for c, w in layer.row(i).items())
        for i, b in enumerate(layer.bias)
    ]


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from(NORMS), st.sampled_from([1e-6, 0.02, 0.1, 0.5]))
def test_no_proven_ball_holds_another_label(seed, norm, radius):
    rng = np.random.default_rng(seed)
    network = perceptron(rng, [3, 5, 4, 3])
    points = rng.normal(size=(6, 3))
    labels = [int(np.argmax(evaluate_exactly(network, x.tolist()))) for x in points]
    data = Dataset(np.concatenate([points, 9.0 * np.eye(3)]), [*labels, 0, 1, 2])  # every class occurs
    proven = argmax_certified(network, data, radius, norm)
    for i in np.flatnonzero(proven):
        for x in ball_points(rng, data.points[i], radius, norm):
            outputs = evaluate_exactly(network, x.tolist())
            assert outputs[data.labels[i]] == max(outputs)
            for order in ("forward", "shuffled"):
                assert kit.adversary(network, x[None, :], order)[:, 0].argmax() == data.labels[i]


@given(st.integers(0, 2**32 - 1), st.sampled_from(NORMS), st.sampled_from([1e-3, 0.3, 3.0]))
def test_every_bound_of_a_relu_input_contains_it(seed, norm, radius):
    rng = np.random.default_rng(seed)
    network = perceptron(rng, [2, 4, 4, 1], "float64")
    centre = rng.normal(size=2)
    ball = _Ball(centre[None, :], radius, norm, [], [])
    for layer in network.hidden:
        ball.extend(layer.dense().astype(np.float64), layer.bias.astype(np.float64))
    for x in [centre, *ball_points(rng, centre, radius, norm)]:
        value = x.tolist()
        for layer, (low, high) in zip(network.hidden, ball.bounds, strict=True):
            inputs = affine(layer, value)
            assert all(a <= v <= b for a, v, b in zip(low[0], inputs, high[0], strict=True))
            value = [max(v, Fraction(0)) for v in inputs]


@given(st.floats(-5, 5), st.floats(-3, 3), st.floats(0, 4))
def test_lines_lie_below_the_scaled_relu_between_their_bounds(slope, low, length):
    """Piecewise linear functions: the ends of the interval and the bend decide."""
    high = low + length
    line, offset, slack = (Fraction(float(np.ravel(v)[0])) for v in _lines(*(np.array([[[v]]]) for v in (slope, low, high))))
    for t in (low, high, min(max(0.0, low), high)):
        assert Fraction(slope) * max(Fraction(t), 0) >= line * Fraction(t) + offset - slack


def test_a_network_with_clear_outputs_is_proven_and_a_tie_is_not():
    data = Dataset([[-1.0], [1.0]], [0, 1])
    both = [{0: 1.0}, {0: -1.0}]
    network = ReluNetwork((AffineLayer.from_rows(1, both, [0.0, 0.0], "float32"),),
                          AffineLayer.from_rows(2, [{1: 1.0}, {0: 1.0}], [0.0, 0.0], "float32"))  # fmt: skip
    assert argmax_certified(network, data, 0.9).all()
    assert not argmax_certified(network, data, 1.0).any()


# --- training, where PyTorch is installed


def test_without_pytorch_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"PyTorch.*logwidth\[torch\]"):
        compare(kit.cloud("extra", 6, 2, 2), ratio=0.5, trained=True)


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_the_trained_row_is_bounded_from_both_sides(norm):
    pytest.importorskip("torch")
    data = kit.cloud("trained", 24, 2, 2)
    regime = Regime(6, 0.2, float(norm), depth=2, epochs=30)
    found = train_and_judge(data, regime)
    assert not (found.certified & ~found.survived).any()
    assert (found.network.width, found.network.depth, found.network.n_outputs) == (6, 2, 2)
    assert train_and_judge(data, regime).network.layers[0].dense().tobytes() == found.network.layers[0].dense().tobytes()


def test_slopes_that_underflow_prove_nothing():
    """The slope 2^-1080 is 0 in float64, but over a radius of 2^490 it turns a gap of 2^-592."""
    hidden = AffineLayer.from_dense(np.array([[2.0**-540]]), np.array([2.0**-49]))
    last = AffineLayer.from_dense(np.array([[2.0**-540], [0.0]]), np.array([2.0**-592 - 2.0**-589, 0.0]))
    network, data = ReluNetwork((hidden,), last), Dataset([[0.0], [-(2.0**491)]], [0, 1])
    x = -(2.0**490)
    assert evaluate_exactly(network, [0.0])[0] > 0 > evaluate_exactly(network, [x])[0]
    assert not argmax_certified(network, data, 2.0**490)[0]
    assert argmax_certified(network, data, 2.0**470)[0]
