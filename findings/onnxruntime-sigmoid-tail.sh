#!/usr/bin/env bash
# onnxruntime 1.32.0, CPU: the larger score has the smaller probability.
#
# Sigmoid of ONNX is 1 / (1 + exp(-x)), a rising function. A good engineer expects float32 accuracy, as from numpy: seven
# digits, down to 1e-38.
# Seen: below x = -9 the digits go one by one. At -14 the value is 7 % too small, at -15 17 % too large, at -16 half and at
# -17 twice the right one: sigmoid(-17) = 8.9e-8 is above sigmoid(-16) = 6.0e-8, though it should be a third of it. From -18
# on it is 0. On a grid of 4,001 numbers from -18 to -14 it falls on 31 % of the steps. In
# float64 it is 0 from -37 on (right: 8.5e-17), and 4 % off at -36. Swish (operator set 24) has the same factor. Softplus
# is right: -Softplus(-x) is log(sigmoid(x)) to seven digits, Log(Sigmoid(x)) is minus infinity from -18 on. All levels of
# optimisation. onnx 1.23.2's reference evaluator and numpy are right.
# For users: ranks of rare labels, products of probabilities, log-likelihoods. Keep the scores, and rank by them.
# logwidth's networks have no Sigmoid, and labels come from scores.
# Fails if Sigmoid is right to 1 %, or rises.
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
from onnx import helper
from onnx.reference import ReferenceEvaluator


def run(kind, x, level="ORT_ENABLE_ALL", reference=False):
    dtype = helper.np_dtype_to_tensor_dtype(x.dtype)
    ends = [helper.make_tensor_value_info("x", dtype, ["n"])], [helper.make_tensor_value_info("y", dtype, ["n"])]
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"])], "g", *ends)
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 24)], ir_version=10)
    onnx.checker.check_model(net)
    if reference:
        return ReferenceEvaluator(net).run(None, {"x": x})[0]
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


x = np.array([-9, -14, -15, -16, -17, -18, -30], np.float32)
right = 1 / (1 + np.exp(-x.astype(np.float64)))
assert np.allclose(run("Sigmoid", x, reference=True), right, rtol=1e-5, atol=0)
for level in ("ORT_ENABLE_ALL", "ORT_DISABLE_ALL"):
    ratio = run("Sigmoid", x, level) / right
    print(level, dict(zip(x.tolist(), ratio.round(2).tolist())))
    assert abs(ratio[0] - 1) < 0.01 and ratio[2] > 1.1 and ratio[3] < 0.6 and ratio[4] > 2 and (ratio[5:] == 0).all()
y = run("Sigmoid", x)
assert y[4] > 1.4 * y[3], "the value at -17 is no longer above that at -16"
swish = run("Swish", x) / (x * right)
print("Swish", swish.round(2))
assert swish[3] < 0.6 and swish[4] > 2 and (swish[5:] == 0).all()

grid = np.linspace(-18, -14, 4001, dtype=np.float32)
falls = (np.diff(run("Sigmoid", grid)) < 0).mean()
print(f"steps on which it falls: {falls:.0%}; by the reference: {(np.diff(run('Sigmoid', grid, reference=True)) < 0).mean():.0%}")
assert falls > 0.05

wide = np.array([-30, -36, -37], np.float64)
ratio = run("Sigmoid", wide) * (1 + np.exp(-wide))
print("float64", ratio)
assert abs(ratio[0] - 1) < 0.01 and abs(ratio[1] - 1) > 0.03 and ratio[2] == 0
assert np.allclose(run("Softplus", -x), np.logaddexp(0, -x.astype(np.float64)), rtol=1e-6)
CODE
