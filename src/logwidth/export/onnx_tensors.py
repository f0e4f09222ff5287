"""What every ONNX graph here is made of: `W x + b` and tensors that stand in the file."""

from collections.abc import Iterable
from typing import Any

import onnx
from numpy.typing import NDArray
from onnx import helper

Array = NDArray[Any]
Tensor = tuple[str, Array]


def gemm(value: str, weight: str, bias: str, target: str) -> onnx.NodeProto:
    """Return the node `target = value Wᵀ + bias`."""
    return helper.make_node("Gemm", [value, weight, bias], [target], alpha=1.0, beta=1.0, transB=1)


def add_tensors(graph: onnx.GraphProto, tensors: Iterable[Tensor]) -> None:
    """Write named arrays into a graph, one after the other: none is held twice."""
    for name, array in tensors:
        raw = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        graph.initializer.add(name=name, data_type=kind, dims=array.shape, raw_data=raw)
