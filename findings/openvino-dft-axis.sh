#!/usr/bin/env bash
# OpenVINO 2026.4.1 and onnx 1.23.2's version converter: a Fourier transform changes its axis with the opset.
#
# In opset 17 the axis of DFT is an attribute; from opset 20 on it is an input. onnx's version converter moves it, rightly:
# by onnxruntime 1.32.0 and onnx's reference evaluator both models have the same outputs. A good engineer expects so of
# OpenVINO, which reads both opsets.
# Seen: for opset 20 OpenVINO ignores the input and transforms along axis 1, whatever it says, also where it is a constant,
# and where it is left out (then it is -2). The shapes are the same, and nothing is said. For opset 17 it is right.
# For users: raising the opset of a right model makes it wrong. With one signal axis, axis 1, tests show nothing. Replay a
# converted model. logwidth's files have no DFT.
# Fails if OpenVINO follows the axis, or refuses it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet openvino==2026.4.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnxruntime
import openvino
from onnx import TensorProto, helper, version_converter
from onnx.reference import ReferenceEvaluator

x = np.random.default_rng(0).normal(size=(2, 8, 6, 1)).astype(np.float32)
core = openvino.Core()


def written(opset, **attributes):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, (*x.shape[:3], size)) for name, size in (("x", 1), ("y", 2))]
    graph = helper.make_graph([helper.make_node("DFT", ["x"], ["y"], **attributes)], "g", ends[:1], ends[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def axis_of(values):
    return [axis for axis in (1, 2) if np.allclose(values[..., 0] + 1j * values[..., 1], np.fft.fft(x[..., 0], axis=axis), atol=1e-4)]


def axes(model):
    compiled = core.compile_model(core.read_model(model.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {"x": x})[0], ReferenceEvaluator(model).run(None, {"x": x})[0], compiled({"x": x})[0]
    return [axis_of(values) for values in found]


models = {f"axis {axis}": written(17, axis=axis) for axis in (1, 2)}
models |= {f"{name}, converted to opset 20": version_converter.convert_version(model, 20) for name, model in models.items()}
models["opset 20, axis left out"] = written(20)
seen = {name: axes(model) for name, model in models.items()}
for name, found in seen.items():
    print(f"{name}: transformed along", dict(zip(("onnxruntime", "reference", "OpenVINO"), found)))
assert seen["axis 1"] == seen["axis 1, converted to opset 20"] == [[1], [1], [1]]
assert seen["axis 2"] == [[2], [2], [2]]
assert seen["axis 2, converted to opset 20"] == seen["opset 20, axis left out"] == [[2], [2], [1]], "OpenVINO sees the axis now"
CODE
