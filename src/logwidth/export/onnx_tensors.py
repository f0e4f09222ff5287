"""What every ONNX file here is made of: `W x + b`, tensors that stand in it, and the bytes of a graph."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

OPSET, IR_VERSION = 13, 8

Array = NDArray[Any]
Tensor = tuple[str, Array]
Graph = tuple[list[onnx.NodeProto], list[Tensor]]


def gemm(value: str, weight: str, bias: str, target: str) -> onnx.NodeProto:
    """Return the node `target = value Wᵀ + bias`."""
    return helper.make_node("Gemm", [value, weight, bias], [target], alpha=1.0, beta=1.0, transB=1)


def element_of(dtype: str) -> int:
    """Return the number by which ONNX knows a float format."""
    return int(TensorProto.FLOAT if dtype == "float32" else TensorProto.DOUBLE)


def file_of(
    graph: tuple[Sequence[onnx.NodeProto], Iterable[Tensor]],
    given: Sequence[int | str],
    made: Sequence[int | str],
    dtype: str = "float32",
    metadata: Mapping[str, str] | None = None,
) -> bytes:
    """Return the file of some nodes and tensors, with input `X` and output `Y` of the shapes `given` and `made`."""
    nodes, tensors = graph
    source, target = (helper.make_tensor_value_info(end, element_of(dtype), s) for end, s in (("X", given), ("Y", made)))
    model = helper.make_model(
        helper.make_graph(nodes, "logwidth", [source], [target]),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="logwidth",
    )
    _add_tensors(model.graph, tensors)
    for key, value in sorted((metadata or {}).items()):
        model.metadata_props.add(key=key, value=value)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _add_tensors(graph: onnx.GraphProto, tensors: Iterable[Tensor]) -> None:
    """Write named arrays into a graph, one after the other: none is held twice."""
    for name, array in tensors:
        raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        graph.initializer.add(name=name, data_type=kind, dims=array.shape, raw_data=raw)
