"""Assignments of VNN-LIB 2.0 in binary, one tensor of ONNX per variable, and witnesses beside a benchmark."""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

from logwidth.errors import InputError
from logwidth.verifiers.answers import Answer
from logwidth.verifiers.assignment import Assignment, read_assignment
from logwidth.verifiers.files import content_of, stored, text_of

ENDINGS = (".pb", ".pb.gz")
SIZES: dict[int, int] = {
    TensorProto.FLOAT: 4, TensorProto.DOUBLE: 8, TensorProto.FLOAT16: 2, TensorProto.BFLOAT16: 2,
    TensorProto.INT8: 1, TensorProto.UINT8: 1, TensorProto.INT16: 2, TensorProto.UINT16: 2,
    TensorProto.INT32: 4, TensorProto.UINT32: 4, TensorProto.INT64: 8, TensorProto.UINT64: 8,
}  # fmt: skip
ENDING = ".counterexample"
DEEPEST = 3  # folders below the table's


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


class WitnessFiles:
    """The files and folders of tensors `ONNX_VNNLIB.counterexample`, files gzipped or not, in a folder and some below it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: dict[str, list[Path]] = {}
        for path in sorted(_witnesses(home)):
            self.known.setdefault(path.name.removesuffix(".gz").removesuffix(ENDING), []).append(path)

    def of(self, answer: Answer) -> list[Path]:
        """Return the file that an answer names, else those beside the table: of its own benchmark where folders tell."""
        if answer.counterexample:
            return [stored(self.home / answer.counterexample)]
        found = self.known.get("_".join(answer.key), [])
        for mark in (answer.version, answer.category):
            own = [path for path in found if mark and mark in str(path.relative_to(self.home).parent)]
            found = own or found
        nearest = min((len(path.parts) for path in found), default=0)
        return [path for path in found if len(path.parts) == nearest]

    def shown(self, path: Path) -> str:
        """Return a file's name relative to the table."""
        return os.path.relpath(path, self.home)


def _witnesses(home: Path) -> Iterator[Path]:
    top = len(home.parts)
    for folder, below, names in os.walk(home):
        place = Path(folder)
        yield from (place / name for name in below if is_tensors(place / name))
        if len(place.parts) - top >= DEEPEST:
            below.clear()
        yield from (place / name for name in names if name.removesuffix(".gz").endswith(ENDING))
