"""The same network written with other operators: the same sums of the same products, and the same maxima with 0."""

import onnx
from onnx import helper

from logwidth.export import other_layers as write
from logwidth.export.onnx_scan import carried_units
from logwidth.export.onnx_tensors import Tensor, file_of, gemm
from logwidth.network import ReluNetwork


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
        "conv": chain_parts(network, first=write.image_layer((1, network.n_inputs))),
        "matmul": chain_parts(network, write.matmul_layer, last=write.matmul_layer),
        "columns": chain_parts(network, write.columns_layer, last=write.columns_layer),
        "clip": chain_parts(network, clipped=write.clip),
        "max": chain_parts(network, clipped=write.maximum),
        "leaky": chain_parts(network, clipped=write.leaky),
        "maxpool": chain_parts(network, write.doubled_layer, write.pooled),
        "batchnorm": chain_parts(network, write.normed_layer),
    }
    shapes = {"conv": [1, 1, 1, network.n_inputs]}
    image = write.image_of(network.n_inputs)
    if image is not None:
        forms["image"] = chain_parts(network, first=write.image_layer(image))
        forms["patches"] = chain_parts(network, first=write.patches_layer(image))
        shapes |= {"image": [1, 1, *image], "patches": [1, 1, *image]}
    carried, end = carried_units(network)
    if carried and end > 1:
        forms["residual"] = _residual(network, carried, end)
    rows, made = [1, network.n_inputs], [1, network.n_outputs]
    return {name: file_of(parts, shapes.get(name, rows), made) for name, parts in forms.items()}


def chain_parts(
    network: ReluNetwork,
    layer: write.Layer = write.gemm_layer,
    clipped: write.Clip = write.relu,
    *,
    first: write.Layer | None = None,
    last: write.Layer = write.gemm_layer,
    source: str = "X",
) -> write.Parts:
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
    return nodes, [*tensors, *(constant for name, constant in write.CONSTANTS.items() if name in read)]


def _residual(network: ReluNetwork, carried: int, end: int) -> write.Parts:
    """Write the first coordinates once and join them to what each layer up to number `end` makes of them and of the rest."""
    first = network.layers[0]
    rows = first.dense()
    nodes = [gemm("X", "W_z", "b_z", "a_z"), *write.relu("a_z", "z")]
    nodes += [gemm("X", "W_1", "b_1", "a_1"), *write.relu("a_1", "s_1")]
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
            nodes += write.relu(f"a_{number}", f"s_{number}")
    return nodes, tensors
