"""A stored classifier as a black box: how its file is fed, how labels are read off its output; evaluations are counted."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from logwidth.certify.onnx.declared import refuse_external
from logwidth.dataset import Dataset
from logwidth.errors import InputError, said
from logwidth.types import FloatArray, IntArray

BATCH = 2048
Rows = NDArray[np.floating]
FORMATS = {"tensor(float)": np.float32, "tensor(double)": np.float64}


@dataclass(frozen=True)
class Feeding:
    """How rows of features enter: `shape` of one sample, and `batch`, how many at once.

    `batch` 0 is any number, along a first axis; −1 one sample alone, without such an axis.
    """

    shape: tuple[int, ...]
    batch: int

    @classmethod
    def of(cls, declared: list[object], n_features: int) -> "Feeding":
        """Return how rows of `n_features` enter an input of the declared shape, whose open sizes are no numbers.

        The first axis counts samples where the others hold all features, in row-major order; else the whole input is one
        sample. One open size besides it is solved for. Raises InputError where the features do not fill the shape.

        >>> Feeding.of(["n", 32, 32, 3], 3072), Feeding.of([1, 784, 1], 784), Feeding.of([5], 5)
        (Feeding(shape=(32, 32, 3), batch=0), Feeding(shape=(784, 1), batch=1), Feeding(shape=(5,), batch=-1))
        """
        sizes = [size if isinstance(size, int) and size > 0 else 0 for size in declared]
        if not sizes:  # a shape that is not declared
            return cls((n_features,), 0)
        rest = _filled(sizes[1:], n_features)
        if rest is not None:
            return cls(rest, sizes[0])
        whole = _filled(sizes, n_features) if sizes[0] or len(sizes) == 1 else None  # an open first axis counts samples
        if whole is not None:
            return cls(whole, -1)
        shown = ", ".join(str(size) if isinstance(size, int) else "?" for size in declared)
        raise InputError(
            f"the network does not take rows of {n_features} features: its input has the shape [{shown}]"
            + (f", {math.prod(sizes[1:])} numbers a sample" if all(sizes[1:]) else "")
        )

    def blocks(self, rows: Rows) -> Iterator[tuple[Rows, int]]:
        """Yield inputs and how many rows each holds; the last one of a fixed size repeats its last row."""
        size = {0: BATCH, -1: 1}.get(self.batch, self.batch)
        for start in range(0, len(rows), size):
            block = rows[start : start + size]
            count = len(block)
            if self.batch > count:
                block = np.concatenate([block, np.repeat(block[-1:], self.batch - count, axis=0)])
            yield block.reshape(self.shape if self.batch < 0 else (len(block), *self.shape)), count

    def per_row(self, output: NDArray[np.generic], count: int) -> NDArray[np.generic]:
        """Return what a network made of a block as `(count, …)`; raise InputError where it is not one result a sample."""
        total = max(count, self.batch)
        if self.batch in (-1, 1):
            return output.reshape(1, -1)
        if not output.ndim or output.shape[0] != total:
            raise InputError(f"the network returns the shape {output.shape} for {total} samples: expected one result each")
        return output.reshape(total, -1)[:count] if output.ndim > 1 else output[:count]


def _filled(sizes: list[int], n_features: int) -> tuple[int, ...] | None:
    """Return sizes whose product is the number of features, where one may be open (0); None if there are none."""
    known = math.prod(size for size in sizes if size)
    open_sizes = sizes.count(0)
    if open_sizes > 1 or (not open_sizes and known != n_features) or n_features % known:
        return None
    return tuple(size or n_features // known for size in sizes)


class Classifier:
    """An ONNX classifier on onnxruntime's CPU provider, for the classes of a data set.

    The first output is read as a label value (one number a sample; the nearest value counts), as scores (several numbers;
    the largest counts, and none where one is NaN) or, where it holds integers or texts, as class names. Score `k` belongs to
    class `k`; where there are more scores than classes and all classes are integers below their number, to the class `k`
    by name. The output `none` stands for no class. `evaluations` counts inputs, which enter in the shape that the network
    declares (:class:`Feeding`).
    """

    def __init__(self, content: bytes, data: Dataset, scales: FloatArray | None = None, none: float | None = None) -> None:
        """Open the network; it reads inputs that are `scales` `(d,)` times the rows that are asked about (None: the rows).

        Weights must be in the bytes: onnxruntime would look for others in the working directory. Raises InputError where
        onnxruntime cannot open it, or where inputs or outputs do not fit the data.
        """
        refuse_external(content)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 4
        try:
            self.session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as problem:  # onnxruntime has no common base class for its errors
            raise InputError(f"onnxruntime cannot load the network: {said(problem)}") from problem
        self.input, self.output = self.session.get_inputs()[0], self.session.get_outputs()[0]
        if len(self.session.get_inputs()) != 1 or self.input.type not in FORMATS:
            raise InputError("the network must take one array of float32 or float64 rows")
        self.dtype = np.dtype(FORMATS[self.input.type])
        self.data, self.evaluations, self.scales, self.none = data, 0, scales, none
        self.feeding = Feeding.of(self.input.shape, data.n_features)
        self.classes(data.points[:2])
        self.evaluations = 0

    def outputs(self, points: FloatArray) -> NDArray[np.generic]:
        """Return the first output of the network, `(n,)` or `(n, k)`, for rows `(n, d)`, rounded to its format first."""
        points = points if self.scales is None else points * self.scales
        rows = np.ascontiguousarray(points, dtype=self.dtype)
        found = [self.feeding.per_row(self._run(block), count) for block, count in self.feeding.blocks(rows)]
        self.evaluations += len(rows)
        return np.concatenate(found) if found else np.zeros(0)

    def _run(self, block: NDArray[np.floating]) -> NDArray[np.generic]:
        try:
            (output,) = self.session.run([self.output.name], {self.input.name: block})
        except Exception as problem:  # as above
            features = self.data.n_features
            raise InputError(f"the network does not take rows of {features} features: {said(problem)}") from problem
        return np.asarray(output)

    def classes(self, points: FloatArray) -> IntArray:
        """Return the class index read off each output (−1: none of the data's classes)."""
        return self.read(self.outputs(points))

    def read(self, outputs: NDArray[np.generic]) -> IntArray:
        """Return class indices `(n,)` of outputs `(n,)` or `(n, k)`, −1 where they name none of the data's classes."""
        if outputs.dtype.kind not in "f":
            return self._named(outputs)
        scores = outputs.reshape(len(outputs), -1).astype(np.float64)
        if scores.shape[1] > 1:
            best = self._of_scores(scores.shape[1])[np.argmax(scores, axis=1)]
            return np.where(np.isnan(scores).any(axis=1), -1, best).astype(np.int64)
        nearest = np.argmin(np.abs(scores - self.data.values[None, :]), axis=1)
        named = np.isfinite(scores[:, 0]) & (scores[:, 0] != (np.nan if self.none is None else self.none))
        return np.where(named, nearest, -1).astype(np.int64)

    def _of_scores(self, count: int) -> IntArray:
        """Return the class `(count,)` of each score."""
        names = self.data.classes
        whole = all(isinstance(name, int) and not isinstance(name, bool) and 0 <= name < count for name in names)
        if count > len(names) and whole:
            place = {name: i for i, name in enumerate(names)}
            return np.array([place.get(k, -1) for k in range(count)], dtype=np.int64)
        return np.where(np.arange(count) < len(names), np.arange(count), -1).astype(np.int64)

    def _named(self, outputs: NDArray[np.generic]) -> IntArray:
        if outputs.size != len(outputs):
            raise InputError(
                f"the network returns {outputs.shape[1:]} names a sample; expected one name, label or score each"
            )
        names = {_word(name): i for i, name in enumerate(self.data.classes)}
        if outputs.dtype.kind in "iu" and not any(name.lstrip("-").isdigit() for name in names):
            names = {str(i): i for i in range(len(names))}  # classes by number
        return np.array([names.get(str(v), -1) for v in outputs.ravel().tolist()], dtype=np.int64)

    def exact(self, points: FloatArray) -> IntArray:
        """Return the class whose label value the output is exactly, −1 for outputs between labels."""
        outputs = self.outputs(points)
        found = self.read(outputs)
        if outputs.dtype.kind == "f" and outputs.size == len(found):
            same = outputs.ravel().astype(np.float64) == self.data.values[np.maximum(found, 0)]
            found = np.where(same, found, -1).astype(np.int64)
        return found


def _word(name: object) -> str:
    """Return a class's name as a network would print it: whole numbers as integers."""
    return str(int(name)) if isinstance(name, float) and name.is_integer() else str(name)
