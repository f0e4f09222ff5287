"""The nodes and tensors of an ONNX file, each of which must be plain: nothing that is not looked at can matter."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
import onnx
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from numpy.typing import NDArray
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from logwidth.network import AffineLayer, ReluNetwork

NOTES = frozenset({"name", "doc_string", "metadata_props"})
VALUES = {1: "f", 2: "i", 5: "g", 7: "ints"}  # of attributes, by their type
KNOWN = {
    "ModelProto": NOTES
    | {"ir_version", "opset_import", "producer_name", "producer_version", "domain", "model_version", "graph"},
    "GraphProto": NOTES | {"node", "initializer", "input", "output", "value_info"},
    "NodeProto": NOTES | {"input", "output", "op_type", "domain", "attribute"},
    "AttributeProto": NOTES | {"type", *VALUES.values()},
    "TensorProto": NOTES | {"dims", "data_type", "raw_data", "external_data", "data_location"},
}
PARTS = ("graph", "node", "attribute", "initializer", "g")
OLDEST_OPSET = 13
GEMM = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
Array = NDArray[np.floating]


def strange_fields(message: Message) -> Iterator[str]:
    """Yield what a model holds beyond nodes with plain attributes, tensors of raw data and notes, field by field.

    Functions, sparse and quantised tensors, numbers stored twice, overloads, references, fields that only a newer reader
    knows: none of them is part of what is read here. No number of a tensor is touched.
    """
    kind = message.DESCRIPTOR.name
    if len(UnknownFieldSet(message)):
        yield f"{kind} of a later version"
    if isinstance(message, AttributeProto) and not _one_value(message):
        yield f"{kind} without one value, of its type"
    lists, single, parts = _looked_at(message.DESCRIPTOR)
    for name in lists:
        if getattr(message, name):
            yield f"{kind}.{name}"
    for name in single:
        if message.HasField(name):
            yield f"{kind}.{name}"
    for name in parts:
        if _present(message, name):
            found = getattr(message, name)
            for part in [found] if isinstance(found, Message) else found:
                yield from strange_fields(part)


@cache
def _looked_at(descriptor: Descriptor) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the fields of a kind that are not known here, lists and others, and those whose own fields are looked at."""
    names, known, lists = [field.name for field in descriptor.fields], KNOWN[descriptor.name], _repeated(descriptor.name)
    strange = [name for name in names if name not in known]
    return (
        tuple(name for name in strange if name in lists),
        tuple(name for name in strange if name not in lists),
        tuple(name for name in names if name in known and name in PARTS),
    )


def _one_value(attribute: AttributeProto) -> bool:
    return [name for name in VALUES.values() if _present(attribute, name)] == [VALUES.get(attribute.type)]


def _present(message: Message, name: str) -> bool:
    return bool(getattr(message, name) if name in _repeated(message.DESCRIPTOR.name) else message.HasField(name))


@cache
def _repeated(kind: str) -> frozenset[str]:
    """Return the fields of a kind that may occur more than once: of them no message says whether it has them."""
    empty, found = getattr(onnx, kind)(), set()
    for field in empty.DESCRIPTOR.fields:
        try:
            empty.HasField(field.name)
        except ValueError:
            found.add(field.name)
    return frozenset(found)


class Graph:
    """The nodes and tensors of a file with one input and one output; raises ValueError for anything out of the ordinary."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self.nodes = list(graph.node)
        self.operators = [node.op_type for node in self.nodes]
        self.metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        names, strange = defined(graph), next(strange_fields(model), "")
        problems = {
            "it has no layers": not self.nodes,
            f"it has a field that no network here has: {strange}": bool(strange),
            "it needs operator set 13 or a later one, and no other": not _standard(model.opset_import),
            f"its version {model.ir_version} is none that is known": not 1 <= model.ir_version <= onnx.IR_VERSION,
            "it must have one input and one output": (len(graph.input), len(graph.output)) != (1, 1),
            "two values share a name": repeats(names),
            "a value has no name, so that reading it may mean reading nothing": "" in names,
            "a note about the network occurs twice": len(self.metadata) != len(model.metadata_props),
            "an attribute occurs twice": any(repeats(a.name for a in node.attribute) for node in self.nodes),
            "a node is of another operator set": any(node.domain not in ("", "ai.onnx") for node in self.nodes),
        }
        for problem, present in problems.items():
            if present:
                raise ValueError(problem)
        self.names = set(names)
        self.source, self.sink = graph.input[0].name, graph.output[0].name
        self.kinds = {entry.type.tensor_type.elem_type for entry in (*graph.input, *graph.output)}
        self.shape = [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim]

    def chain(self, nodes: Sequence[onnx.NodeProto], value: str) -> tuple[list[AffineLayer], str]:
        """Return the layers of some nodes `Gemm, Relu, Gemm, …`, the first of which reads `value`, and the last result."""
        layers = []
        for node in nodes:
            if node.op_type == "Gemm":
                layers.append(self.layer(node, value))
            else:
                self.expect_relu(node, value)
            (value,) = node.output
        return layers, value

    def expect_relu(self, node: onnx.NodeProto, value: str) -> None:
        """Refuse a Relu that is not `ReLU(value)`."""
        if node.op_type != "Relu" or list(node.input) != [value] or node.attribute:
            raise ValueError("a Relu does not follow its Gemm")

    def network(self, layers: list[AffineLayer], value: str) -> ReluNetwork:
        """Return the network of some layers, whose last result, `value`, must be the file's output."""
        if value != self.sink:
            raise ValueError("the last layer is not the output")
        self.expect_rows(layers[0])
        return ReluNetwork(tuple(layers[:-1]), layers[-1])

    def expect_rows(self, first: AffineLayer) -> None:
        """Refuse a file whose input is not declared as rows of the first layer's features, in its format."""
        kind = TensorProto.FLOAT if first.dtype == "float32" else TensorProto.DOUBLE
        if self.kinds != {kind} or len(self.shape) != 2 or self.shape[1] != first.n_inputs:
            raise ValueError(f"input and output are not declared as {first.dtype} with {first.n_inputs} features")

    def layer(self, node: onnx.NodeProto, value: str) -> AffineLayer:
        """Return what a Gemm computes, which must be `W x + b` of `value`."""
        if node.input[0] != value or len(node.input) != 3 or not plain_gemm(node):
            raise ValueError("a Gemm is not W x + b of the layer before it")
        return layer_of(self.array(node.input[1]), self.array(node.input[2]))

    def array(self, name: str) -> Array:
        """Return a tensor that stands plainly in the file."""
        tensor = self.tensors[name]
        if tensor.data_type not in (TensorProto.FLOAT, TensorProto.DOUBLE):
            raise ValueError(f"{name} is neither float32 nor float64")
        if tensor.external_data or tensor.data_location == TensorProto.EXTERNAL:
            raise ValueError(f"{name} is stored outside the file")
        if min(tensor.dims, default=0) < 0:
            raise ValueError(f"{name} has a negative size")
        if len(tensor.raw_data) != int(np.prod(tensor.dims, dtype=object)) * self._item(tensor):
            raise ValueError(f"{name} has another shape than its data")
        array: Array = numpy_helper.to_array(tensor)
        return array

    @staticmethod
    def _item(tensor: onnx.TensorProto) -> int:
        return 4 if tensor.data_type == TensorProto.FLOAT else 8


def _standard(imports: Sequence[onnx.OperatorSetIdProto]) -> bool:
    newest = onnx.defs.onnx_opset_version()
    return len(imports) == 1 and imports[0].domain in ("", "ai.onnx") and OLDEST_OPSET <= imports[0].version <= newest


def defined(graph: onnx.GraphProto) -> list[str]:
    """Return the names of all values that a graph defines, each of which must be defined once."""
    given = [entry.name for entry in (*graph.input, *graph.initializer)]
    return [*given, *(name for node in graph.node for name in node.output)]


def attributes_of(node: onnx.NodeProto) -> dict[str, object]:
    """Return the attributes of a node by name."""
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def repeats(names: Iterable[str]) -> bool:
    """Return whether a name occurs twice."""
    seen = list(names)
    return len(set(seen)) != len(seen)


def layer_of(weights: Array, bias: Array) -> AffineLayer:
    """Return the layer `W x + b`; raise ValueError where the two do not fit."""
    if weights.ndim != 2 or bias.shape != weights.shape[:1] or weights.dtype != bias.dtype:
        raise ValueError("a layer's weights and biases do not fit")
    return AffineLayer.from_dense(weights, bias)


def plain_gemm(node: onnx.NodeProto) -> bool:
    """Return whether a Gemm is `x Wᵀ + b`."""
    found = {"alpha": 1.0, "beta": 1.0, "transA": 0, **attributes_of(node)}
    return found == GEMM and all(type(found[name]) is type(value) for name, value in GEMM.items())
