"""OpenVINO's CPU plugin (extra `openvino`)."""

import numpy as np
from numpy.typing import NDArray

from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, required


def openvino_runtime(settings: Settings) -> Runtime:
    """Return OpenVINO; its settings are the properties of `compile_model`, such as `INFERENCE_PRECISION_HINT=f32`."""
    openvino = required("openvino", "openvino")

    def opened(content: bytes) -> Evaluator:
        core = openvino.Core()
        compiled = core.compile_model(core.read_model(content, b""), "CPU", dict(settings))

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            return np.array(compiled([rows])[0])

        return evaluate

    return Runtime("openvino", str(openvino.__version__).split("-")[0], opened, settings)
