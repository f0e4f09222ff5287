"""Which fields of an ONNX file are known here: whatever else is in it, another reader might act on it."""

from collections.abc import Iterator

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from onnx import AttributeProto

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
    for field in message.DESCRIPTOR.fields:
        if field.name not in KNOWN[kind] and _present(message, field.name):
            yield f"{kind}.{field.name}"
        elif field.name in PARTS:
            found = getattr(message, field.name)
            for part in [found] if isinstance(found, Message) else found:
                yield from strange_fields(part) if _present(message, field.name) else ()


def _one_value(attribute: AttributeProto) -> bool:
    return [name for name in VALUES.values() if _present(attribute, name)] == [VALUES.get(attribute.type)]


def _present(message: Message, name: str) -> bool:
    try:
        return bool(message.HasField(name))
    except ValueError:  # a repeated field
        return bool(getattr(message, name))
