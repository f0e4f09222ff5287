"""The float model of proofs/Model.v holds of what runs: NumPy, onnxruntime and an adversary stay within `any_order`.

Measured, not proven: a machine is believed to be IEEE because these dot products are.
"""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

import kit
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.rounding import Dyadic

EMIN, PREC = {"float32": -149, "float64": -1074}, {"float32": 24, "float64": 53}
UNITS, ROWS = 50, 64


def _batch(terms, scale, dtype, seed):
    rng = np.random.default_rng(seed)
    W, X, b = (rng.standard_normal(shape) for shape in ((UNITS, terms), (ROWS, terms), UNITS))
    W *= 2.0 ** rng.integers(-8, 8, W.shape)  # cancellation and absorbed terms
    W[rng.random(W.shape) < 0.2] = 0.0
    return (W * scale).astype(dtype), X.astype(dtype), (b * scale).astype(dtype)


def _at(value, exponent):
    """Integers in units of 2^exponent; refused where that would round."""
    assert exponent <= value.exponent
    return value.integers * 2 ** (value.exponent - exponent)


def _within(found, W, X, b, dtype):
    """Whether `|found − exact| ≤ ((1 + u)^h − 1) mag + n η (1 + u)^h` for every entry, h = n + 1, in integers.

    The left factor is at least `h u`, and (1 + u)^h at least 1: what is asked is a little more than what is proven.
    """
    w, x, bias, v = (Dyadic.of(np.asarray(a, dtype=np.float64)) for a in (W, X, b, found))
    products = x @ Dyadic(w.integers.T, w.exponent)
    sizes = Dyadic(np.abs(x.integers), x.exponent) @ Dyadic(np.abs(w.integers.T), w.exponent)
    unit = min(products.exponent, bias.exponent, v.exponent, EMIN[dtype] - 1) - PREC[dtype]
    exact, mag = (
        _at(products, unit) + _at(bias, unit),
        _at(sizes, unit) + _at(Dyadic(np.abs(bias.integers), bias.exponent), unit),
    )
    n = W.shape[1] + 1
    allowed = n * mag // 2 ** PREC[dtype] + n * 2 ** (EMIN[dtype] - 1 - unit)
    return np.abs(_at(v, unit) - exact) <= allowed


def _numpy(W, X, b):
    return X @ W.T + b


def _einsum(W, X, b):
    return np.einsum("rk,uk->ru", X, W) + b


def _onnxruntime(W, X, b):
    kind = helper.np_dtype_to_tensor_dtype(W.dtype)
    node = helper.make_node("Gemm", ["X", "W", "b"], ["Y"], transB=1)
    ends = [helper.make_tensor_value_info(name, kind, [None, None]) for name in ("X", "Y")]
    constants = [numpy_helper.from_array(W, "W"), numpy_helper.from_array(b, "b")]
    graph = helper.make_graph([node], "row", ends[:1], ends[1:], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"X": X})[0]


def _adversary(order, fused):
    def run(W, X, b):
        # the output layer is what is summed; the hidden one copies positive and negative parts
        d = X.shape[1]
        split = AffineLayer.from_dense(
            np.concatenate([np.eye(d), -np.eye(d)]).astype(W.dtype), np.zeros(2 * d, dtype=W.dtype)
        )
        network = ReluNetwork((split,), AffineLayer.from_dense(np.concatenate([W, -W], axis=1), b))
        return kit.adversary(network, X, order, fused=fused).T

    return run


RUNTIMES = {
    "NumPy": _numpy,
    "einsum": _einsum,
    "onnxruntime": _onnxruntime,
    "adversary, pairwise": _adversary("pairwise", False),
    "adversary, large first": _adversary("large first", False),
    "adversary, fused": _adversary("small first", True),
}
SCALES = {"float32": (1.0, 2.0**-120, 2.0**-140, 2.0**60), "float64": (1.0, 2.0**-1040)}


@pytest.mark.parametrize("runtime", list(RUNTIMES))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dot_products_stay_within_the_bound_of_any_order(runtime, dtype):
    """All of some 400,000 dot products of 3 to 40 terms, with underflow at the small scales."""
    if "fused" in runtime and dtype == "float64":
        pytest.skip("the adversary fuses in float32")
    for seed, scale in enumerate(SCALES[dtype]):
        for terms in (3, 8, 17, 40):
            W, X, b = _batch(terms, scale, dtype, seed)
            assert _within(RUNTIMES[runtime](W, X, b), W, X, b, dtype).all()


def test_the_bound_is_not_idle():
    W, X, b = _batch(17, 1.0, "float32", 0)
    found = _numpy(W, X, b)
    assert not _within(found * np.float32(1 + 2.0**-16), W, X, b, "float32").all()


@pytest.mark.parametrize("runtime", list(RUNTIMES))
def test_copies_and_small_integers_are_exact(runtime):
    rng = np.random.default_rng(3)
    X = np.abs(rng.standard_normal((ROWS, 9))).astype(np.float32)
    copies, nothing = np.eye(9, dtype=np.float32), np.zeros(9, dtype=np.float32)
    assert (RUNTIMES[runtime](copies, X, nothing) == X).all()
    W, X, b = (rng.integers(-50, 50, shape).astype(np.float32) for shape in ((UNITS, 9), (ROWS, 9), UNITS))
    assert (RUNTIMES[runtime](W, X, b) == X.astype(np.int64) @ W.T.astype(np.int64) + b).all()


@pytest.mark.parametrize("runtime", [name for name in RUNTIMES if "adversary" not in name])
def test_a_sum_of_two_is_rounded_once(runtime):
    """s + r among zeros is a nearest float, so `fl(s + r) − s ≤ 2r`, which the register's proof needs."""
    rng = np.random.default_rng(4)
    s = (1 + rng.integers(0, 2**10, 4096) * 2.0**-23).astype(np.float32)
    r = (2.0**-24 * (1 - rng.integers(0, 2**10, 4096) * 2.0**-24)).astype(np.float32)
    X = np.stack([np.ones_like(s), s, r, np.full_like(s, 3.0)], axis=1)
    found = RUNTIMES[runtime](np.array([[0, 1, 1, 0]], dtype=np.float32), X, np.zeros(1, dtype=np.float32))[:, 0]
    assert (found == s + r).all()
    assert (found.astype(np.float64) - s <= 2 * r.astype(np.float64)).all()
