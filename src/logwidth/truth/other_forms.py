"""A strict reader of networks that are written with other operators: each must compute the same sums and maxima as a chain.

What is returned computes, per unit, a sum of the same products and the same bias in some order, and the maximum with 0: what
is proven of it for every order of summation holds for the file. (A negative zero in place of a zero changes no sum.)
"""

from collections.abc import Iterator

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from logwidth.certify.onnx.chain import parsed
from logwidth.certify.onnx.graph import plain_gemm
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork

Array = NDArray[np.floating]
COLUMNS = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 0}
CLIPS = ("Relu", "Clip", "Max", "LeakyRelu")


def read_other_form(content: bytes) -> ReluNetwork:
    """Return the network that a file of another form describes; raise InputError for anything out of the ordinary."""
    model = parsed(content)
    try:
        reader = _Reader(model)
        layers = list(reader.beside() if "Concat" in reader.operators else reader.chain())
        reader.expect_end()
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is no other form of a network: {problem}") from problem
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def same_network(one: ReluNetwork, other: ReluNetwork) -> bool:
    """Return whether two networks have the same layers, number by number."""
    pairs = list(zip(one.layers, other.layers, strict=False))
    alike = all(np.array_equal(a.dense(), b.dense()) and np.array_equal(a.bias, b.bias) for a, b in pairs)
    return len(one.layers) == len(other.layers) and alike


class _Reader:
    """The nodes of a file, one after the other; each must read what the one before it made, and tensors of the file."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        if [(e.domain, e.version) for e in model.opset_import] != [("", 13)] or (len(graph.input), len(graph.output)) != (
            1,
            1,
        ):
            raise ValueError("it needs operator set 13, one input and one output")
        made = [name for node in graph.node for name in node.output]
        names = [*(e.name for e in (*graph.input, *graph.initializer)), *made]
        if len(set(names)) != len(names) or "" in names or any(node.domain for node in graph.node):
            raise ValueError("two values share a name, one has none, or a node is of another operator set")
        self.nodes: list[onnx.NodeProto] = list(graph.node)
        self.operators = [node.op_type for node in graph.node]
        self.tensors = {t.name: _array(t) for t in graph.initializer}
        self.value, self.sink, self.at = graph.input[0].name, graph.output[0].name, 0
        self.source = self.value

    def take(self, *operators: str) -> onnx.NodeProto:
        """Return the next node, which must be one of these and read what was made last."""
        node: onnx.NodeProto = self.nodes[self.at]
        if node.op_type not in operators or node.input[0] != self.value or len(node.output) != 1:
            raise ValueError(f"node {self.at} is no {' or '.join(operators)} of the value before it")
        self.at += 1
        self.value = node.output[0]
        return node

    def chain(self) -> Iterator[AffineLayer]:
        """Yield layers, each with its clipping but the last."""
        yield self.affine(first=True)
        while self.at < len(self.nodes):
            self.clipped()
            yield self.affine()

    def beside(self) -> Iterator[AffineLayer]:
        """Yield the layers of a network whose first coordinates stay beside what changes."""
        above = self.affine()
        self.clipped()
        z, self.value = self.value, self.source
        below = self.affine()
        yield _stacked(above.dense(), above.bias, below)
        m = above.n_outputs
        self.clipped()
        while True:
            layer = self.joined(z)
            if self.at == len(self.nodes):
                yield layer
                return
            self.clipped()
            if self.nodes[self.at].op_type != "Concat":
                yield layer
                break
            copies = np.eye(m, layer.n_inputs, dtype=np.float32)
            yield _stacked(copies, np.zeros(m, dtype=np.float32), layer)
        yield self.affine()
        while self.at < len(self.nodes):
            self.clipped()
            yield self.affine()

    def joined(self, z: str) -> AffineLayer:
        """Return the layer on the first coordinates and what was made last."""
        node = self.nodes[self.at]
        if node.op_type != "Concat" or list(node.input) != [z, self.value] or _attributes(node) != {"axis": 1}:
            raise ValueError("a layer does not read the first coordinates and what was made last")
        self.value, self.at = node.output[0], self.at + 1
        return self.affine()

    def affine(self, *, first: bool = False) -> AffineLayer:
        """Return the layer `W x + b` that the next nodes compute."""
        node = self.take("Gemm", "MatMul", *(["Conv"] if first else []))
        weights = self.tensors[node.input[1]]
        if node.op_type == "MatMul":
            _expect(node, {}, 2)
            total = self.take("Add")
            _expect(total, {}, 2)
            return _layer(weights.T, self.tensors[total.input[1]])
        bias = self.tensors[node.input[2]]
        if node.op_type == "Conv":
            _expect(node, {"kernel_shape": [1, weights.shape[3]]}, 3)
            _expect(self.take("Flatten"), {"axis": 1}, 1)
            if weights.shape[1:3] != (1, 1):
                raise ValueError("its kernel is not that of one row")
            return _layer(weights[:, 0, 0, :], bias)
        if _attributes(node) == COLUMNS and len(node.input) == 3:
            return _layer(weights.T, bias)
        if not plain_gemm(node) or len(node.input) != 3:
            raise ValueError("a Gemm is not W x + b")
        return _layer(weights, bias)

    def clipped(self) -> None:
        """Take a node that is the maximum with 0."""
        node = self.take(*CLIPS)
        if node.op_type == "LeakyRelu":
            _expect(node, {"alpha": 0.0}, 1)
        else:
            _expect(node, {}, 1 if node.op_type == "Relu" else 2)
        if len(node.input) == 2 and self.tensors[node.input[1]].ravel().tolist() != [0.0]:
            raise ValueError("it clips elsewhere than at 0")

    def expect_end(self) -> None:
        """Refuse a file whose output is not what its last node makes."""
        if self.value != self.sink or self.at != len(self.nodes):
            raise ValueError("the last layer is not the output")


def _attributes(node: onnx.NodeProto) -> dict[str, object]:
    found = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    if len(found) != len(node.attribute):
        raise ValueError("an attribute occurs twice")
    return {name: list(value) if isinstance(value, list | tuple) else value for name, value in found.items()}


def _expect(node: onnx.NodeProto, attributes: dict[str, object], inputs: int) -> None:
    if _attributes(node) != attributes or len(node.input) != inputs:
        raise ValueError(f"a {node.op_type} has other attributes or inputs")


def _array(tensor: onnx.TensorProto) -> Array:
    if tensor.data_type != onnx.TensorProto.FLOAT or tensor.external_data or tensor.data_location:
        raise ValueError(f"{tensor.name} is no float32 tensor in the file")
    array: Array = numpy_helper.to_array(tensor)
    return array


def _layer(weights: Array, bias: Array) -> AffineLayer:
    if weights.ndim != 2 or bias.shape != weights.shape[:1]:
        raise ValueError("a layer's weights and biases do not fit")
    return AffineLayer.from_dense(np.ascontiguousarray(weights), bias)


def _stacked(above: Array, bias: Array, below: AffineLayer) -> AffineLayer:
    return _layer(np.concatenate([above, below.dense()]), np.concatenate([bias, below.bias]))
