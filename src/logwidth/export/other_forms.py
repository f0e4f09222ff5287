"""The same network with other operators: the same sums of the same products, and the same maxima with 0; its parts."""

import math
from collections.abc import Callable

import numpy as np
import onnx
from onnx import helper

from logwidth.export.onnx_chain import class_maxima
from logwidth.export.onnx_scan import carried_units
from logwidth.export.onnx_tensors import Tensor, file_of, gemm
from logwidth.network import AffineLayer, FusedNetwork, ReluNetwork
from logwidth.types import FloatArray

Nodes = list[onnx.NodeProto]
Parts = tuple[Nodes, list[Tensor]]
Layer = Callable[[AffineLayer, str, str, str], Parts]
Clip = Callable[[str, str], Nodes]
Image = tuple[int, int]
CONSTANTS: dict[str, Tensor] = {
    "zero": ("zero", np.zeros(1, dtype=np.float32)),
    "least": ("least", np.zeros((), dtype=np.float32)),
    "row": ("row", np.array([1, 1, 1, -1], dtype=np.int64)),
}  # what a maximum with 0 may read
SMALL = 2.0**-13  # the ε of a batch normalisation: 1 − ε is a float32, and the two sum to 1 without rounding


def image_of(n_inputs: int) -> Image | None:
    """Return the height and width of the most square image of so many pixels; None where it has one row only.

    >>> image_of(64), image_of(20), image_of(13)
    ((8, 8), (4, 5), None)
    """
    height = next(h for h in range(math.isqrt(n_inputs), 0, -1) if n_inputs % h == 0)
    return (height, n_inputs // height) if height > 1 else None


def gemm_layer(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    """Write `Gemm` of weights by rows."""
    names = f"W{number}", f"b{number}"
    return [gemm(value, *names, target)], [(names[0], affine.dense()), (names[1], affine.bias)]


def columns_layer(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    """Write `Gemm` of weights by columns."""
    names = f"W{number}", f"b{number}"
    node = helper.make_node("Gemm", [value, *names], [target], alpha=1.0, beta=1.0, transA=0, transB=0)
    return [node], [(names[0], np.ascontiguousarray(affine.dense().T)), (names[1], affine.bias)]


def matmul_layer(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    """Write `MatMul, Add`."""
    names = f"W{number}", f"b{number}"
    product = helper.make_node("MatMul", [value, names[0]], [f"p{number}"])
    total = helper.make_node("Add", [f"p{number}", names[1]], [target])
    return [product, total], [(names[0], np.ascontiguousarray(affine.dense().T)), (names[1], affine.bias)]


def normed_layer(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    """Write `MatMul, BatchNormalization` of scale and variance 1: biases are shifts in even units, means in odd ones."""
    size = affine.n_outputs
    odd = np.arange(size) % 2 == 1
    ones, nothing = np.ones(size, dtype=np.float32), np.zeros(size, dtype=np.float32)
    stored: list[Tensor] = [
        (f"W{number}", np.ascontiguousarray(affine.dense().T)),
        (f"scale{number}", ones),
        (f"shift{number}", np.where(odd, nothing, affine.bias)),
        (f"mean{number}", np.where(odd, -affine.bias, nothing)),
        (f"var{number}", ones - np.float32(SMALL)),
    ]
    product = helper.make_node("MatMul", [value, f"W{number}"], [f"p{number}"])
    names = [f"p{number}", *(name for name, _ in stored[1:])]
    return [product, helper.make_node("BatchNormalization", names, [target], epsilon=SMALL)], stored


def doubled_layer(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    """Write `Gemm` with a row of zeros after each row: what follows takes the maximum of two neighbours."""
    weights, bias = np.zeros((2 * affine.n_outputs, affine.n_inputs), np.float32), np.zeros(2 * affine.n_outputs, np.float32)
    weights[::2], bias[::2] = affine.dense(), affine.bias
    return [gemm(value, f"W{number}", f"b{number}", target)], [(f"W{number}", weights), (f"b{number}", bias)]


def image_layer(image: Image) -> Layer:
    """Return the writer of `Conv, Flatten` of an image, whose kernels are as large as it."""

    def write(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
        names = f"W{number}", f"b{number}"
        whole = helper.make_node("Conv", [value, *names], [f"i{number}"], kernel_shape=list(image))
        flat = helper.make_node("Flatten", [f"i{number}"], [target], axis=1)
        return [whole, flat], [(names[0], affine.dense().reshape(affine.n_outputs, 1, *image)), (names[1], affine.bias)]

    return write


def patches_layer(image: Image) -> Layer:
    """Return the writer of `Conv, Flatten, Gemm`: the first takes an image apart, a channel for each place in a patch."""
    (height, width), (p, q) = image, (_step(image[0]), _step(image[1]))
    pixels = np.arange(height * width).reshape(height // p, p, width // q, q).transpose(1, 3, 0, 2).ravel()

    def write(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
        names = f"W{number}", f"b{number}"
        apart = helper.make_node("Conv", [value, "kernels", "nothing"], ["i"], kernel_shape=[p, q], strides=[p, q])
        flat = helper.make_node("Flatten", ["i"], ["f"], axis=1)
        stored: list[Tensor] = [
            ("kernels", np.eye(p * q, dtype=np.float32).reshape(p * q, 1, p, q)),
            ("nothing", np.zeros(p * q, dtype=np.float32)),
            (names[0], np.ascontiguousarray(affine.dense()[:, pixels])),
            (names[1], affine.bias),
        ]
        return [apart, flat, gemm("f", *names, target)], stored

    return write


def _step(size: int) -> int:
    """Return the least divisor above 1."""
    return next(k for k in range(2, size + 1) if size % k == 0)


def relu(value: str, target: str) -> Nodes:
    """Write `Relu`."""
    return [helper.make_node("Relu", [value], [target])]


def clip(value: str, target: str) -> Nodes:
    """Write `Clip` from 0."""
    return [helper.make_node("Clip", [value, "least"], [target])]


def maximum(value: str, target: str) -> Nodes:
    """Write `Max` with 0."""
    return [helper.make_node("Max", [value, "zero"], [target])]


def leaky(value: str, target: str) -> Nodes:
    """Write `LeakyRelu` of slope 0."""
    return [helper.make_node("LeakyRelu", [value], [target], alpha=0.0)]


def pooled(value: str, target: str) -> Nodes:
    """Write the maximum of every two neighbours, as an image of one row: `Reshape, MaxPool, Flatten`."""
    row = helper.make_node("Reshape", [value, "row"], [f"{target}_row"])
    pool = helper.make_node("MaxPool", [f"{target}_row"], [f"{target}_max"], kernel_shape=[1, 2], strides=[1, 2])
    return [row, pool, helper.make_node("Flatten", [f"{target}_max"], [target], axis=1)]


def other_forms(network: ReluNetwork) -> dict[str, bytes]:
    """Return ONNX files of a float32 network by the name of their form, for one input at a time.

    'conv': the first layer is a convolution of the input as an image of one row. 'matmul': MatMul and Add instead of Gemm.
    'columns': Gemm of weights that are stored by columns. 'clip', 'max', 'leaky', 'maxpool': Clip from 0, Max with 0,
    LeakyRelu of slope 0 and MaxPool over each value and 0 instead of Relu. 'batchnorm': biases stand in batch
    normalisations of variance 1. 'residual', where the layers copy their first coordinates: these stay beside what changes.
    Where the inputs fill an image of several rows, 'image': the first layer is a convolution of it; 'patches': one takes
    it apart first.
    """
    forms = {
        "conv": chain_parts(network, first=image_layer((1, network.n_inputs))),
        "matmul": chain_parts(network, matmul_layer, last=matmul_layer),
        "columns": chain_parts(network, columns_layer, last=columns_layer),
        "clip": chain_parts(network, clipped=clip),
        "max": chain_parts(network, clipped=maximum),
        "leaky": chain_parts(network, clipped=leaky),
        "maxpool": chain_parts(network, doubled_layer, pooled),
        "batchnorm": chain_parts(network, normed_layer),
    }
    shapes = {"conv": [1, 1, 1, network.n_inputs]}
    image = image_of(network.n_inputs)
    if image is not None:
        forms["image"] = chain_parts(network, first=image_layer(image))
        forms["patches"] = chain_parts(network, first=patches_layer(image))
        shapes |= {"image": [1, 1, *image], "patches": [1, 1, *image]}
    carried, end = carried_units(network)
    if carried and end > 1:
        forms["residual"] = _residual(network, carried, end)
    rows, made = [1, network.n_inputs], [1, network.n_outputs]
    return {name: file_of(parts, shapes.get(name, rows), made) for name, parts in forms.items()}


def chain_parts(
    network: ReluNetwork,
    layer: Layer = gemm_layer,
    clipped: Clip = relu,
    *,
    first: Layer | None = None,
    last: Layer = gemm_layer,
    source: str = "X",
) -> Parts:
    """Return what computes `Y` layer after layer, each with its clipping; the first and last in ways of their own."""
    nodes: list[onnx.NodeProto] = []
    tensors: list[Tensor] = []
    value = source
    for number, affine in enumerate(network.layers, start=1):
        end = number == len(network.layers)
        here = last if end else first if first is not None and number == 1 else layer
        more, stored = here(affine, value, f"{number}", "Y" if end else f"a{number}")
        nodes += more
        tensors += stored
        if not end:
            value = f"z{number}"
            nodes += clipped(f"a{number}", value)
    read = {name for node in nodes for name in node.input}
    return nodes, [*tensors, *(constant for name, constant in CONSTANTS.items() if name in read)]


def _residual(network: ReluNetwork, carried: int, end: int) -> Parts:
    """Write the first coordinates once and join them to what each layer up to number `end` makes of them and of the rest."""
    first = network.layers[0]
    rows = first.dense()
    nodes = [gemm("X", "W_z", "b_z", "a_z"), *relu("a_z", "z")]
    nodes += [gemm("X", "W_1", "b_1", "a_1"), *relu("a_1", "s_1")]
    tensors = [
        ("W_z", rows[:carried]),
        ("b_z", first.bias[:carried]),
        ("W_1", rows[carried:]),
        ("b_1", first.bias[carried:]),
    ]
    for number, affine in enumerate(network.layers[1:], start=2):
        last, value = number == len(network.layers), f"s_{number - 1}"
        kept = carried if number <= end else 0
        if number <= end + 1:
            nodes.append(helper.make_node("Concat", ["z", value], [f"c_{number}"], axis=1))
            value = f"c_{number}"
        nodes.append(gemm(value, f"W_{number}", f"b_{number}", "Y" if last else f"a_{number}"))
        tensors += [(f"W_{number}", affine.dense()[kept:]), (f"b_{number}", affine.bias[kept:])]
        if not last:
            nodes += relu(f"a_{number}", f"s_{number}")
    return nodes, tensors


def normalised_form(network: ReluNetwork, offset: FloatArray, scale: float) -> bytes:
    """Return the file of `x ↦ N'((x − offset) / scale)`: Sub, Div, and the chain that reads normalised inputs.

    N' is the network with first layer `W·scale` and bias `b + W·offset`, rounded to float32. `offset` `(d,)` holds numbers
    of float32, `scale` is a power of two.
    """
    first = network.hidden[0]
    weights = first.dense().astype(np.float64)
    bias = (first.bias.astype(np.float64) + weights @ offset).astype(np.float32)
    inner = AffineLayer.from_dense((weights * scale).astype(np.float32), bias)
    nodes, tensors = chain_parts(ReluNetwork((inner, *network.hidden[1:]), network.output), source="normal")
    less = helper.make_node("Sub", ["X", "offset"], ["centred"])
    over = helper.make_node("Div", ["centred", "scale"], ["normal"])
    given: list[Tensor] = [("offset", offset[None].astype(np.float32)), ("scale", np.array(scale, dtype=np.float32))]
    return file_of(([less, over, *nodes], [*given, *tensors]), [1, network.n_inputs], [1, network.n_outputs])


def maxima_form(network: FusedNetwork) -> bytes:
    """Return the file whose score c is the largest of the scores of class c: per class a Gemm and a ReduceMax."""
    nodes, tensors = class_maxima(network, network.first)
    count = len(network.sizes)
    nodes.append(helper.make_node("Concat", [f"max_{c}" for c in range(count)], ["Y"], axis=1))
    return file_of((nodes, tensors), [1, network.n_inputs], [1, count])
