#!/usr/bin/env bash
# onnxruntime 1.32.0: the last of 0, 0.1, 0.2, ... below 100000 is 100958.
#
# Range of ONNX: "output[i] = start + (i * delta)" for the max(ceil((limit - start) / delta), 0) numbers below the limit
# ("exclusive upper limit"). A good engineer expects each number to rounding, and none above the limit.
# Seen: delta is added again and again in float32, and what is rounded away each time adds up. From 0 to 100000 in steps
# of 0.1 the 100,001st number is 9998.56 instead of 10000, the 500,001st 50177 instead of 50000, and the last 100958.24:
# 9,435 numbers are above the limit, which they cannot be. With steps of 0.01 up to 10000 the last one is 9865, 1.3 % short.
# In float64 the last of the first is 99999.90000133. All levels of optimisation; where the range is a constant of the
# model, it is folded to the same. onnx 1.23.2's reference evaluator is right.
# For users: times, positions, bins and grids in the file. Make the range of integers, cast, and multiply. logwidth's files
# have no Range.
# Fails if the numbers are right to 1e-5, or none is above the limit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator

names = ["start", "limit", "delta"]


def numbers(values, dtype, level="ORT_ENABLE_ALL", constant=False, reference=False):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    feed = {name: np.array(value, dtype) for name, value in zip(names, values)}
    inputs = [] if constant else [helper.make_tensor_value_info(name, kind, []) for name in names]
    stored = [numpy_helper.from_array(value, name) for name, value in feed.items()] if constant else []
    last = helper.make_tensor_value_info("y", kind, ["n"])
    graph = helper.make_graph([helper.make_node("Range", names, ["y"])], "g", inputs, [last], stored)
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(net)
    feed = {} if constant else feed
    if reference:
        return ReferenceEvaluator(net).run(None, feed)[0]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0]


tenths, hundredths = (0, 100000, 0.1), (0, 10000, 0.01)
right = numbers(tenths, np.float32, reference=True)
assert len(right) == 1_000_000 and np.allclose(right, np.arange(1_000_000) / 10, rtol=1e-6)
ways = ({}, {"level": "ORT_DISABLE_ALL"}, {"constant": True})
for way in ways:
    y = numbers(tenths, np.float32, **way)
    above = int((y > 100000).sum())
    print(way, y[[1000, 100_000, 500_000, -1]], "above the limit:", above)
    assert len(y) == len(right) and abs(y[100_000] - 9998.56) < 0.01 and abs(y[-1] - 100958.24) < 0.01 and above > 9000
y = numbers(hundredths, np.float32)
print("hundredths", y[-1])
assert y[-1] < 9900
double = numbers(tenths, np.float64)
print("float64", double[-1])
assert 1e-7 < abs(double[-1] - 99999.9) < 1e-4
CODE
