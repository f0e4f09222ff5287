#!/usr/bin/env bash
# onnxruntime 1.32.0, CPU: the sum of the int64 numbers 2^60 + 1 and -2^60 is 0.
#
# ReduceSum and ReduceL1 of ONNX take int64, and their results are int64. A good engineer expects sums of integers, exact
# as long as they fit, as Add and CumSum have them.
# Seen: sums come out as those of float64. A sum of one single number, 2^53 + 1, is 2^53. The time between two moments in
# nanoseconds, by ReduceSum of (t, -s), has the spacing of float64 there, 256, and 1 ns is none. ReduceSumSquare of 2^30 + 1 ends in 4
# instead of 5, and for int32 it stops at 2147483647 where the reference goes around. ReduceMax and ReduceMin are exact;
# so are Add and CumSum of the same numbers, and onnx 1.23.2's reference evaluator. The same with no optimisation.
# For users: identifiers, hashes, times in nanoseconds and fixed-point sums, whose point it is that no bit is lost.
# logwidth's files compute with no integers; its exact sums are Python's.
# Fails if the sums are exact.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import onnx
import onnxruntime
from onnx import helper
from onnx.reference import ReferenceEvaluator

int64 = onnx.TensorProto.INT64


def both(operator, values):
    x, axis = np.array(values, dtype=np.int64), np.array(0 if operator == "CumSum" else [0], dtype=np.int64)
    attributes = {} if operator == "CumSum" else {"keepdims": 0}
    graph = helper.make_graph(
        [helper.make_node(operator, ["x", "axis"], ["y"], **attributes)],
        "g",
        [helper.make_tensor_value_info("x", int64, x.shape), helper.make_tensor_value_info("axis", int64, axis.shape)],
        [helper.make_tensor_value_info("y", int64, x.shape if operator == "CumSum" else [])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    found = set()
    for level in ("ORT_DISABLE_ALL", "ORT_ENABLE_ALL"):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        found.add(int(session.run(None, {"x": x, "axis": axis})[0].reshape(-1)[-1]))
    right = int(np.asarray(ReferenceEvaluator(model).run(None, {"x": x, "axis": axis})[0]).reshape(-1)[-1])
    print(operator, values, "onnxruntime:", found, "reference:", right)
    assert len(found) == 1
    return found.pop(), right


assert both("ReduceSum", [2**60 + 1, -(2**60)]) == (0, 1), "the sum is exact now"
assert both("ReduceSum", [2**53 + 1]) == (2**53, 2**53 + 1)
moment = 1_764_547_200_000_000_000
assert both("ReduceSum", [moment + 1, -moment]) == (0, 1)
assert both("ReduceL1", [2**53 + 1, 0]) == (2**53, 2**53 + 1)
assert both("ReduceSumSquare", [2**30 + 1]) == (2**60 + 2**31, 2**60 + 2**31 + 1)
for exact in ("ReduceMax", "CumSum"):
    found, right = both(exact, [2**60 + 1, -(2**60)] if exact == "CumSum" else [2**60 + 1, 2**60])
    assert found == right
CODE
