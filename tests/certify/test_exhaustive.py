"""Every representable input of certified balls, none left out: in float32 far from zero, where balls hold few of them, and
in a coarse format whose roundings are as large as the margins."""

import dataclasses
import itertools

import numpy as np
import onnxruntime
import pytest

import kit
from logwidth.certify import BallProof, certify, recognise
from logwidth.construct import CONSTRUCTIONS
from logwidth.dataset import Dataset
from logwidth.export import to_onnx
from logwidth.network import evaluate
from logwidth.rounding import BINARY32

FAR = {"register": 13, "collapse": 13, "chebyshev": 15, "manhattan": 15}  # how far a form can stand: 2^17 where none is said
DAY, NIGHT = 100, 600  # in the plane balls are cut to so many steps
COARSE = [  # form, bits, and a reach within which the first layer is sure not to clip
    *(("cells", 8, 16.0), ("cells", 9, 18.0), ("cells", 11, 19.5), ("list", 12, 19.5), ("sawtooth", 12, 19.5)),
    *((name, 13, 19.5) for name in ("lanes", "chebyshev", "manhattan", "minkowski")),
    *((name, 14, 19.5) for name in ("register", "collapse")),
]
CASES = [
    pytest.param(name, d, norm, steps, marks=() if norm == spec.home and steps == DAY else pytest.mark.slow)
    for name, spec in CONSTRUCTIONS.items()
    if "float32" in spec.dtypes
    for d, norms, lengths in ((1, [spec.home], [DAY]), (2, [1.0, 2.0, np.inf], [DAY, NIGHT]))
    for norm in norms
    for steps in lengths
]


def far_data(name, d):
    """Two classes on whole numbers far from zero, and the distance of float32 numbers there."""
    power = FAR.get(name.removesuffix("-collapse"), 17)
    return Dataset(2.0**power + np.array([[0.0, 0.0], [8, 2], [20, 5]])[:, :d], [0, 1, 0]), 2.0 ** (power - 23)


def inputs_of_ball(centre, radius, norm, step):
    """All multiples of `step` to which some real point of the ball rounds: their cells, half a step wide, meet the ball."""
    axis = np.arange(-np.ceil(radius / step) - 1, np.ceil(radius / step) + 2) * step
    shifts = np.stack(np.meshgrid(*[axis] * len(centre)), axis=-1).reshape(-1, len(centre))
    nearest = np.maximum(np.abs(shifts) - step / 2, 0.0)
    return centre + shifts[np.linalg.norm(nearest, ord=norm, axis=1) <= radius]


def misread(network, session, points, value):
    """How many of the inputs onnxruntime and NumPy do not label with `value`."""
    rows = points.astype(np.float32)
    assert (rows == points).all()
    return sum(int((found[:, 0] != value).sum()) for found in (session.run(None, {"X": rows})[0], evaluate(network, rows)))


@pytest.mark.parametrize(("name", "d", "norm", "steps"), CASES)
def test_every_float32_input_of_every_certified_ball_has_the_label(name, d, norm, steps):
    """On a line, whole balls; and those of the closest pair, a little larger than half its distance, hold a wrong one."""
    data, step = far_data(name, d)
    plan, built = kit.build(name, data, 0.25, "float32")
    found = certify(built.network, data, 0.7 * plan.radius, norm=norm)
    assert (found.radius_lower >= 0.7 * plan.radius).all(), found.reason
    values = data.values[data.labels]
    session = onnxruntime.InferenceSession(to_onnx(built.network), providers=["CPUExecutionProvider"])
    radii = found.radius_lower if d == 1 else np.minimum(found.radius_lower, steps * step)
    for i in range(data.n_samples):
        points = inputs_of_ball(data.points[i], radii[i], norm, step)
        assert len(points) >= 2 * radii[i] / step
        assert misread(built.network, session, points, values[i]) == 0
    if d == 1:
        beyond = [inputs_of_ball(data.points[i], 0.505 * 8, norm, step) for i in (0, 1)]
        assert sum(misread(built.network, session, points, values[i]) for i, points in enumerate(beyond)) > 0


# --- a coarse format: p bits, rounded to nearest even after every operation


def rounded(values, bits):
    fraction, exponent = np.frexp(np.asarray(values, dtype=np.float64))
    return np.ldexp(np.rint(fraction * 2.0**bits), exponent - bits)


def coarsely(network, points, bits, order, fused):
    """The outputs in a format of p bits: its products, and nearly all sums of two numbers, are exact in float64 first."""
    rng, value = np.random.default_rng(bits), rounded(points, bits).T
    for number, layer in enumerate(network.layers, start=1):
        rows = []
        for i in range(layer.n_outputs):
            terms = [(float(w), value[c]) for c, w in layer.row(i).items()]
            terms = kit._arranged([*terms, (1.0, np.full(value.shape[1], float(layer.bias[i])))], order, rng)
            total = np.zeros(value.shape[1])
            for w, v in terms:
                total = rounded(total + (w * v if fused else rounded(w * v, bits)), bits)
            rows.append(np.maximum(total, 0.0) if number <= network.depth else total)
        value = np.array(rows)
    return value[0]


def coarse_network(network, bits):
    """The same network with weights of p bits."""
    return kit.of_dense(
        [(rounded(W, bits).astype(W.dtype), rounded(b, bits).astype(b.dtype)) for W, b in kit.dense(network)]
    )


def coarse_radii(network, bits, data, norm, reach):
    """What the certificate proves of the network in a format of so many bits."""
    form = recognise(network)
    first = dataclasses.replace(form.first, format=dataclasses.replace(BINARY32, name="coarse", unit=2.0**-bits))
    proof = BallProof(dataclasses.replace(form, first=first), data.points, 1.0, norm, reach)
    return proof.radii(data.points, data.values[data.labels])


def numbers_of(bits):
    """The numbers of a format between 2^-12 and 2^8, 0 and their opposites, in order."""
    positive = np.ldexp(np.arange(2.0 ** (bits - 1), 2.0**bits), np.arange(-12, 8)[:, None] - bits + 1).ravel()
    return np.concatenate([-positive[::-1], [0.0], positive])


@pytest.mark.parametrize(("name", "bits", "reach"), COARSE)
def test_every_input_of_a_coarse_format_in_every_proven_ball_has_the_label(name, bits, reach):
    """All its numbers, in all orders of summation. In 8 bits rounding takes most of some radii."""
    data = Dataset([[0.0], [40.0], [100.0]], [0, 1, 0])
    plan, built = kit.build(name, data, 0.5, "float32")
    network = coarse_network(built.network, bits)
    radii = coarse_radii(network, bits, data, plan.norm, reach)
    assert (radii > 0).all()
    numbers = numbers_of(bits)
    edges = np.concatenate([[-np.inf], (numbers[1:] + numbers[:-1]) / 2, [np.inf]])  # what is between two is rounded to one
    for order, fused in itertools.product(kit.ORDERS, (False, True)):
        wrong = coarsely(network, numbers[:, None], bits, order, fused) != data.values[data.labels][:, None]
        held, beyond = (
            (edges[:-1] <= data.points + r[:, None]) & (edges[1:] >= data.points - r[:, None])
            for r in (radii, np.array([20.2, 20.2, 30.2]))
        )
        assert held.any(axis=1).all()
        assert not (wrong & held).any()
        assert (wrong & beyond)[:2].any()  # the balls of the closest pair share a number
