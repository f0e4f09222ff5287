"""onnxruntime's CPU provider."""

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.onnx.declared import refuse_external
from logwidth.errors import InputError
from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, known_settings

KNOWN = ("intra_op_num_threads", "graph_optimization_level")


def onnxruntime_runtime(settings: Settings) -> Runtime:
    """Return onnxruntime; its settings are `intra_op_num_threads` and `graph_optimization_level` (ORT_DISABLE_ALL, …)."""
    import onnxruntime

    known_settings("onnxruntime", settings, KNOWN)

    def opened(content: bytes) -> Evaluator:
        refuse_external(content)
        options = onnxruntime.SessionOptions()
        threads = settings.get("intra_op_num_threads", "1")
        level = settings.get("graph_optimization_level", "ORT_ENABLE_ALL")
        if not threads.isdecimal() or not hasattr(onnxruntime.GraphOptimizationLevel, level):
            raise InputError("onnxruntime takes a number of threads, and a level such as ORT_DISABLE_ALL or ORT_ENABLE_ALL")
        options.intra_op_num_threads, options.log_severity_level = int(threads), 4
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        source = session.get_inputs()[0].name

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            return np.asarray(session.run(None, {source: rows})[0])

        return evaluate

    return Runtime("onnxruntime", onnxruntime.__version__, opened, settings)
