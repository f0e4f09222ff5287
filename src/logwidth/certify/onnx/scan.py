"""Reading networks whose layers are stacked and run by one Scan: all units in the stack, or carried ones beside it.

Stacked: `Gemm, Relu, Scan(Gemm, Relu), Gemm`, the step being `z ← ReLU(W_t z + b_t)`.

Carried: `Gemm, Relu` gives `z`, `Gemm, Relu` the first state `s`, and the step `Gemm, Gemm, Relu` of the Scan is
`s ← ReLU(A_t z + B_t s + b_t)`; `Gemm, Gemm` of `z` and the last state follow, then `Relu, Gemm` any number of times. As
`z = ReLU(z)`, it is the network whose layers copy `z` and have the rows `(A_t | B_t)` below.

Units that only pad a layer must be zero, and nothing may read them: then the function stays the same in every arithmetic.
"""

from collections.abc import Iterator

import numpy as np
import onnx
from numpy.typing import NDArray

from logwidth.certify.onnx.graph import Array, Graph, attributes_of, defined, layer_of, plain_gemm, repeats
from logwidth.network import AffineLayer, ReluNetwork

Ints = NDArray[np.intp]


def unpadded(stored: list[tuple[Array, Array]], sizes: list[int], inputs: int) -> list[AffineLayer]:
    """Drop the units beyond `sizes`, which must be zero: then the function stays the same in every arithmetic."""
    if len(sizes) != len(stored):
        raise ValueError("hidden_sizes does not list every layer")
    kept = []
    for (weights, bias), size in zip(stored, sizes, strict=True):
        if not 0 < size <= len(bias) or weights[size:].any() or bias[size:].any():
            raise ValueError("a padded unit is not zero")
        if inputs > weights.shape[1] or weights[:size, inputs:].any():
            raise ValueError("a unit reads padding")
        kept.append(layer_of(weights[:size, :inputs], bias[:size]))
        inputs = size
    return kept


class CarriedStack:
    """The rows `s ← A_t z + B_t s + b_t`, t = 1 … L, of states of at most e units beside m carried coordinates."""

    def __init__(self, A: Array, B: Array, b: Array) -> None:
        """Take A `(L, e, m)`, B `(L, e, e)`, b `(L, e)`; raise ValueError for other shapes, empty ones, or mixed formats."""
        if A.ndim != 3 or not A.size or B.shape != (*A.shape[:2], A.shape[1]) or b.shape != A.shape[:2]:
            raise ValueError("the parts of its stack do not fit")
        if len({A.dtype, B.dtype, b.dtype}) != 1:
            raise ValueError("the parts of its stack differ in format")
        self.weights, self.bias, self.carried = np.concatenate([A, B], axis=2), b, A.shape[2]

    @property
    def depth(self) -> int:
        """Number L of layers."""
        return len(self.bias)

    @property
    def state(self) -> int:
        """Number e of units of a state, padding included."""
        return int(self.bias.shape[1])

    def layers(self, units: Ints) -> Iterator[AffineLayer]:
        """Yield the layers, each of which copies the coordinates and has its rows below them.

        `units[t]` is the number of units of state t, 0 being the first; the others must be zero. A layer that reads padding
        has a column too many, which no AffineLayer takes.
        """
        padding = np.arange(self.state) >= units[1:, None]
        if (padding & (self.weights.any(axis=2) | (self.bias != 0))).any():
            raise ValueError("a padded unit is not zero")
        m, (layer, row, column) = self.carried, np.nonzero(self.weights)
        each = np.bincount(layer * self.state + row, minlength=self.depth * self.state).reshape(self.depth, -1)
        counts = np.concatenate([np.ones((self.depth, m), dtype=np.int32), each], axis=1, dtype=np.int32)
        ends = np.cumsum(counts, axis=1, dtype=np.int32)
        starts = np.concatenate([[0], np.cumsum(ends[:, -1], dtype=np.intp)])
        place = np.arange(len(layer)) + m * (layer + 1)  # every layer before this row, and this one, begins with m copies
        copies = (starts[:-1, None] + np.arange(m)).ravel()
        columns = np.empty(starts[-1], dtype=np.int32)
        values = np.ones(starts[-1], dtype=self.weights.dtype)
        columns[copies], columns[place] = np.tile(np.arange(m, dtype=np.int32), self.depth), column
        values[place] = self.weights[layer, row, column]
        bias = np.concatenate([np.zeros((self.depth, m), dtype=self.bias.dtype), self.bias], axis=1)
        indptr = np.concatenate([np.zeros((self.depth, 1), dtype=np.int32), ends], axis=1)
        sizes = (m + units).tolist()
        for t, (start, end) in enumerate(zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True)):
            size = sizes[t + 1]
            yield AffineLayer(sizes[t], indptr[t, : size + 1], columns[start:end], values[start:end], bias[t, :size])


def read_stacked(graph: Graph) -> ReluNetwork:
    """Read the form whose stack holds all units, and remove the padding."""
    if graph.operators != ["Gemm", "Relu", "Scan", "Gemm"]:
        raise ValueError("its operators are not Gemm, Relu, Scan, Gemm")
    gemm, relu, scan, last = graph.nodes
    first, value = _clipped(graph, gemm, relu)
    step = _Step(graph, scan, ["Gemm", "Relu"])
    weights, biases = step.stacks
    if not (step.reads(value, [step.inputs]) and weights.ndim == 3 and biases.shape == weights.shape[:2]):
        raise ValueError("its Scan is not a stack of layers")
    output = graph.layer(last, step.result)
    stored = [(first.dense(), first.bias), *zip(weights, biases, strict=True), (output.dense(), output.bias)]
    return graph.network(unpadded(stored, [*_sizes(graph), output.n_outputs], first.n_inputs), last.output[0])


def read_carried(graph: Graph) -> ReluNetwork:
    """Read the form with carried coordinates beside the stack, and remove the padding of its states."""
    count = (len(graph.nodes) - 7) // 2
    if graph.operators != ["Gemm", "Relu", "Gemm", "Relu", "Scan", "Gemm", "Gemm", *["Relu", "Gemm"] * count]:
        raise ValueError("its operators are not those of a Scan beside carried coordinates")
    (above, z), (below, value) = _clipped(graph, *graph.nodes[:2]), _clipped(graph, *graph.nodes[2:4])
    step = _Step(graph, graph.nodes[4], ["Gemm", "Gemm", "Relu"])
    s, A, B, b = step.inputs
    if not step.reads(value, [[z, A, b], [s, B, step.made[0]]]):
        raise ValueError("its Scan is not a stack of layers beside carried coordinates")
    stack, m = CarriedStack(*step.stacks), above.n_outputs
    if (below.n_outputs, stack.carried) != (stack.state, m):
        raise ValueError("its carried coordinates and states differ in number")
    units = np.array(_sizes(graph)) - m
    states, end = units[: stack.depth + 1], stack.depth + 1
    if len(units) != end + count or not ((states >= 0) & (states <= stack.state)).all():
        raise ValueError("hidden_sizes does not list every layer")
    first = unpadded([_on_top_of(above, below)], [m + int(states[0])], above.n_inputs)
    weights, bias = _joint(graph, z, step.result)
    joint = unpadded([(weights, bias)], [len(bias)], m + int(states[-1]))
    after, value = graph.chain(graph.nodes[7:], graph.nodes[6].output[0])
    return graph.network([*first, *stack.layers(states), *joint, *after], value)


class _Step:
    """The body of a Scan: plain Gemms and a Relu, the last of which makes the next state, and the stacks it runs over.

    `inputs` are its names for the state and for a layer's part of each stack, `made` those of the nodes' results.
    """

    def __init__(self, graph: Graph, scan: onnx.NodeProto, operators: list[str]) -> None:
        attributes = attributes_of(scan)
        body, count = attributes.get("body"), attributes.get("num_scan_inputs")
        if len(attributes) != 2 or not isinstance(body, onnx.GraphProto) or (count, type(count)) != (len(operators), int):
            raise ValueError("its Scan has other attributes")
        self.nodes, self.inputs = list(body.node), [entry.name for entry in body.input]
        self.made = [name for node in self.nodes for name in node.output]
        if [node.op_type for node in self.nodes] != operators or not _plain(graph, body):
            raise ValueError("the step of its Scan is not that of a layer")
        if len(scan.input) != len(self.inputs) or len(scan.output) != 1:
            raise ValueError("its Scan has other inputs or outputs")
        self.start, self.result = scan.input[0], scan.output[0]
        self.stacks = [graph.array(name) for name in scan.input[1:]]

    def reads(self, start: str, gemms: list[list[str]]) -> bool:
        """Return whether the Scan starts from a value and its nodes read these names, the Relu what the last Gemm made."""
        return self.start == start and [list(node.input) for node in self.nodes] == [*gemms, [self.made[-2]]]


def _plain(graph: Graph, body: onnx.GraphProto) -> bool:
    """Return whether a step has plain nodes with one result each, the last one its own, and names of its own."""
    names = defined(body)
    *gemms, relu = body.node
    return (
        not (body.initializer or body.sparse_initializer)
        and all(not node.domain and len(node.output) == 1 for node in body.node)
        and not any(repeats(a.name for a in node.attribute) for node in body.node)
        and not (repeats(names) or "" in names or set(names) & graph.names)
        and list(relu.output) == [entry.name for entry in body.output]
        and all(plain_gemm(node) for node in gemms)
        and not relu.attribute
    )


def _clipped(graph: Graph, gemm: onnx.NodeProto, relu: onnx.NodeProto) -> tuple[AffineLayer, str]:
    """Return the layer on the file's input whose results a Relu clips, and the name of what comes out."""
    (layer,), value = graph.chain([gemm, relu], graph.source)
    return layer, value


def _on_top_of(above: AffineLayer, below: AffineLayer) -> tuple[Array, Array]:
    return np.concatenate([above.dense(), below.dense()]), np.concatenate([above.bias, below.bias])


def _joint(graph: Graph, z: str, state: str) -> tuple[Array, Array]:
    """Return weights and bias of the layer after the Scan, which reads the coordinates first and then the state."""
    of_z, of_state = graph.nodes[5:7]
    (A, b), B = of_z.input[1:], of_state.input[1]
    if list(of_z.input) != [z, A, b] or list(of_state.input) != [state, B, *of_z.output]:
        raise ValueError("the layer after its Scan does not read the carried coordinates and the state")
    if not (plain_gemm(of_z) and plain_gemm(of_state)):
        raise ValueError("a Gemm after its Scan is not x W + b")
    return np.concatenate([graph.array(A), graph.array(B)], axis=1), graph.array(b)


def _sizes(graph: Graph) -> list[int]:
    return [int(size) for size in graph.metadata["hidden_sizes"].split(",")]
