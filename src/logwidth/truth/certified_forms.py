"""Strict readers of forms that compute other sums than the network they stand for, and what is proven of their inputs.

A file `N((x − m)/s)`, s a power of two, m of float32: Sub rounds once, Div not at all. So what N reads is off by at most
`2⁻²⁴ |x − m| / s` from the real number, and by `2⁻¹²⁶` where results below the least normal number are flushed to zero.
"""

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from logwidth.certify import read_fused_onnx, read_onnx
from logwidth.certify.onnx.chain import parsed
from logwidth.certify.onnx.graph import attributes_of, defined, repeats
from logwidth.errors import InputError
from logwidth.network import FusedNetwork, ReluNetwork
from logwidth.rounding import down
from logwidth.types import BoolArray, FloatArray

UNIT, TINY = 2.0**-24, 2.0**-126
SAFE = 1 + 2.0**-40  # what a few operations in float64 may lose


@dataclass(frozen=True, eq=False)
class Normalised:
    """A network behind `(x − offset) / scale`: `offset` `(d,)` in float32, `scale` a power of two."""

    network: ReluNetwork
    offset: FloatArray
    scale: float

    def read(self, points: FloatArray) -> FloatArray:
        """Return what the network reads `(n, d)` of inputs `(n, d)` of float32: one rounding, the same in every runtime."""
        less = points.astype(np.float32) - self.offset.astype(np.float32)
        return np.asarray((less / np.float32(self.scale)).astype(np.float64))

    def exact(self, points: FloatArray) -> BoolArray:
        """Return for which of the inputs `(n, d)` that is not even rounded."""
        less = (points.astype(np.float32) - self.offset.astype(np.float32)).astype(np.float64)
        return np.asarray((less + self.offset == points).all(axis=1) & (less == points - self.offset).all(axis=1))

    def slack(self, point: FloatArray, radius: float) -> float:
        """Return by how much at most, in ℓ∞, what is read of an input within `radius` of `point` `(d,)` is off, times s."""
        return (UNIT * (float(np.abs(point - self.offset).max()) + radius) + TINY * self.scale) * SAFE

    def radius_around(self, point: FloatArray, radius: float) -> float:
        """Return a radius around an input, in ℓ∞, within which nothing outside its image's ball of `radius` is read."""
        whole = radius * self.scale
        return down(whole - self.slack(point, whole), 4) if radius > 0 else -1.0


def read_normalised(content: bytes) -> Normalised:
    """Return what a file `Sub, Div, Gemm, Relu, …, Gemm` says; raise InputError for anything out of the ordinary."""
    model = parsed(content)
    try:
        return _normalised(model)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is no normalised network: {problem}") from problem


def _normalised(model: onnx.ModelProto) -> Normalised:
    graph = model.graph
    less, over = graph.node[:2]
    source = graph.input[0].name
    plain = [n.op_type for n in (less, over)] == ["Sub", "Div"] and not any(n.attribute or n.domain for n in (less, over))
    linked = less.input[0] == source and list(over.input[:1]) == list(less.output) and len(over.output) == 1
    if not (plain and linked and len(less.input) == len(over.input) == 2) or repeats(defined(graph)):
        raise ValueError("it does not begin with a difference and a quotient")
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    given = [tensors[less.input[1]], tensors[over.input[1]]]
    if any(t.data_type != TensorProto.FLOAT or t.external_data or t.data_location for t in given):
        raise ValueError("it is normalised by something else than float32 numbers in the file")
    offset, scale = (numpy_helper.to_array(t).astype(np.float64) for t in given)
    rest = onnx.ModelProto()
    rest.CopyFrom(model)
    del rest.graph.node[:2]
    kept = [t for t in graph.initializer if t.name not in (given[0].name, given[1].name)]
    del rest.graph.initializer[:]
    rest.graph.initializer.extend(kept)
    rest.graph.input[0].name = over.output[0]
    network = read_onnx(rest.SerializeToString()).network  # nothing in it can read what is left out: it would have no name
    if offset.shape != (1, network.n_inputs) or scale.shape != () or not np.isfinite(offset).all():
        raise ValueError("offsets and scale are not those of one input")
    if not (2.0**-60 <= scale <= 2.0**60 and np.frexp(scale)[0] == 0.5):
        raise ValueError("the scale is no power of two")
    return Normalised(network, offset[0], float(scale))


def read_maxima(content: bytes) -> FusedNetwork:
    """Return the fused network of a file whose score c is the largest of the scores of class c; raise InputError otherwise.

    Its label is the class of the largest score, read by the same graph with `ArgMax` and the numbers of the classes behind.
    """
    model = parsed(content)
    try:
        return read_fused_onnx(_with_labels(model)).network
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is no network of class maxima: {problem}") from problem


def _with_labels(model: onnx.ModelProto) -> bytes:
    graph, last = model.graph, model.graph.node[-1]
    count = len(last.input)
    output = graph.output[0]
    sizes = [size.dim_value for size in output.type.tensor_type.shape.dim]
    if last.op_type != "Concat" or attributes_of(last) != {"axis": 1} or list(last.output) != [output.name]:
        raise ValueError("its output is not the maxima of the classes")
    if sizes != [1, count] or output.type.tensor_type.elem_type != TensorProto.FLOAT or len(graph.output) != 1:
        raise ValueError("its output is not declared as one score per class")
    named = {"classes", "best", "label"} & set(defined(graph))
    if named:
        raise ValueError(f"a value is called {min(named)}")
    graph.node.append(helper.make_node("ArgMax", [output.name], ["best"], axis=1, keepdims=1))
    graph.node.append(helper.make_node("Gather", ["classes", "best"], ["label"], axis=0))
    graph.initializer.append(numpy_helper.from_array(np.arange(count, dtype=np.float32), "classes"))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("label", TensorProto.FLOAT, [1, 1]))
    content: bytes = model.SerializeToString(deterministic=True)
    return content
