"""tract (extra `tract`)."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, known_settings, required


def tract_runtime(settings: Settings) -> Runtime:
    """Return tract, which has no settings here; the number of rows stays open."""
    tract = required("tract", "tract")
    known_settings("tract", settings, ())

    def opened(content: bytes) -> Evaluator:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "network.onnx"
            path.write_bytes(content)
            model = tract.onnx().load(str(path)).into_model().into_runnable()

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            return np.asarray(model.run([np.ascontiguousarray(rows)])[0].to_numpy())

        return evaluate

    return Runtime("tract", tract.version().split()[-1], opened, settings)
