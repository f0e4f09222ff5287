"""ONNX bytes of a network: a chain of Gemm and Relu, or one Scan where that would be too long; or all scores at once."""

import itertools
import json
from collections.abc import Iterable, Mapping

import numpy as np
import onnx
from onnx import helper

from logwidth.errors import InputError
from logwidth.export.onnx_scan import carried_units, scan_graph
from logwidth.export.onnx_tensors import Graph, Tensor, file_of, gemm
from logwidth.network import AffineLayer, FusedNetwork, ReluNetwork

CHAIN_LIMIT = 10_000
FILE_LIMIT = 2**31 - 2**20  # protobuf refuses messages of 2 GiB


def to_onnx(
    network: ReluNetwork, metadata: Mapping[str, str] | None = None, *, form: str = "auto", batch: int | None = None
) -> bytes:
    """Return the network as an ONNX file: opset 13, IR version 8, input `X` `[N, d]`, output `Y` `[N, 1]`.

    With `batch` the first dimension is that number instead of any N: verifiers want static shapes `[1, d]`.

    `form` is 'chain' (one `Gemm(alpha=1, beta=1, transB=1)` and one `Relu` per layer: what verifiers read), 'scan' (the
    layers after the first are padded to equal width, stacked and run by one `Scan`: loads in a second where a chain of
    100,000 layers takes minutes; coordinates that all of them copy are kept once, beside the `Scan`) or 'auto' (a chain up
    to 10,000 layers). The same network gives the same bytes. The scales of the first layer's inputs are folded into its
    weights, and named in the metadata as `feature_scales`; those of its units, if it has any, are named as `unit_scales`.

    Raises InputError for another `form`, or when the file would exceed what the format can hold (2 GiB).
    """
    if form not in ("auto", "chain", "scan"):
        raise InputError(f"the ONNX form must be auto, chain or scan, not {form!r}")
    words = {**scale_words(network.hidden[0]), **_unit_words(network), **(metadata or {})}
    network = network.stored()
    scan = network.depth > 1 and (form == "scan" or (form == "auto" and network.depth > CHAIN_LIMIT))
    carried = carried_units(network) if scan else (0, 0)
    _check_size(network, scan, carried[0])
    graph = scan_graph(network, carried) if scan else _chain_graph(network)
    sizes = {"hidden_sizes": ",".join(str(layer.n_outputs) for layer in network.hidden)} if scan else {}
    rows = batch or "N"
    return file_of(graph, [rows, network.n_inputs], [rows, network.n_outputs], network.dtype, {**words, **sizes})


def scale_words(first: AffineLayer) -> dict[str, str]:
    """Return what the metadata say of the scales that were folded into a first layer, nothing where there are none."""
    return {} if first.input_scales is None else {"feature_scales": json.dumps(first.input_scales.tolist())}


def _unit_words(network: ReluNetwork) -> dict[str, str]:
    """Return what the metadata say of scaled units: runs of layers `[n, exponents]`."""
    if network.unit_exponents is None:
        return {}
    layers = itertools.groupby(exponents.tolist() for exponents in network.unit_exponents)
    runs = [[len(list(run)), exponents] for exponents, run in layers]
    return {"unit_scales": json.dumps(runs, separators=(",", ":"))}


def check_storable(depth: int, width: int, n_inputs: int, dtype: str) -> None:
    """Refuse a network of this size if its file would exceed what the format holds; meant to be asked before it is built.

    Raises InputError that says how large the file would be and what to use instead.
    """
    _check_bytes((depth * width * (width + 1) + width * n_inputs) * np.dtype(dtype).itemsize, depth, width)


def _check_size(network: ReluNetwork, scan: bool, carried: int) -> None:
    depth, width, item = network.depth, network.width, np.dtype(network.dtype).itemsize
    if scan:
        weights = depth * (width - carried) * (width + 1) + width * network.n_inputs
    else:
        weights = sum(layer.n_outputs * (layer.n_inputs + 1) for layer in network.layers)
    _check_bytes(weights * item, depth, width)


def _check_bytes(size: int, depth: int, width: int) -> None:
    if size > FILE_LIMIT:
        raise InputError(
            f"the ONNX file of {depth:,} layers of {width} units would need {size / 2**30:.1f} GiB and the format holds 2; "
            "use the construction register, whose depth is the number of samples, or fewer samples, or a smaller width"
        )


def _chain_graph(network: ReluNetwork) -> tuple[list[onnx.NodeProto], Iterable[Tensor]]:
    nodes, value = [], "X"
    for number in range(1, len(network.layers) + 1):
        last = number == len(network.layers)
        target = "Y" if last else f"a{number}"
        nodes.append(gemm(value, f"W{number}", f"b{number}", target))
        if not last:
            nodes.append(helper.make_node("Relu", [target], [f"z{number}"]))
        value = f"z{number}"
    layers = enumerate(network.layers, start=1)
    return nodes, (t for k, layer in layers for t in ((f"W{k}", layer.dense()), (f"b{k}", layer.bias)))


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
