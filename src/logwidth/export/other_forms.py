"""The same network written with other operators: the same sums of the same products, and the same maxima with 0."""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import TensorProto, helper

from logwidth.export.onnx_chain import IR_VERSION, OPSET
from logwidth.export.onnx_scan import carried_units
from logwidth.export.onnx_tensors import Tensor, add_tensors, gemm
from logwidth.network import AffineLayer, ReluNetwork

Nodes = list[onnx.NodeProto]
Parts = tuple[Nodes, list[Tensor]]
Layer = Callable[[AffineLayer, str, str, str], Parts]
ZEROS = {"zero": np.zeros(1, dtype=np.float32), "least": np.zeros((), dtype=np.float32)}


def other_forms(network: ReluNetwork) -> dict[str, bytes]:
    """Return ONNX files of a float32 network by the name of their form, for one input at a time.

    'conv': the first layer is a convolution of the input as an image of one row. 'matmul': MatMul and Add instead of Gemm.
    'columns': Gemm of weights that are stored by columns. 'clip', 'max', 'leaky': Clip from 0, Max with 0 and LeakyRelu of
    slope 0 instead of Relu. 'residual', where the layers copy their first coordinates: these stay beside what changes.
    """
    forms = {
        "conv": _chain(network, _gemm, _relu, first=_conv),
        "matmul": _chain(network, _matmul, _relu),
        "columns": _chain(network, _columns, _relu),
        "clip": _chain(network, _gemm, _clip),
        "max": _chain(network, _gemm, _max),
        "leaky": _chain(network, _gemm, _leaky),
    }
    shapes = {name: [1, 1, 1, network.n_inputs] if name == "conv" else [1, network.n_inputs] for name in forms}
    carried, end = carried_units(network)
    if carried and end > 1:
        forms["residual"], shapes["residual"] = _residual(network, carried, end), [1, network.n_inputs]
    return {name: _file(parts, shapes[name], network.n_outputs) for name, parts in forms.items()}


def _file(parts: Parts, shape: list[int], n_outputs: int) -> bytes:
    nodes, tensors = parts
    graph = helper.make_graph(
        nodes,
        "logwidth",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, [1, n_outputs])],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="logwidth"
    )
    add_tensors(model.graph, tensors)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _chain(
    network: ReluNetwork, layer: Layer, clipped: Callable[[str, str], onnx.NodeProto], first: Layer | None = None
) -> Parts:
    nodes: Nodes = []
    tensors: list[Tensor] = []
    value = "X"
    for number, affine in enumerate(network.layers, start=1):
        last = number == len(network.layers)
        write = first if first is not None and number == 1 else layer
        more, stored = write(affine, value, f"{number}", "Y" if last else f"a{number}")
        nodes += more
        tensors += stored
        if not last:
            value = f"z{number}"
            nodes.append(clipped(f"a{number}", value))
    read = {name for node in nodes for name in node.input}
    return nodes, [*tensors, *((name, zero) for name, zero in ZEROS.items() if name in read)]


def _gemm(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    names = f"W{number}", f"b{number}"
    return [gemm(value, *names, target)], [(names[0], affine.dense()), (names[1], affine.bias)]


def _columns(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    names = f"W{number}", f"b{number}"
    node = helper.make_node("Gemm", [value, *names], [target], alpha=1.0, beta=1.0, transA=0, transB=0)
    return [node], [(names[0], np.ascontiguousarray(affine.dense().T)), (names[1], affine.bias)]


def _matmul(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    names = f"W{number}", f"b{number}"
    product = helper.make_node("MatMul", [value, names[0]], [f"p{number}"])
    total = helper.make_node("Add", [f"p{number}", names[1]], [target])
    return [product, total], [(names[0], np.ascontiguousarray(affine.dense().T)), (names[1], affine.bias)]


def _conv(affine: AffineLayer, value: str, number: str, target: str) -> Parts:
    names = f"W{number}", f"b{number}"
    image = helper.make_node("Conv", [value, *names], [f"i{number}"], kernel_shape=[1, affine.n_inputs])
    flat = helper.make_node("Flatten", [f"i{number}"], [target], axis=1)
    kernel = affine.dense().reshape(affine.n_outputs, 1, 1, affine.n_inputs)
    return [image, flat], [(names[0], kernel), (names[1], affine.bias)]


def _relu(value: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Relu", [value], [target])


def _clip(value: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Clip", [value, "least"], [target])


def _max(value: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Max", [value, "zero"], [target])


def _leaky(value: str, target: str) -> onnx.NodeProto:
    return helper.make_node("LeakyRelu", [value], [target], alpha=0.0)


def _residual(network: ReluNetwork, carried: int, end: int) -> Parts:
    """Write the first coordinates once and join them to what each layer up to number `end` makes of them and of the rest."""
    first = network.layers[0]
    rows = first.dense()
    nodes = [gemm("X", "W_z", "b_z", "a_z"), _relu("a_z", "z"), gemm("X", "W_1", "b_1", "a_1"), _relu("a_1", "s_1")]
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
            nodes.append(_relu(f"a_{number}", f"s_{number}"))
    return nodes, tensors
