"""What a file declares of its values, their types and shapes, must be what they are: runtimes refuse or believe what is not.

onnxruntime does not load a `Scan` whose body declares another type or size than it is given, nor a result of another type;
it takes other wrong shapes in silence, and a batch fixed to 7 takes 7 rows and no other number.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import google.protobuf.message
import onnx
from google.protobuf.message import Message
from onnx import TensorProto, external_data_helper

from logwidth.certify.onnx.graph import attributes_of, repeats
from logwidth.errors import InputError, said

LARGEST_FILE = 2**31 - 1
ROWS = -1  # the size of the axis that counts inputs
Shape = tuple[int, ...]
Values = dict[str, tuple[int, Shape]]  # element type and shape by name


def refuse_external(content: bytes) -> None:
    """Raise InputError when the bytes of a model name weights that are stored elsewhere. Bytes that are no model pass.

    The search is skipped where the bytes cannot hold what every such model holds, the word `location`.
    """
    model = _parsed(content) if b"location" in content else None
    name = next(_external(model), "") if model is not None else ""
    if name:
        raise InputError(f"the network's weights are stored outside the file, in {name!r}; store them in it")


def with_weights(content: bytes, folder: Path) -> bytes:
    """Return the bytes of a model with the weights that it keeps in files of `folder`, its own, stored in it.

    Raises InputError for files that are missing, lie elsewhere or are too short, and when the result exceeds 2 GiB.
    """
    model = _parsed(content) if b"location" in content else None
    names = set(_external(model)) if model is not None else set()
    if model is None or not names:
        return content
    try:
        external_data_helper.load_external_data_for_model(model, str(folder))
    except (OSError, ValueError, TypeError, onnx.checker.ValidationError) as problem:
        raise InputError(f"cannot read the weights {_some(names)} of the network in {folder}: {said(problem)}") from problem
    if any(_external(model)) or model.ByteSize() > LARGEST_FILE:
        raise InputError(
            f"cannot take in the weights {_some(names)} of the network: they exceed 2 GiB, or are not initializers"
        )
    whole: bytes = model.SerializeToString()
    return whole


def _some(names: set[str]) -> str:
    return ", ".join(sorted(names)[:3])


def _parsed(content: bytes) -> onnx.ModelProto | None:
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except (google.protobuf.message.DecodeError, ValueError):
        return None
    return model


def _external(message: Message) -> Iterator[str]:
    """Yield the file of every tensor that is stored outside, wherever in a model it is defined."""
    if isinstance(message, TensorProto):
        if message.data_location == TensorProto.EXTERNAL or message.external_data:
            places = {entry.key: entry.value for entry in message.external_data}
            yield places.get("location", "") or "a file without a name"
        return
    for field, value in message.ListFields():
        if field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for part in [value] if isinstance(value, Message) else value:
                yield from _external(part)


def expect_declared(graph: onnx.GraphProto) -> None:
    """Raise ValueError for a declared type or shape that is not that of its value.

    `graph` is one that a strict reader has read. The first axis counts inputs: any number of them, the same everywhere, or
    one. Other sizes may be left open. Sequences, optional values, names without a value, values declared twice and tensors
    that nothing reads are refused.
    """
    source = graph.input[0]
    unread = {tensor.name for tensor in graph.initializer} - {name for node in graph.node for name in node.input}
    if unread:
        raise ValueError(f"nothing reads the tensor {min(unread)}")
    tensors: Values = {tensor.name: (tensor.data_type, tuple(tensor.dims)) for tensor in graph.initializer}
    rows = _rows_of(source)
    kind = source.type.tensor_type.elem_type
    width = source.type.tensor_type.shape.dim[1].dim_value
    _check(graph, {**tensors, source.name: (kind, (ROWS, width))}, rows)


def _rows_of(source: onnx.ValueInfoProto) -> int:
    """Return 1 for an input of one row, `ROWS` for any number of them."""
    size = source.type.tensor_type.shape.dim[0]
    if size.WhichOneof("value") == "dim_value" and size.dim_value != 1:
        raise ValueError(f"it takes exactly {size.dim_value} inputs at once and no other number")
    return 1 if size.WhichOneof("value") == "dim_value" else ROWS


def _check(graph: onnx.GraphProto, known: Values, rows: int) -> None:
    """Compare what a graph declares with what its values are, given those that it starts from."""
    values = dict(known)
    for node in graph.node:
        if node.op_type == "Scan":
            _check_step(node, values, rows)
        values[node.output[0]] = _result(node, values)
    if repeats(entry.name for entry in graph.value_info):
        raise ValueError("a value is declared twice")
    if repeats(node.name for node in graph.node if node.name):
        raise ValueError("two nodes share a name")
    for entry in (*graph.input, *graph.output, *graph.value_info):
        if entry.name not in values:
            raise ValueError(f"it declares a value {entry.name} that is not there")
        _expect(entry, *values[entry.name], rows)


def _check_step(scan: onnx.NodeProto, values: Values, rows: int) -> None:
    """Compare what the body of a Scan declares with the state and the layers that it is given."""
    body = attributes_of(scan)["body"]
    if not isinstance(body, onnx.GraphProto):
        raise TypeError("a Scan has no body")
    given = [values[name] for name in scan.input]
    inside = [given[0], *((kind, shape[1:]) for kind, shape in given[1:])]
    if not body.name:
        raise ValueError("the body of its Scan has no name")
    _check(body, values | {entry.name: value for entry, value in zip(body.input, inside, strict=True)}, rows)


def _result(node: onnx.NodeProto, values: Values) -> tuple[int, Shape]:
    """Return type and shape of what a node makes."""
    kind, shape = values[node.input[0]]
    if node.op_type == "Gemm":
        return values[node.input[1]][0], (ROWS, values[node.input[1]][1][0])
    if node.op_type == "Concat":
        return kind, (ROWS, sum(values[name][1][1] for name in node.input))
    if node.op_type == "ReduceMax":
        return kind, (ROWS, 1)
    if node.op_type == "ArgMax":
        return TensorProto.INT64, (ROWS, 1)
    if node.op_type == "Gather":
        return kind, values[node.input[1]][1]
    return kind, shape  # Relu, and Scan with its first input


def _expect(entry: onnx.ValueInfoProto, kind: int, shape: Shape, rows: int) -> None:
    if entry.type.WhichOneof("value") != "tensor_type" or entry.type.tensor_type.elem_type != kind:
        raise ValueError(f"{entry.name} is not declared as what it is, an array of type {TensorProto.DataType.Name(kind)}")
    if not entry.type.tensor_type.HasField("shape"):
        return
    sizes = entry.type.tensor_type.shape.dim
    if len(sizes) != len(shape) or not all(_fits(size, true, rows) for size, true in zip(sizes, shape, strict=True)):
        raise ValueError(f"{entry.name} is declared in the shape {_words(_shown(sizes))}, and has {_words(shape)}")


def _fits(size: onnx.TensorShapeProto.Dimension, true: int, rows: int) -> bool:
    stated = size.WhichOneof("value")
    if true == ROWS:
        return stated != "dim_value" or size.dim_value == rows == 1
    return stated is None or (stated == "dim_value" and size.dim_value == true)


def _shown(sizes: Iterable[onnx.TensorShapeProto.Dimension]) -> list[int | str]:
    return [size.dim_value if size.WhichOneof("value") == "dim_value" else size.dim_param or "?" for size in sizes]


def _words(shape: Iterable[int | str]) -> str:
    return "[" + ", ".join("N" if size == ROWS else str(size) for size in shape) + "]"
