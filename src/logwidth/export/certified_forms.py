"""Forms of a network that compute other sums than it: each is certified from its own bytes."""

import numpy as np
from onnx import helper

from logwidth.export.onnx_fused import class_maxima
from logwidth.export.onnx_tensors import Tensor, file_of
from logwidth.export.other_forms import chain_parts
from logwidth.network import AffineLayer, FusedNetwork, ReluNetwork
from logwidth.types import FloatArray


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
