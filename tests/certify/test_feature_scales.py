"""Scales of the inputs: a file that reads features as they are computes what the network of scaled features is proven to."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import domain_around
from logwidth.certify.forms.folded.balls import FoldedBalls
from logwidth.certify.forms.folded.layers import FoldLayers
from logwidth.certify.leads.first_layer import read_first_layer
from logwidth.certify.onnx.chain import read_onnx
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.errors import InputError
from logwidth.export import to_onnx
from logwidth.network import AffineLayer, ReluNetwork

EXPONENTS = st.integers(-120, 60)


def layer_of(weights: list[float], scales: np.ndarray) -> AffineLayer:
    """Return a unit and its twin, as a first layer whose file reads inputs that are `scales` times as large."""
    matrix = np.array([weights, weights], dtype=np.float32)
    plain = AffineLayer.from_dense(matrix, np.zeros(2, dtype=np.float32))
    return AffineLayer(plain.n_inputs, plain.indptr, plain.indices, plain.weights, plain.bias, scales)


def as_the_file_computes(layer: AffineLayer, x: np.ndarray, scales: np.ndarray) -> np.float32:
    """Return the first unit of the stored layer at `scales · x`, product by product in binary32."""
    stored, total = layer.stored(), np.float32(0.0)
    for column, weight in stored.row(0).items():
        total = np.float32(total + np.float32(weight) * np.float32(x[column] * scales[column]))
    return total


@given(st.lists(st.tuples(st.floats(0.5, 2.0, width=32), st.floats(1.0, 2.0), EXPONENTS, EXPONENTS), min_size=1, max_size=4))
def test_the_first_layers_error_covers_what_the_file_computes(rows):
    """In exact rationals, where inputs, as they are read, are subnormal or nearly so."""
    scales = np.exp2(np.array([float(s) for *_, s in rows]))
    x = np.array([value * 2.0**e for _, value, e, _ in rows])
    if np.abs(x * scales).max() > 1e37:
        return
    try:
        layer = layer_of([w for w, *_ in rows], scales)
        first = read_first_layer(layer, [0])
        domain = domain_around(first, x[None, :], 2.0, 0.0)
    except (InputError, UnprovableNetworkError):
        return
    exact = sum((Fraction(float(w)) * Fraction(float(v)) for w, v in zip(layer.dense()[0], x, strict=True)), Fraction(0))
    found = Fraction(float(as_the_file_computes(layer, x, scales)))
    assert abs(found - exact) <= Fraction(float(domain.error[0]))
    folds = FoldedBalls.around(FoldLayers.of((layer,)), x[None, :], 0.0, 2.0)
    assert abs(found - exact) <= Fraction(float(folds.errors[0][0, 0]))


@pytest.mark.parametrize("shift", [0.0, 2.0**-11, 2.0**-12])
def test_an_input_that_is_subnormal_where_it_is_read_costs_more(shift):
    scales, x = np.array([2.0**-100]), np.array([2.0**-40 * (1 + shift)])
    layer = layer_of([1.0], scales)
    error = domain_around(read_first_layer(layer, [0]), x[None, :], 2.0, 0.0).error[0]
    plain = domain_around(read_first_layer(layer_of([1.0], np.array([1.0])), [0]), x[None, :], 2.0, 0.0).error[0]
    off = abs(float(as_the_file_computes(layer, x, scales)) - x[0])
    assert off <= error
    assert plain < 2.0**-60 < error


def test_an_input_that_overflows_where_it_is_read_proves_nothing():
    near, far = (read_first_layer(layer_of([1.0], np.array([scale])), [0]) for scale in (2.0**20, 2.0**100))
    point = np.array([[2.0**30]])
    assert domain_around(near, point, 2.0, 1.0).input_upper[0] >= 2.0**30
    with pytest.raises(UnprovableNetworkError, match="overflow"):
        domain_around(far, point, 2.0, 1.0)


@given(st.lists(st.tuples(st.floats(-4, 4, width=32), EXPONENTS), min_size=1, max_size=5))
def test_a_stored_file_gives_back_the_network_and_its_scales(rows):
    scales = np.exp2(np.array([float(e) for _, e in rows]))
    matrix = np.array([[w for w, _ in rows]], dtype=np.float32)
    layer = AffineLayer.from_dense(matrix, np.ones(1, dtype=np.float32))
    network = ReluNetwork((layer,), AffineLayer.from_dense(np.ones((1, 1), np.float32), np.zeros(1, np.float32)))
    try:
        scaled = network.scaled(scales)
    except InputError:
        size = np.abs(layer.weights.astype(np.float64) / scales[layer.indices])
        assert (size < 2.0**-126).any() or (size > 3e38).any()
        return
    back = read_onnx(to_onnx(scaled)).network
    assert back.hidden[0].input_scales is not None
    assert back.hidden[0].input_scales.tolist() == scales.tolist()
    assert np.array_equal(back.hidden[0].dense(), matrix)
    stored = read_onnx(to_onnx(scaled.stored())).network.hidden[0]
    assert stored.input_scales is None
    assert np.array_equal(stored.dense().astype(np.float64) * scales, matrix)


@pytest.mark.parametrize("scales", [[3.0], [0.0], [-2.0], [np.inf], [np.nan], [1.0, 2.0], [2.0**140]])
def test_scales_that_are_not_exact_are_refused(scales):
    layer = AffineLayer.from_dense(np.ones((1, 1), np.float32), np.ones(1, np.float32))
    network = ReluNetwork((layer,), layer)
    with pytest.raises(InputError):
        network.scaled(np.array(scales))
    with pytest.raises(InputError):
        layer.loaded(np.array(scales))
