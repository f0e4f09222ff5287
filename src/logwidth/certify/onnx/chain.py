"""A strict reader of stored networks: an ONNX file is a chain of Gemm and Relu, or one Scan over them, or it is refused."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import google.protobuf.message
import numpy as np
import onnx
from numpy.typing import NDArray

from logwidth.certify.onnx.declared import expect_declared
from logwidth.certify.onnx.graph import Graph
from logwidth.certify.onnx.scan import read_carried, read_stacked
from logwidth.display import OneLine
from logwidth.errors import InputError
from logwidth.network import ReluNetwork
from logwidth.network.unit_scales import without_unit_scales

LARGEST_FILE = 2**31


@dataclass(frozen=True, eq=False, repr=False)
class StoredNetwork(OneLine):
    """A network read back from ONNX bytes, and the file's metadata."""

    network: ReluNetwork
    metadata: dict[str, str]

    def _line(self) -> list[str]:
        return [repr(self.network), f"metadata: {', '.join(sorted(self.metadata)) or 'none'}"]


def read_onnx(content: bytes) -> StoredNetwork:
    """Return the network that the bytes of an ONNX file describe.

    Accepted are float32 or float64 files with one input and one output, standard operators only, whose graph is
    `Gemm, Relu, …, Gemm` or one of the two with a `Scan` over stacked layers (:mod:`logwidth.certify.onnx.scan`), all
    `Gemm(alpha=1, beta=1, transB=1)` on embedded weights. Padding of a Scan is removed only where its weights are zero.
    What the file declares of types and shapes must be so (:mod:`logwidth.certify.onnx.declared`): then onnxruntime loads it
    and takes any number of rows, or one. Nothing else is executed or followed.
    Where the metadata name `feature_scales`, powers of two, the network returned takes features divided by them; that is
    the same map, exactly, and the layer keeps the scales, which matter to underflow. Where they name `unit_scales`, the
    network is the file's, number by number, and says by which powers of two its units are scaled.

    Raises InputError for anything else: truncated bytes, other operators, external data, NaN weights.
    """
    model = parsed(content)
    try:
        graph = Graph(model)
        network = _reader(graph.operators)(graph)
        expect_declared(model.graph)
        scales = named_scales(graph.metadata)
        if scales is not None:
            network = replace(network, hidden=(network.hidden[0].loaded(scales), *network.hidden[1:]))
        network = with_named_scales(network, graph.metadata)
    except (IndexError, KeyError, TypeError, ValueError, AttributeError) as problem:
        raise InputError(f"the ONNX file is not a network that logwidth stores: {problem}") from problem
    return StoredNetwork(network, graph.metadata)


def named_scales(metadata: Mapping[str, str]) -> NDArray[np.float64] | None:
    """Return the scales that a file's metadata say are folded into its first layer. Raises ValueError for no numbers."""
    if "feature_scales" not in metadata:
        return None
    scales = np.array(json.loads(metadata["feature_scales"]), dtype=np.float64)
    if scales.ndim != 1:
        raise ValueError("the feature scales are no list of numbers")
    return scales


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


def _reader(operators: list[str]) -> Callable[[Graph], ReluNetwork]:
    if "Scan" not in operators:
        return read_chain
    return read_stacked if operators.index("Scan") == 2 else read_carried


def read_chain(graph: Graph) -> ReluNetwork:
    """Read `Gemm, Relu, …, Gemm`."""
    if graph.operators != ["Gemm", "Relu"] * (len(graph.nodes) // 2) + ["Gemm"]:
        raise ValueError("its operators are not a chain of Gemm and Relu")
    return graph.network(*graph.chain(graph.nodes, graph.source))


def with_named_scales(network: ReluNetwork, metadata: Mapping[str, str]) -> ReluNetwork:
    """Return the network with the scales of its units that metadata name as `unit_scales`, if they name any.

    They are a list of `[n, [e_0, e_1, …]]`: the units of the next n hidden layers are scaled by `2^e_0, 2^e_1, …`.

    Raises ValueError (InputError is one) for anything else, and where scales do not fit or cannot be undone exactly.
    """
    if "unit_scales" not in metadata:
        return network
    named = replace(network, unit_exponents=_exponents(json.loads(metadata["unit_scales"]), network.depth))
    without_unit_scales(named)
    return named


def _exponents(runs: object, depth: int) -> tuple[NDArray[np.int64], ...]:
    if not isinstance(runs, list) or not all(isinstance(run, list) and len(run) == 2 for run in runs):
        raise ValueError("the scales of its units are no list of layers")
    counts = [count for count, _ in runs]
    if not all(type(count) is int and count > 0 for count in counts) or sum(counts) != depth:
        raise ValueError("the scales of its units do not count its layers")
    found: list[NDArray[np.int64]] = []
    for count, exponents in runs:
        if not isinstance(exponents, list) or not all(type(e) is int and abs(e) < 1000 for e in exponents):
            raise ValueError("a scale of a unit is no small whole number")
        found += [np.array(exponents, dtype=np.int64)] * count
    return tuple(found)
