"""What single operators compute, taken back to `W x + b`; each raises ValueError for anything out of the ordinary."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.onnx.graph import layer_of
from logwidth.network import AffineLayer

Array = NDArray[np.floating]


def image_layer(kernels: Array, bias: Array) -> AffineLayer:
    """Return the layer of a convolution `(n, 1, h, w)` whose kernels are as large as the image."""
    if kernels.ndim != 4 or kernels.shape[1] != 1:
        raise ValueError("its kernels are not those of an image of one channel")
    return layer_of(kernels.reshape(kernels.shape[0], -1), bias)


def patches(kernels: Array, bias: Array, shape: Sequence[int]) -> NDArray[np.intp]:
    """Return the pixel that stands at each place of an image of `shape` `(1, 1, h, w)` after a convolution took it apart.

    Each of the p q kernels must be 1 at one place of the p × q patch, another one each, and 0 elsewhere. Their stride is
    (p, q). Then each value is a pixel and zeros, which changes no number.
    """
    count, _, p, q = kernels.shape
    if len(shape) != 4 or list(shape[:2]) != [1, 1] or min(shape) < 1 or shape[2] % p or shape[3] % q:
        raise ValueError("its patches do not fill the image")
    ones = kernels.reshape(count, -1)
    place = ones.argmax(axis=1)
    single = count == p * q == len(set(place.tolist())) and np.array_equal(ones, np.eye(count)[place]) and not bias.any()
    if not single or kernels.shape[1] != 1 or bias.shape != (count,):
        raise ValueError("a convolution does more than to take an image apart")
    rows, columns = shape[2] // p, shape[3] // q
    pixels = np.arange(shape[2] * shape[3]).reshape(rows, p, columns, q).transpose(1, 3, 0, 2).reshape(count, -1)
    return np.asarray(pixels[place].ravel())


def norm_shift(attributes: Mapping[str, object], tensors: Sequence[Array]) -> Array:
    """Return what a batch normalisation adds, whose scale and variance (with its ε) are exactly 1.

    `tensors`: scale, shift, mean and variance `(n,)`. In each unit the shift or the mean must be 0: then the value less the
    mean, and with the shift, is one sum, in whatever way the formula is rearranged.
    """
    scale, shift, mean, variance = tensors
    epsilon = attributes.get("epsilon")
    if set(attributes) != {"epsilon"} or not isinstance(epsilon, float) or not 0 < epsilon < 1:
        raise ValueError("a batch normalisation has other attributes")
    if len({t.shape for t in tensors}) != 1 or scale.ndim != 1 or not (scale == 1).all():
        raise ValueError("a batch normalisation scales")
    if any(Fraction(float(v)) + Fraction(epsilon) != 1 for v in variance):
        raise ValueError("a batch normalisation has another variance than 1")
    if not ((shift == 0) | (mean == 0)).all():
        raise ValueError("a batch normalisation adds two numbers to a value")
    return shift - mean


def halved(layer: AffineLayer) -> AffineLayer:
    """Return every second row of a layer whose others are 0: the maximum with such a neighbour is that with 0."""
    dense = layer.dense()
    if layer.n_outputs % 2 or dense[1::2].any() or layer.bias[1::2].any():
        raise ValueError("a maximum of two neighbours is not that with 0")
    return layer_of(np.ascontiguousarray(dense[::2]), np.ascontiguousarray(layer.bias[::2]))


def stacked(above: Array, bias: Array, below: AffineLayer) -> AffineLayer:
    """Return a layer of two parts, one above the other."""
    return layer_of(np.concatenate([above, below.dense()]), np.concatenate([bias, below.bias]))
