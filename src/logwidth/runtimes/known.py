"""The runtimes by name."""

from collections.abc import Callable

from logwidth.errors import InputError, did_you_mean
from logwidth.runtimes.on_command import command_runtime
from logwidth.runtimes.on_jax import jax_runtime
from logwidth.runtimes.on_ncnn import ncnn_runtime
from logwidth.runtimes.on_onnxruntime import onnxruntime_runtime
from logwidth.runtimes.on_openvino import openvino_runtime
from logwidth.runtimes.on_tflite import tflite_runtime
from logwidth.runtimes.on_torch import torch_runtime
from logwidth.runtimes.on_tract import tract_runtime
from logwidth.runtimes.on_tvm import tvm_runtime
from logwidth.runtimes.runtime import Runtime, Settings

RUNTIMES: dict[str, Callable[[Settings], Runtime]] = {
    "onnxruntime": onnxruntime_runtime,
    "openvino": openvino_runtime,
    "torch": torch_runtime,
    "jax": jax_runtime,
    "tract": tract_runtime,
    "tflite": tflite_runtime,
    "ncnn": ncnn_runtime,
    "tvm": tvm_runtime,
}


def runtime_of(name: str = "onnxruntime", settings: Settings | None = None, *, command: str | None = None) -> Runtime:
    """Return a runtime by name with its settings, or a command as one.

    Raises InputError for unknown names or settings, and MissingExtraError that names the extra to install.
    """
    given = dict(settings or {})
    if command is not None:
        if given:
            raise InputError("settings are for named runtimes; a command takes its own as words")
        return command_runtime(command)
    if name not in RUNTIMES:
        raise InputError(f"unknown runtime {name!r}{did_you_mean(name, RUNTIMES)}; known are: {', '.join(RUNTIMES)}")
    return RUNTIMES[name](given)
