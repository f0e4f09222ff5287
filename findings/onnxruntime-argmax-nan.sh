#!/usr/bin/env bash
# onnxruntime 1.32.0, CPU: the class of a row with one NaN.
#
# A good engineer expects one rule for NaN in ArgMax: its place, as in NumPy and onnx's reference evaluator, or as if it were
# not there.
# Seen: both. A NaN in the first place wins; in any other place it is skipped, and the largest number counts. So of the same
# scores in another order of classes, one has class "NaN" and the other a class that looks certain, and a row that is all NaN
# is class 0.
# For users: a broken row gets a confident label. Look for NaN before the label is taken. logwidth's `predict` gives it none.
# Fails if onnxruntime follows either rule.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

graph = helper.make_graph(
    [helper.make_node("ArgMax", ["x"], ["y"], axis=1, keepdims=0)],
    "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 5])],
    [helper.make_tensor_value_info("y", TensorProto.INT64, ["n"])],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
rows = np.tile(np.arange(5, dtype=np.float32), (6, 1))
rows[np.arange(5), np.arange(5)] = np.nan  # row i has its NaN in place i; the last row has none
found = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": rows})[0]
reference = ReferenceEvaluator(model).run(None, {"x": rows})[0]
print("onnxruntime:", found.tolist(), "reference:", reference.tolist(), "NumPy:", rows.argmax(axis=1).tolist())
assert reference.tolist() == rows.argmax(axis=1).tolist() == [0, 1, 2, 3, 4, 4]
assert found.tolist() == [0, 4, 4, 4, 3, 4], "onnxruntime's rule for NaN has changed"
CODE
