"""ONNX bytes of a fused network: for deployment, where depth costs time and width does not."""

from collections.abc import Mapping

import numpy as np
from onnx import helper

from logwidth.export.onnx_chain import scale_words
from logwidth.export.onnx_tensors import Graph, Tensor, file_of, gemm
from logwidth.network import AffineLayer, FusedNetwork


def fused_to_onnx(network: FusedNetwork, metadata: Mapping[str, str] | None = None) -> bytes:
    """Return the network as an ONNX file: input `X` `[N, d]`, output `Y` `[N, 1]`, the label's value.

    One `Gemm` and one `Relu` for the coordinates, per class a `Gemm` of its scores and their `ReduceMax`, then `Concat`,
    `ArgMax` and a `Gather` of the label values. The same network gives the same bytes. Scales of the inputs are folded in as
    by :func:`to_onnx`. A runtime holds N times the pieces of the largest class at once: keep batches to some thousand rows.
    """
    kind, first = np.dtype(network.dtype), network.first.stored()
    nodes, tensors = class_maxima(network, first)
    tensors.insert(2, ("values", np.array(network.values, dtype=kind)))
    nodes += [
        helper.make_node("Concat", [f"max_{c}" for c in range(len(network.sizes))], ["maxima"], axis=1),
        helper.make_node("ArgMax", ["maxima"], ["best"], axis=1, keepdims=1),
        helper.make_node("Gather", ["values", "best"], ["Y"], axis=0),
    ]
    words = {**scale_words(network.first), **(metadata or {})}
    return file_of((nodes, tensors), ["N", network.n_inputs], ["N", 1], network.dtype, words)


def class_maxima(network: FusedNetwork, first: AffineLayer) -> Graph:
    """Return the coordinates `z` of a first layer, and per class c `max_c`, the largest of its scores on them."""
    nodes = [gemm("X", "W_first", "b_first", "a"), helper.make_node("Relu", ["a"], ["z"])]
    tensors: list[Tensor] = [("W_first", first.dense()), ("b_first", first.bias)]
    weights, biases = network.scores.dense(), network.scores.bias
    for c, (start, size) in enumerate(zip(network.starts.tolist(), network.sizes, strict=True)):
        rows = slice(start, start + size)
        tensors += [(f"W_{c}", weights[rows]), (f"b_{c}", biases[rows])]
        nodes += [
            gemm("z", f"W_{c}", f"b_{c}", f"scores_{c}"),
            helper.make_node("ReduceMax", [f"scores_{c}"], [f"max_{c}"], axes=[1], keepdims=1),
        ]
    return nodes, tensors
