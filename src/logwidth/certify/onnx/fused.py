"""A strict reader of stored fused networks: an ONNX file is exactly the one graph, or it is refused."""

from dataclasses import dataclass, replace

import numpy as np
import onnx

from logwidth.certify.onnx.chain import named_scales, parsed
from logwidth.certify.onnx.declared import expect_declared
from logwidth.certify.onnx.graph import Graph, attributes_of
from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network import AffineLayer, FusedNetwork

OPSET = 13  # later operator sets read the axes of a maximum elsewhere


@dataclass(frozen=True, eq=False, repr=False)
class StoredFusedNetwork(OneLine):
    """A fused network read back from ONNX bytes, and the file's metadata."""

    network: FusedNetwork
    metadata: dict[str, str]

    def _line(self) -> list[str]:
        return [repr(self.network), f"metadata: {', '.join(sorted(self.metadata)) or 'none'}"]


def read_fused_onnx(content: bytes) -> StoredFusedNetwork:
    """Return the fused network that the bytes of an ONNX file describe.

    Accepted is `Gemm, Relu`, then `Gemm, ReduceMax(axes=[1], keepdims=1)` per class on the same coordinates, then
    `Concat(axis=1), ArgMax(axis=1, keepdims=1), Gather(axis=0)` of the label values, in operator set 13, on weights that
    stand in the file. Nothing else is executed or followed. Feature scales are read as by :func:`read_onnx`.

    Raises InputError for anything else.
    """
    model = parsed(content)
    try:
        graph = Graph(model)
        network = _network(graph, [entry.version for entry in model.opset_import])
        expect_declared(model.graph)
        scales = named_scales(graph.metadata)
        if scales is not None:
            network = replace(network, first=network.first.loaded(scales))
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is not a fused network that logwidth stores: {problem}") from problem
    return StoredFusedNetwork(network, graph.metadata)


def _network(graph: Graph, opsets: list[int]) -> FusedNetwork:
    if opsets != [OPSET]:
        raise ValueError(f"it needs operator set {OPSET}")
    count = (len(graph.nodes) - 5) // 2
    if graph.operators != ["Gemm", "Relu", *["Gemm", "ReduceMax"] * count, "Concat", "ArgMax", "Gather"]:
        raise ValueError("its operators are not those of a fused network")
    gemm, relu, *pairs = graph.nodes[:-3]
    first = graph.layer(gemm, graph.source)
    graph.expect_rows(first)
    _expect(relu, list(gemm.output), {})
    classes = [graph.layer(node, relu.output[0]) for node in pairs[::2]]
    for scores, maximum in zip(pairs[::2], pairs[1::2], strict=True):
        _expect(maximum, list(scores.output), {"axes": [1], "keepdims": 1})
    concat, argmax, gather = graph.nodes[-3:]
    _expect(concat, [name for node in pairs[1::2] for name in node.output], {"axis": 1})
    _expect(argmax, list(concat.output), {"axis": 1, "keepdims": 1})
    _expect(gather, [gather.input[0], *argmax.output], {"axis": 0})
    values = graph.array(gather.input[0])
    if list(gather.output) != [graph.sink] or values.shape != (count,) or str(values.dtype) != first.dtype:
        raise ValueError("it does not end with one label value per class")
    return FusedNetwork(first, _stacked(classes), tuple(c.n_outputs for c in classes), tuple(map(float, values)))


def _expect(node: onnx.NodeProto, inputs: list[str], attributes: dict[str, object]) -> None:
    if list(node.input) != inputs or attributes_of(node) != attributes or len(node.output) != 1:
        raise ValueError(f"a {node.op_type} reads something else, or in another way, than a fused network's")


def _stacked(classes: list[AffineLayer]) -> AffineLayer:
    return AffineLayer.from_dense(np.concatenate([c.dense() for c in classes]), np.concatenate([c.bias for c in classes]))
