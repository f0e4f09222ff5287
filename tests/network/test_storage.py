"""Networks that half precision holds: no number changes there, and what is written is certified."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

import logwidth as lw
from logwidth.dataset import Dataset
from logwidth.network import AffineLayer, FusedNetwork
from logwidth.network.fused import FORMATS, rounded_to
from logwidth.pipeline import fuse_run

BITS = {"float16": 11, "bfloat16": 8}


def significant(numbers):
    """How many significant bits the numbers need."""
    mantissa, _ = np.frexp(numbers[numbers != 0])
    return max(next(k for k in range(1, 54) if (m * 2.0**k).is_integer()) for m in np.abs(mantissa).tolist())


def table():
    rng = np.random.default_rng(11)
    points = np.unique(rng.integers(0, 12, size=(20, 3)), axis=0).astype(float)
    return Dataset(points, np.arange(len(points)) % 3)


@pytest.mark.parametrize("storage", FORMATS)
def test_every_number_of_the_file_is_one_of_the_format(tmp_path, storage):
    data = table()
    folder = lw.memorize(data, ratio=0.5).save(tmp_path / "run")
    assert fuse_run(folder, data, storage=storage).holds
    assert lw.check(folder, data).passed
    tensors = onnx.load(folder / "network_fused.onnx").graph.initializer
    numbers = np.concatenate([numpy_helper.to_array(t).ravel().astype(float) for t in tensors])
    assert significant(numbers) <= BITS[storage]
    fuse_run(folder, data)
    plain = onnx.load(folder / "network_fused.onnx").graph.initializer
    assert significant(np.concatenate([numpy_helper.to_array(t).ravel().astype(float) for t in plain])) > 11


def test_rounding_is_to_nearest_with_ties_to_even():
    numbers = np.array([1 + 2.0**-8, 1 + 3 * 2.0**-8, 1 + 2.0**-8 + 2.0**-20, -(1 + 2.0**-9), 0.0], dtype=np.float32)
    assert FORMATS["bfloat16"](numbers).tolist() == [1.0, 1 + 2.0**-6, 1 + 2.0**-7, -1.0, 0.0]


def network(weight, values=(0.0, 1.0), scales=None):
    first = AffineLayer.from_dense(np.array([[weight]], dtype=np.float32), np.zeros(1, np.float32))
    if scales is not None:
        first = first.loaded(np.array([scales]))
    scores = AffineLayer.from_dense(np.array([[0.0], [1.0]], dtype=np.float32), np.zeros(2, np.float32))
    return FusedNetwork(first, scores, (1, 1), values)


@pytest.mark.parametrize(
    ("given", "storage", "words"),
    [
        (network(1e5), "float16", "a weight of 1e\\+05 is beyond the range of float16"),
        (network(1.0, (0.0, 2049.0)), "float16", "label values"),
        (network(1.0, (0.0, 257.0)), "bfloat16", "label values"),
        (network(1.0), "float8", "known are: float16, bfloat16"),
    ],
)
def test_what_the_format_does_not_hold_is_refused(given, storage, words):
    with pytest.raises(lw.InputError, match=words):
        rounded_to(given, storage)


def test_what_is_rounded_is_what_the_file_holds():
    """A weight of 1e5 over a scale of 4 is stored as 25,000 and a bit, which float16 rounds to a multiple of 16."""
    found = rounded_to(network(25_001.0, scales=4.0), "float16").first
    assert found.stored().weights.tolist() == [25_008.0]
    assert found.weights.tolist() == [4 * 25_008.0]
