#!/usr/bin/env bash
# tract 0.23.9: the activation Celu with any alpha but 1.
#
# Celu of ONNX is max(0, x) + min(0, alpha (exp(x / alpha) - 1)): it is there for the sake of its slope, 1 on both sides of
# 0 for every alpha. A good engineer expects that, to rounding.
# Seen: tract leaves out the factor alpha in front. With alpha = 2 all negative outputs are half of what they should be,
# with alpha = 0.5 twice as much, and the slope jumps at 0. Elu, Selu and Celu with alpha = 1, the default, are right, so
# is everything for x >= 0. float32 and float16 alike; nothing is said. onnxruntime 1.32.0 and onnx's reference evaluator
# agree with the formula.
# For users: what was verified in one runtime is another function in tract. logwidth's files have ReLU alone.
# Fails if tract uses alpha in both places.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet tract==0.23.9 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxruntime
import tract
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

x = np.array([-3, -1, -0.5, 0, 1], dtype=np.float32)


def outputs(kind, **attributes):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, x.shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"], **attributes)], "g", ends[:1], ends[1:])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)], ir_version=8), "net.onnx")
    runtime = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    reference = ReferenceEvaluator("net.onnx").run(None, {"x": x})[0]
    assert np.allclose(runtime, reference, atol=1e-6)
    return runtime, tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy()


for kind, attributes in (("Elu", {"alpha": 2.0}), ("Selu", {}), ("Celu", {})):
    runtime, got = outputs(kind, **attributes)
    assert np.allclose(runtime, got, atol=1e-4), kind
for alpha in (0.5, 2.0, 3.0):
    runtime, got = outputs("Celu", alpha=alpha)
    print(f"alpha {alpha}: onnxruntime {np.round(runtime, 4).tolist()}, tract {np.round(got, 4).tolist()}")
    assert np.allclose(got[:3] * alpha, runtime[:3], atol=1e-4), "another formula"
    assert (got[3:] == runtime[3:]).all()
CODE
