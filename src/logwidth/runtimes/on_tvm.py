"""Apache TVM (extra `tvm`), compiled for this machine's CPU by LLVM."""

import numpy as np
import onnx
from numpy.typing import NDArray

from logwidth.runtimes.runtime import Evaluator, Rows, Runtime, Settings, known_settings, required

BATCH = 64


def tvm_runtime(settings: Settings) -> Runtime:
    """Return TVM; its setting is `target` (default: llvm). Rows go through in batches of one fixed size."""
    tvm = required("tvm", "tvm")
    frontend = required("tvm.relax.frontend.onnx", "tvm")
    known_settings("tvm", settings, ("target",))

    def opened(content: bytes) -> Evaluator:
        model = onnx.load_from_string(content)
        features = model.graph.input[0].type.tensor_type.shape.dim[1].dim_value
        module = frontend.from_onnx(model, shape_dict={model.graph.input[0].name: [BATCH, features]})
        compiled = tvm.compile(module, target=settings.get("target", "llvm"))
        machine = tvm.relax.VirtualMachine(compiled, tvm.cpu())

        def evaluate(rows: Rows) -> NDArray[np.generic]:
            found = []
            for start in range(0, len(rows), BATCH):
                block = rows[start : start + BATCH]
                padded = np.zeros((BATCH, rows.shape[1]), dtype=rows.dtype)
                padded[: len(block)] = block
                output = machine["main"](tvm.runtime.tensor(padded))
                output = output if hasattr(output, "numpy") else output[0]
                found.append(output.numpy()[: len(block)])
            return np.concatenate(found)

        return evaluate

    return Runtime("tvm", tvm.__version__, opened, settings)
