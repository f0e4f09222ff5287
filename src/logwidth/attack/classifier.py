"""A stored classifier as a black box: onnxruntime evaluates it, labels are read off its output, evaluations are counted."""

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from logwidth.dataset import Dataset
from logwidth.errors import InputError, said

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BATCH = 2048
FORMATS = {"tensor(float)": np.float32, "tensor(double)": np.float64}


class Classifier:
    """An ONNX classifier on onnxruntime's CPU provider, for the classes of a data set.

    The first output is read as a label value (shape `(n,)` or `(n, 1)`; the nearest value counts), as scores (`(n, C)`; the
    largest counts) or, where it holds integers or texts, as class names. `evaluations` counts inputs.
    """

    def __init__(self, content: bytes, data: Dataset) -> None:
        """Open the network; raise InputError where onnxruntime cannot, or where inputs or outputs do not fit the data."""
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
        self.data, self.evaluations = data, 0
        self.outputs(data.points[:1])
        self.evaluations = 0

    def outputs(self, points: FloatArray) -> NDArray[np.generic]:
        """Return the raw first output of the network for rows `(n, d)`, which are rounded to its format first."""
        rows = np.ascontiguousarray(points, dtype=self.dtype)
        blocks = range(0, len(rows), BATCH)
        try:
            found = [
                self.session.run([self.output.name], {self.input.name: rows[start : start + BATCH]})[0] for start in blocks
            ]
        except Exception as problem:  # as above
            raise InputError(f"the network does not take rows of {rows.shape[1]} features: {said(problem)}") from problem
        self.evaluations += len(rows)
        return np.concatenate([np.asarray(f) for f in found]) if found else np.zeros(0)

    def classes(self, points: FloatArray) -> IntArray:
        """Return the class index read off each output (−1: none of the data's classes)."""
        return self.read(self.outputs(points))

    def read(self, outputs: NDArray[np.generic]) -> IntArray:
        """Return class indices `(n,)` of raw outputs."""
        if outputs.dtype.kind not in "f":
            names = {str(name): i for i, name in enumerate(self.data.classes)}
            return np.array([names.get(str(v), -1) for v in outputs.ravel()], dtype=np.int64)
        if outputs.ndim == 2 and outputs.shape[1] == self.data.n_classes > 1:
            return np.asarray(np.argmax(outputs, axis=1), dtype=np.int64)
        if outputs.ndim > 2 or (outputs.ndim == 2 and outputs.shape[1] != 1):
            raise InputError(
                f"the network's output has shape {outputs.shape[1:]} per row; expected one label value or "
                f"{self.data.n_classes} scores"
            )
        values = outputs.reshape(-1, 1).astype(np.float64)
        nearest = np.argmin(np.abs(values - self.data.values[None, :]), axis=1)
        return np.where(np.isfinite(values[:, 0]), nearest, -1).astype(np.int64)

    def exact(self, points: FloatArray) -> IntArray:
        """Return the class whose label value the output is exactly, −1 for outputs between labels."""
        outputs = self.outputs(points)
        found = self.read(outputs)
        if outputs.dtype.kind == "f" and outputs.size == len(found):
            same = outputs.ravel().astype(np.float64) == self.data.values[np.maximum(found, 0)]
            found = np.where(same, found, -1).astype(np.int64)
        return found
