"""ONNX bytes of a fused network: for deployment, where depth costs time and width does not."""

from collections.abc import Mapping

import numpy as np
import onnx
from onnx import TensorProto, helper

from logwidth.export.onnx_chain import IR_VERSION, OPSET, scale_words
from logwidth.export.onnx_tensors import Tensor, add_tensors, gemm
from logwidth.network import FusedNetwork


def fused_to_onnx(network: FusedNetwork, metadata: Mapping[str, str] | None = None) -> bytes:
    """Return the network as an ONNX file: input `X` `[N, d]`, output `Y` `[N, 1]`, the label's value.

    One `Gemm` and one `Relu` for the coordinates, per class a `Gemm` of its scores and their `ReduceMax`, then `Concat`,
    `ArgMax` and a `Gather` of the label values. The same network gives the same bytes. Scales of the inputs are folded in as
    by :func:`to_onnx`. A runtime holds N times the pieces of
    the largest class at once: keep batches to some thousand rows.
    """
    kind, first = np.dtype(network.dtype), network.first.stored()
    nodes = [gemm("X", "W_first", "b_first", "a"), helper.make_node("Relu", ["a"], ["z"])]
    tensors = [
        ("W_first", first.dense()),
        ("b_first", first.bias),
        ("values", np.array(network.values, dtype=kind)),
    ]
    weights, biases = network.scores.dense(), network.scores.bias
    for c, (start, size) in enumerate(zip(network.starts.tolist(), network.sizes, strict=True)):
        rows = slice(start, start + size)
        tensors += [(f"W_{c}", weights[rows]), (f"b_{c}", biases[rows])]
        nodes += [
            gemm("z", f"W_{c}", f"b_{c}", f"scores_{c}"),
            helper.make_node("ReduceMax", [f"scores_{c}"], [f"max_{c}"], axes=[1], keepdims=1),
        ]
    nodes += [
        helper.make_node("Concat", [f"max_{c}" for c in range(len(network.sizes))], ["maxima"], axis=1),
        helper.make_node("ArgMax", ["maxima"], ["best"], axis=1, keepdims=1),
        helper.make_node("Gather", ["values", "best"], ["Y"], axis=0),
    ]
    return _model(nodes, tensors, network, {**scale_words(network.first), **(metadata or {})})


def _model(nodes: list[onnx.NodeProto], tensors: list[Tensor], network: FusedNetwork, metadata: Mapping[str, str]) -> bytes:
    element = TensorProto.FLOAT if network.dtype == "float32" else TensorProto.DOUBLE
    graph = helper.make_graph(
        nodes,
        "logwidth",
        [helper.make_tensor_value_info("X", element, ["N", network.n_inputs])],
        [helper.make_tensor_value_info("Y", element, ["N", 1])],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="logwidth"
    )
    add_tensors(model.graph, tensors)
    for key, value in sorted(metadata.items()):
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString(deterministic=True)
    return content
