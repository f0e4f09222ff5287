"""Deep networks in one `Scan`: the layers after the first, stacked.

Coordinates `z ≥ 0` that every layer copies pass each ReLU unchanged. They are then computed once, and what is stacked are
the rows of the other units only: the state `s ← ReLU(A_t z + B_t s + b_t)`. The function is the same; the file and the work
are smaller by the share of the copies.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper

from logwidth.export.onnx_tensors import Array, Graph, element_of, gemm
from logwidth.network import AffineLayer, ReluNetwork


def carried_units(network: ReluNetwork) -> tuple[int, int]:
    """Return `(m, end)`: all hidden layers from the second to number `end` copy their first `m` inputs.

    Those that come later copy none. At least one unit is left for the state; `m` is 0 where nothing is copied.
    """
    copies = [_copies(layer) for layer in network.hidden[1:]]
    while copies and not copies[-1]:
        copies.pop()
    end = len(copies) + 1
    return min([*copies, max(layer.n_outputs for layer in network.hidden[:end]) - 1]) if copies else 0, end


def _copies(layer: AffineLayer) -> int:
    """Return the number of first units that copy the input at their place."""
    most = min(layer.n_inputs, layer.n_outputs, layer.weights.size)
    place = np.arange(most)
    exact = (layer.indptr[: most + 1] == np.arange(most + 1))[1:] & (layer.indices[:most] == place)
    exact &= (layer.weights[:most] == 1) & (layer.bias[:most] == 0)
    return int(most if exact.all() else exact.argmin())


def scan_graph(network: ReluNetwork, carried: tuple[int, int]) -> Graph:
    """Return the nodes and tensors of a network; `carried` is what :func:`carried_units` found."""
    return _with_carried(network, *carried) if carried[0] else _stacked(network)


def _stacked(network: ReluNetwork) -> Graph:
    width, element = network.width, element_of(network.dtype)
    first, *middle = network.hidden
    W, b = _stack(middle, width, width)
    body = _body(
        [gemm("z", "W", "b", "a"), helper.make_node("Relu", ["a"], ["z_next"])],
        {"z": ["N", width], "W": [width, width], "b": [width]},
        element,
    )
    nodes = [
        gemm("X", "W_first", "b_first", "a_first"),
        helper.make_node("Relu", ["a_first"], ["z_first"]),
        helper.make_node("Scan", ["z_first", "W_stack", "b_stack"], ["z_last"], body=body, num_scan_inputs=2),
        gemm("z_last", "W_out", "b_out", "Y"),
    ]
    tensors = [
        ("W_first", _padded(first.dense(), width, first.n_inputs)),
        ("b_first", np.pad(first.bias, (0, width - first.n_outputs))),
        ("W_stack", W),
        ("b_stack", b),
        ("W_out", _padded(network.output.dense(), network.n_outputs, width)),
        ("b_out", network.output.bias),
    ]
    return nodes, tensors


def _with_carried(network: ReluNetwork, m: int, end: int) -> Graph:
    first, *middle = network.hidden[:end]
    width = max(layer.n_outputs for layer in network.hidden[:end])
    state = width - m
    body = _body(
        [
            gemm("z", "A", "b", "from_z"),
            gemm("s", "B", "from_z", "a"),
            helper.make_node("Relu", ["a"], ["s_next"]),
        ],
        {"s": ["N", state], "A": [state, m], "B": [state, state], "b": [state]},
        element_of(network.dtype),
    )
    nodes = [
        gemm("X", "W_carried", "b_carried", "a_carried"),
        helper.make_node("Relu", ["a_carried"], ["z"]),
        gemm("X", "W_state", "b_state", "a_state"),
        helper.make_node("Relu", ["a_state"], ["s_first"]),
        helper.make_node("Scan", ["s_first", "A_stack", "B_stack", "b_stack"], ["s_last"], body=body, num_scan_inputs=3),
    ]
    W, b = _stack(middle, state, width, m)
    W_first = first.dense()
    tensors = [
        ("W_carried", W_first[:m]),
        ("b_carried", first.bias[:m]),
        ("W_state", _padded(W_first[m:], state, first.n_inputs)),
        ("b_state", np.pad(first.bias[m:], (0, width - first.n_outputs))),
        ("A_stack", W[:, :, :m]),
        ("B_stack", W[:, :, m:]),
        ("b_stack", b),
    ]
    more_nodes, more_tensors = _tail((*network.hidden[end:], network.output), m, width)
    return nodes + more_nodes, tensors + more_tensors


def _tail(layers: tuple[AffineLayer, ...], m: int, width: int) -> Graph:
    """Return the layers after the Scan; the first of them reads `z` and the last state."""
    targets = [*(f"a_{k}" for k in range(1, len(layers))), "Y"]
    joint = _padded(layers[0].dense(), layers[0].n_outputs, width)
    nodes = [gemm("z", "A_1", "b_1", "from_z_last"), gemm("s_last", "B_1", "from_z_last", targets[0])]
    tensors = [("A_1", joint[:, :m]), ("B_1", joint[:, m:]), ("b_1", layers[0].bias)]
    for k, layer in enumerate(layers[1:], start=2):
        relu = helper.make_node("Relu", [targets[k - 2]], [f"z_{k}"])
        nodes += [relu, gemm(f"z_{k}", f"W_{k}", f"b_{k}", targets[k - 1])]
        tensors += [(f"W_{k}", layer.dense()), (f"b_{k}", layer.bias)]
    return nodes, tensors


def _stack(layers: Sequence[AffineLayer], rows: int, columns: int, m: int = 0) -> tuple[Array, Array]:
    """Return weights `(L, rows, columns)` and biases `(L, rows)` of the units of some layers but the first `m` of each."""
    dtype, count = layers[0].dtype, len(layers)
    W, b = np.zeros((count, rows, columns), dtype=dtype), np.zeros((count, rows), dtype=dtype)
    ends = [layer.indptr[m:] for layer in layers]
    units = [(layer.indices[end[0] :], layer.weights[end[0] :]) for layer, end in zip(layers, ends, strict=True)]
    row = np.concatenate([np.arange(end.size - 1) for end in ends])
    of = np.repeat(np.arange(count), [end.size - 1 for end in ends])
    each = np.concatenate([end[1:] - end[:-1] for end in ends])
    column, weight = (np.concatenate(parts) for parts in zip(*units, strict=True))
    W[np.repeat(of, each), np.repeat(row, each), column] = weight
    b[of, row] = np.concatenate([layer.bias[m:] for layer in layers])
    return W, b


def _body(nodes: list[onnx.NodeProto], inputs: dict[str, list[int | str]], element: int) -> onnx.GraphProto:
    """Return the step of a Scan; its first input is the state, its last node makes the next one."""
    taken = [helper.make_tensor_value_info(name, element, shape) for name, shape in inputs.items()]
    made = helper.make_tensor_value_info(nodes[-1].output[0], element, next(iter(inputs.values())))
    return helper.make_graph(nodes, "layer", taken, [made])


def _padded(matrix: Array, n_rows: int, n_columns: int) -> Array:
    return np.pad(matrix, ((0, n_rows - matrix.shape[0]), (0, n_columns - matrix.shape[1])))
