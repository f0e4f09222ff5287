"""Running a stored network in onnxruntime, as scorers of verifiers do."""

from typing import Any

import numpy as np

from logwidth.certify.onnx.declared import refuse_external
from logwidth.types import FloatArray


class Replay:
    """The network of some ONNX bytes on onnxruntime's CPU provider, one thread, one input at a time.

    Raises InputError where weights are stored outside the bytes: onnxruntime would look for them in the working directory.
    """

    def __init__(self, content: bytes) -> None:
        import onnxruntime

        refuse_external(content)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session: Any = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        given = self.session.get_inputs()[0]
        self.name = given.name
        self.shape: list[int] = [size if isinstance(size, int) else -1 for size in given.shape[1:]] or [-1]
        self.size = int(np.prod(self.shape, dtype=np.int64))

    def __call__(self, point: FloatArray) -> FloatArray:
        """Return the scores `(C,)` of one input `(d,)`, which is rounded to float32 first."""
        row = np.asarray(point, dtype=np.float32).reshape(1, *self.shape)
        scores: FloatArray = np.asarray(self.session.run(None, {self.name: row})[0][0], dtype=np.float64)
        return scores
