"""A strict reader of stored networks: an ONNX file is a chain of Gemm and Relu, or one Scan over them, or it is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import google.protobuf.message
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from logwidth.certify.onnx_fields import strange_fields
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork

LARGEST_FILE = 2**31
OLDEST_OPSET = 13
GEMM = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class StoredNetwork:
    """A network read back from ONNX bytes, and the file's metadata."""

    network: ReluNetwork
    metadata: dict[str, str]


def read_onnx(content: bytes) -> StoredNetwork:
    """Return the network that the bytes of an ONNX file describe.

    Accepted are float32 or float64 files with one input and one output, standard operators only, whose graph is
    `Gemm, Relu, …, Gemm` or `Gemm, Relu, Scan(Gemm, Relu), Gemm`, all `Gemm(alpha=1, beta=1, transB=1)` on embedded
    weights. Padding of a Scan is removed only where its weights are zero. Nothing else is executed or followed.

    Raises InputError for anything else: truncated bytes, other operators, external data, NaN weights.
    """
    model = parsed(content)
    try:
        graph = Graph(model)
        network = graph.chain() if graph.operators[2:3] != ["Scan"] else graph.scan()
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is not a network that logwidth stores: {problem}") from problem
    return StoredNetwork(network, graph.metadata)


def parsed(content: bytes) -> onnx.ModelProto:
    """Return the message that the bytes hold; raise InputError when they are too many or none."""
    if len(content) >= LARGEST_FILE:
        raise InputError("the ONNX file is larger than 2 GiB")
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except (google.protobuf.message.DecodeError, ValueError) as problem:
        raise InputError(f"the ONNX file is damaged or truncated: {problem}") from problem
    return model


class Graph:
    """The nodes and tensors of a file with one input and one output; raises ValueError for anything out of the ordinary."""

    def __init__(self, model: onnx.ModelProto) -> None:
        graph = model.graph
        self.nodes = list(graph.node)
        self.operators = [node.op_type for node in self.nodes]
        self.metadata = {entry.key: entry.value for entry in model.metadata_props}
        self.tensors = {tensor.name: tensor for tensor in graph.initializer}
        names, strange = _defined(graph), next(strange_fields(model), "")
        problems = {
            "it has no layers": not self.nodes,
            f"it has a field that no network here has: {strange}": bool(strange),
            "it needs operator set 13 or a later one, and no other": not _standard(model.opset_import),
            f"its version {model.ir_version} is none that is known": not 1 <= model.ir_version <= onnx.IR_VERSION,
            "it must have one input and one output": (len(graph.input), len(graph.output)) != (1, 1),
            "two values share a name": _repeats(names),
            "a value has no name, so that reading it may mean reading nothing": "" in names,
            "a note about the network occurs twice": len(self.metadata) != len(model.metadata_props),
            "an attribute occurs twice": any(_repeats(a.name for a in node.attribute) for node in self.nodes),
            "a node is of another operator set": any(node.domain not in ("", "ai.onnx") for node in self.nodes),
        }
        for problem, present in problems.items():
            if present:
                raise ValueError(problem)
        self.source, self.sink = graph.input[0].name, graph.output[0].name
        self.kinds = {entry.type.tensor_type.elem_type for entry in (*graph.input, *graph.output)}
        self.shape = [size.dim_value for size in graph.input[0].type.tensor_type.shape.dim]

    def chain(self) -> ReluNetwork:
        """Read `Gemm, Relu, …, Gemm`."""
        if self.operators != ["Gemm", "Relu"] * (len(self.nodes) // 2) + ["Gemm"]:
            raise ValueError("its operators are not a chain of Gemm and Relu")
        layers, value = [], self.source
        for node in self.nodes:
            if node.op_type == "Gemm":
                layers.append(self.layer(node, value))
            elif list(node.input) != [value] or node.attribute:
                raise ValueError("a Relu does not follow its Gemm")
            (value,) = node.output
        return self._network(layers, value)

    def scan(self) -> ReluNetwork:
        """Read `Gemm, Relu, Scan, Gemm` and remove the padding."""
        if self.operators != ["Gemm", "Relu", "Scan", "Gemm"]:
            raise ValueError("its operators are not Gemm, Relu, Scan, Gemm")
        gemm, relu, scan, last = self.nodes
        body = _scan_body(scan)
        weights, biases = (self.array(name) for name in scan.input[1:])
        first = self.layer(gemm, self.source)
        wired = [*relu.input, scan.input[0]] == [*gemm.output, *relu.output] and not relu.attribute
        if not (wired and _is_layer_step(body) and weights.ndim == 3 and biases.shape == weights.shape[:2]):
            raise ValueError("its Scan is not a stack of layers")
        if any(len(node.output) != 1 for node in self.nodes):
            raise ValueError("a node has other outputs")
        output = self.layer(last, scan.output[0])
        stored = [(first.dense(), first.bias), *zip(weights, biases, strict=True), (output.dense(), output.bias)]
        sizes = [int(size) for size in self.metadata["hidden_sizes"].split(",")]
        return self._network(_unpadded(stored, [*sizes, output.n_outputs], first.n_inputs), last.output[0])

    def _network(self, layers: list[AffineLayer], value: str) -> ReluNetwork:
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
        if node.input[0] != value or len(node.input) != 3 or not _plain_gemm(node):
            raise ValueError("a Gemm is not W x + b of the layer before it")
        return _layer_of(self.array(node.input[1]), self.array(node.input[2]))

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


def _defined(graph: onnx.GraphProto) -> list[str]:
    """Return the names of all values that a graph defines, each of which must be defined once."""
    given = [entry.name for entry in (*graph.input, *graph.initializer)]
    return [*given, *(name for node in graph.node for name in node.output)]


def attributes_of(node: onnx.NodeProto) -> dict[str, object]:
    """Return the attributes of a node by name."""
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}


def _repeats(names: Iterable[str]) -> bool:
    seen = list(names)
    return len(set(seen)) != len(seen)


def _layer_of(weights: Array, bias: Array) -> AffineLayer:
    if weights.ndim != 2 or bias.shape != weights.shape[:1] or weights.dtype != bias.dtype:
        raise ValueError("a layer's weights and biases do not fit")
    return AffineLayer.from_dense(weights, bias)


def _plain_gemm(node: onnx.NodeProto) -> bool:
    found = {"alpha": 1.0, "beta": 1.0, "transA": 0, **attributes_of(node)}
    return found == GEMM and all(type(found[name]) is type(value) for name, value in GEMM.items())


def _scan_body(scan: onnx.NodeProto) -> onnx.GraphProto:
    attributes = attributes_of(scan)
    body, count = attributes.get("body"), attributes.get("num_scan_inputs")
    if (
        len(attributes) != 2
        or not isinstance(body, onnx.GraphProto)
        or (count, type(count)) != (2, int)
        or len(scan.input) != 3
    ):
        raise ValueError("its Scan has other attributes")
    return body


def _is_layer_step(body: onnx.GraphProto) -> bool:
    if [node.op_type for node in body.node] != ["Gemm", "Relu"] or body.initializer or body.sparse_initializer:
        return False
    gemm, relu = body.node
    foreign = any(node.domain not in ("", "ai.onnx") or _repeats(a.name for a in node.attribute) for node in body.node)
    return (
        not foreign
        and not _repeats(_defined(body))
        and "" not in _defined(body)
        and len(gemm.input) == 3
        and list(gemm.input) == [entry.name for entry in body.input]
        and list(relu.input) == list(gemm.output)
        and list(relu.output) == [entry.name for entry in body.output]
        and _plain_gemm(gemm)
        and not relu.attribute
    )


def _unpadded(stored: list[tuple[Array, Array]], sizes: list[int], inputs: int) -> list[AffineLayer]:
    """Drop the units beyond `sizes`, which must be zero: then the function stays the same in every arithmetic."""
    if len(sizes) != len(stored):
        raise ValueError("hidden_sizes does not list every layer")
    kept = []
    for (weights, bias), size in zip(stored, sizes, strict=True):
        if not 0 < size <= len(bias) or weights[size:].any() or bias[size:].any():
            raise ValueError("a padded unit is not zero")
        if inputs > weights.shape[1] or weights[:size, inputs:].any():
            raise ValueError("a unit reads padding")
        kept.append(_layer_of(weights[:size, :inputs], bias[:size]))
        inputs = size
    return kept
