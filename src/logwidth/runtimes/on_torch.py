"""PyTorch on the CPU (extra `torch`): the module that `to_torch` makes."""

from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import read_onnx
from logwidth.export import to_torch
from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, known_settings, required, switched_on

KNOWN = ("autocast", "flush_denormal")


def torch_runtime(settings: Settings) -> Runtime:
    """Return torch; its settings are `autocast` (1: bfloat16 where torch thinks it safe) and `flush_denormal`."""
    torch = required("torch", "torch")
    known_settings("torch", settings, KNOWN)
    flush = switched_on(settings, "flush_denormal", default=False)
    autocast = switched_on(settings, "autocast", default=False)

    def opened(content: bytes) -> Evaluator:
        module = to_torch(read_onnx(content).network).eval()

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            context: Any = torch.autocast("cpu", dtype=torch.bfloat16) if autocast else nullcontext()
            torch.set_flush_denormal(flush)
            try:
                with torch.no_grad(), context:
                    return np.asarray(module(torch.from_numpy(np.array(rows))).double().numpy())
            finally:
                torch.set_flush_denormal(False)

        return evaluate

    return Runtime("torch", str(torch.__version__), opened, settings)
