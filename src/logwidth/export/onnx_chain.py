"""ONNX bytes of a network: a chain of Gemm and Relu, or one Scan over stacked layers when the chain would be too long."""

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork

OPSET = 13
IR_VERSION = 8
CHAIN_LIMIT = 10_000
FILE_LIMIT = 2**31 - 2**20  # protobuf refuses messages of 2 GiB


def to_onnx(
    network: ReluNetwork, metadata: Mapping[str, str] | None = None, *, form: str = "auto", batch: int | None = None
) -> bytes:
    """Return the network as an ONNX file: opset 13, IR version 8, input `X` `[N, d]`, output `Y` `[N, 1]`.

    With `batch` the first dimension is that number instead of any N: verifiers want static shapes `[1, d]`.

    `form` is 'chain' (one `Gemm(alpha=1, beta=1, transB=1)` and one `Relu` per layer: what verifiers read), 'scan' (the
    layers after the first are padded to equal width, stacked and run by one `Scan`: loads in a second where a chain of
    100,000 layers takes minutes) or 'auto' (a chain up to 10,000 layers). The same network gives the same bytes.

    Raises InputError for another `form`, or when the file would exceed what the format can hold (2 GiB).
    """
    if form not in ("auto", "chain", "scan"):
        raise InputError(f"the ONNX form must be auto, chain or scan, not {form!r}")
    scan = form == "scan" or (form == "auto" and network.depth > CHAIN_LIMIT)
    scan = scan and network.depth > 1
    _check_size(network, scan)
    nodes, tensors = _scan_graph(network) if scan else _chain_graph(network)
    element = TensorProto.FLOAT if network.dtype == "float32" else TensorProto.DOUBLE
    graph = helper.make_graph(
        nodes,
        "logwidth",
        [helper.make_tensor_value_info("X", element, [batch or "N", network.n_inputs])],
        [helper.make_tensor_value_info("Y", element, [batch or "N", network.n_outputs])],
        tensors,
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="logwidth"
    )
    sizes = {"hidden_sizes": ",".join(str(layer.n_outputs) for layer in network.hidden)} if scan else {}
    for key, value in sorted({**(metadata or {}), **sizes}.items()):
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def check_storable(depth: int, width: int, n_inputs: int, dtype: str) -> None:
    """Refuse a network of this size if its file would exceed what the format holds; meant to be asked before it is built.

    Raises InputError that says how large the file would be and what to use instead.
    """
    _check_bytes((depth * width * (width + 1) + width * n_inputs) * np.dtype(dtype).itemsize, depth, width)


def _check_size(network: ReluNetwork, scan: bool) -> None:
    if scan:
        check_storable(network.depth, network.width, network.n_inputs, network.dtype)
        return
    weights = sum(layer.n_outputs * (layer.n_inputs + 1) for layer in network.layers)
    _check_bytes(weights * np.dtype(network.dtype).itemsize, network.depth, network.width)


def _check_bytes(size: int, depth: int, width: int) -> None:
    if size > FILE_LIMIT:
        raise InputError(
            f"the ONNX file of {depth:,} layers of {width} units would need {size / 2**30:.1f} GiB and the format holds 2; "
            "use the construction register, whose depth is the number of samples, or fewer samples, or a smaller width"
        )


def _chain_graph(network: ReluNetwork) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    nodes, tensors, value = [], [], "X"
    for number, layer in enumerate(network.layers, start=1):
        last = number == len(network.layers)
        target = "Y" if last else f"a{number}"
        nodes.append(_gemm(value, f"W{number}", f"b{number}", target))
        tensors += _parameters(layer, str(number))
        if not last:
            nodes.append(helper.make_node("Relu", [target], [f"z{number}"]))
        value = f"z{number}"
    return nodes, tensors


def _scan_graph(network: ReluNetwork) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    width = network.width
    first, *middle = network.hidden
    stack_w = np.zeros((len(middle), width, width), dtype=network.dtype)
    stack_b = np.zeros((len(middle), width), dtype=network.dtype)
    for weights, bias, layer in zip(stack_w, stack_b, middle, strict=True):
        layer.fill(weights)
        bias[: layer.n_outputs] = layer.bias
    element = TensorProto.FLOAT if network.dtype == "float32" else TensorProto.DOUBLE
    body = helper.make_graph(
        [_gemm("z", "W", "b", "a"), helper.make_node("Relu", ["a"], ["z_next"])],
        "layer",
        [
            helper.make_tensor_value_info("z", element, ["N", width]),
            helper.make_tensor_value_info("W", element, [width, width]),
            helper.make_tensor_value_info("b", element, [width]),
        ],
        [helper.make_tensor_value_info("z_next", element, ["N", width])],
    )
    nodes = [
        _gemm("X", "W_first", "b_first", "a_first"),
        helper.make_node("Relu", ["a_first"], ["z_first"]),
        helper.make_node("Scan", ["z_first", "W_stack", "b_stack"], ["z_last"], body=body, num_scan_inputs=2),
        _gemm("z_last", "W_out", "b_out", "Y"),
    ]
    tensors = [
        numpy_helper.from_array(_padded(first, width, first.n_inputs), "W_first"),
        numpy_helper.from_array(np.pad(first.bias, (0, width - first.n_outputs)), "b_first"),
        numpy_helper.from_array(stack_w, "W_stack"),
        numpy_helper.from_array(stack_b, "b_stack"),
        numpy_helper.from_array(_padded(network.output, network.n_outputs, width), "W_out"),
        numpy_helper.from_array(network.output.bias, "b_out"),
    ]
    return nodes, tensors


def _gemm(value: str, weight: str, bias: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Gemm", [value, weight, bias], [target], alpha=1.0, beta=1.0, transB=1)


def _parameters(layer: AffineLayer, name: str) -> list[onnx.TensorProto]:
    return [numpy_helper.from_array(layer.dense(), f"W{name}"), numpy_helper.from_array(layer.bias, f"b{name}")]


def _padded(layer: AffineLayer, n_rows: int, n_columns: int) -> NDArray[np.floating]:
    return np.pad(layer.dense(), ((0, n_rows - layer.n_outputs), (0, n_columns - layer.n_inputs)))
