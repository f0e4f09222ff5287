"""Which fields of an ONNX file are known here: whatever else is in it, another reader might act on it."""

from collections.abc import Iterator
from functools import cache

import onnx
from google.protobuf.descriptor import Descriptor
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
    lists, single, parts = _looked_at(message.DESCRIPTOR)
    for name in lists:
        if getattr(message, name):
            yield f"{kind}.{name}"
    for name in single:
        if message.HasField(name):
            yield f"{kind}.{name}"
    for name in parts:
        if _present(message, name):
            found = getattr(message, name)
            for part in [found] if isinstance(found, Message) else found:
                yield from strange_fields(part)


@cache
def _looked_at(descriptor: Descriptor) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the fields of a kind that are not known here, lists and others, and those whose own fields are looked at."""
    names, known, lists = [field.name for field in descriptor.fields], KNOWN[descriptor.name], _repeated(descriptor.name)
    strange = [name for name in names if name not in known]
    return (
        tuple(name for name in strange if name in lists),
        tuple(name for name in strange if name not in lists),
        tuple(name for name in names if name in known and name in PARTS),
    )


def _one_value(attribute: AttributeProto) -> bool:
    return [name for name in VALUES.values() if _present(attribute, name)] == [VALUES.get(attribute.type)]


def _present(message: Message, name: str) -> bool:
    return bool(getattr(message, name) if name in _repeated(message.DESCRIPTOR.name) else message.HasField(name))


@cache
def _repeated(kind: str) -> frozenset[str]:
    """Return the fields of a kind that may occur more than once: of them no message says whether it has them."""
    empty, found = getattr(onnx, kind)(), set()
    for field in empty.DESCRIPTOR.fields:
        try:
            empty.HasField(field.name)
        except ValueError:
            found.add(field.name)
    return frozenset(found)
