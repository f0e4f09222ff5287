"""Weights that an ONNX file keeps in other files: taken in from the model's own folder, or refused.

onnxruntime, given bytes, opens such files in the working directory: another model's weights of that name are taken silently.
"""

from collections.abc import Iterator
from pathlib import Path

import google.protobuf.message
import onnx
from google.protobuf.message import Message
from onnx import TensorProto, external_data_helper

from logwidth.errors import InputError, said

LARGEST_FILE = 2**31 - 1


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
