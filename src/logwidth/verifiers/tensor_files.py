"""Assignments of VNN-LIB 2.0 in binary: a folder with one tensor of ONNX, `NAME.pb`, per variable, or one such file."""

import math
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from logwidth.errors import InputError
from logwidth.verifiers.assignment import Assignment, read_assignment
from logwidth.verifiers.files import content_of, text_of

ENDINGS = (".pb", ".pb.gz")
SIZES: dict[int, int] = {
    TensorProto.FLOAT: 4, TensorProto.DOUBLE: 8, TensorProto.FLOAT16: 2, TensorProto.BFLOAT16: 2,
    TensorProto.INT8: 1, TensorProto.UINT8: 1, TensorProto.INT16: 2, TensorProto.UINT16: 2,
    TensorProto.INT32: 4, TensorProto.UINT32: 4, TensorProto.INT64: 8, TensorProto.UINT64: 8,
}  # fmt: skip


def is_tensors(path: Path) -> bool:
    """Return whether a path is a tensor file or a folder that holds some."""
    return path.name.endswith(ENDINGS) or (path.is_dir() and any(_files(path)))


def assignment_of(path: Path) -> Assignment:
    """Return the numbers of each variable of a counterexample: of tensors, or of a text in the layouts of VNN-LIB.

    Raises InputError that says what cannot be read.
    """
    if not is_tensors(path):
        return read_assignment(text_of(path))
    found: Assignment = {}
    for file in _files(path) if path.is_dir() else [path]:
        name, values = _variable(file)
        if name in found:
            raise InputError(f"{name} is given twice")
        found[name] = values
    return found


def as_text(assignment: Assignment) -> str:
    """Return an assignment as solvers print it, each variable as one row.

    >>> as_text({"X": [0.5, -2.0]})
    'X float64 [1,2]\\n0.5\\n-2.0\\n'
    """
    return "".join(
        f"{name} float64 [1,{len(values)}]\n" + "".join(f"{value!r}\n" for value in values)
        for name, values in assignment.items()
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS))


def _variable(path: Path) -> tuple[str, list[float]]:
    """Return the name, which is the file's, and the numbers in row-major order."""
    tensor = TensorProto()
    try:
        tensor.ParseFromString(content_of(path))
        values = _numbers(tensor)
    except (DecodeError, ValueError, TypeError) as problem:
        raise InputError(f"{path.name} is no tensor of numbers: {problem}") from problem
    if not np.isfinite(values).all():
        raise InputError(f"{path.name} holds a number that is not finite")
    return path.name.removesuffix(".gz").removesuffix(".pb"), values.ravel().tolist()


def _numbers(tensor: TensorProto) -> NDArray[np.float64]:
    size = SIZES.get(tensor.data_type)
    if size is None or tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise ValueError("its numbers are not in the file, or of no type of numbers")
    if min(tensor.dims, default=0) < 0 or math.prod(tensor.dims) * size > 8 * tensor.ByteSize():
        raise ValueError("its shape does not fit its numbers")  # before anything is allocated
    return np.asarray(numpy_helper.to_array(tensor).astype(np.float64))
