#!/usr/bin/env bash
# onnxslim 0.1.98 and onnxsim 0.8.1: two random numbers become one.
#
# Simplifiers remove common subexpressions. A good engineer expects operators that draw random numbers to be left alone: two
# nodes RandomNormalLike are two independent draws, as onnxruntime 1.32.0 itself, which removes common subexpressions too,
# knows.
# Seen: both tools merge them. The difference of two draws becomes 0 in every run; noise, dropout or sampling that a model
# does twice is the same both times. The tools' own checks compare outputs with random parts not at all, or pass.
# For users: nets trained against noise, randomised smoothing. logwidth's files draw nothing.
# Fails if either tool keeps two draws.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxslim==0.1.98 onnxsim==0.8.1 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnxruntime
import onnxsim
import onnxslim
from onnx import TensorProto, helper

nodes = [helper.make_node("RandomNormalLike", ["x"], [name]) for name in "ab"] + [helper.make_node("Sub", ["a", "b"], ["y"])]
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [64]) for name in "xy"]
graph = helper.make_graph(nodes, "g", ends[:1], ends[1:])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def drawn(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return float(np.abs(session.run(None, {"x": np.zeros(64, dtype=np.float32)})[0]).max())


seen = {"as written": drawn(model), "onnxslim": drawn(onnxslim.slim(model)), "onnxsim": drawn(onnxsim.simplify(model)[0])}
print("largest difference of two draws:", seen)
assert seen["as written"] > 0
assert seen["onnxslim"] == 0, "onnxslim keeps two draws now"
assert seen["onnxsim"] == 0, "onnxsim keeps two draws now"
CODE
