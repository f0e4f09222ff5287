#!/usr/bin/env bash
# onnxruntime 1.32.0: finite scales around a matrix product, and every output is NaN.
#
# y = ((x * 1e27) @ W) * 1e20 with x of about 1e-27 and W of about 1e-20, float32: each step is a number near 1 and in the
# range of float32, so y is right to rounding. A good engineer expects that from a session with default options, as the
# operators define it.
# Seen: with the default level of optimisation, ORT_ENABLE_ALL, and with ORT_ENABLE_EXTENDED, all outputs are NaN; in the
# other direction, x of 1e27 and W of 1e20 with the factors 1e-27 and 1e-20, too. With ORT_ENABLE_BASIC and ORT_DISABLE_ALL
# they are right. The reason: the two factors are multiplied first, in float32, into one of a fused node: 1e47 and 1e-47
# are no float32. Nothing is said. Div in the place of Mul does the same.
# For users: units, as masses of molecules in kg, or scales that were taken out of the weights to keep them small, as for
# half precision, have such factors. logwidth's files have no Mul around their products: its unit scales are powers of two
# inside the weights, and the stored numbers are certified.
# Fails if default options give the right values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

LEVELS = ("ORT_DISABLE_ALL", "ORT_ENABLE_BASIC", "ORT_ENABLE_EXTENDED", "ORT_ENABLE_ALL")
rng = np.random.default_rng(0)
points, weights = rng.uniform(1, 2, size=(4, 3)), rng.uniform(1, 2, size=(3, 2))
right = points @ weights


def outputs(first, second, kind):
    x, w = (points / first).astype(np.float32), (weights / second).astype(np.float32)
    factors = (1 / first, 1 / second) if kind == "Div" else (first, second)
    stored = zip(("w", "a", "b"), (w, *factors))
    nodes = [
        helper.make_node(kind, ["x", "a"], ["s"]),
        helper.make_node("MatMul", ["s", "w"], ["t"]),
        helper.make_node(kind, ["t", "b"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [4, size]) for n, size in (("x", 3), ("y", 2))]
    tensors = [numpy_helper.from_array(np.asarray(value, dtype=np.float32), name) for name, value in stored]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], initializer=tensors)
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    seen = {"reference": ReferenceEvaluator(net).run(None, {"x": x})[0]}
    for level in LEVELS:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
        seen[level] = session.run(None, {"x": x})[0]
    default = onnxruntime.InferenceSession(net.SerializeToString(), providers=["CPUExecutionProvider"])
    return seen | {"default": default.run(None, {"x": x})[0]}


for first, second, kind in ((1e27, 1e20, "Mul"), (1e-27, 1e-20, "Mul"), (1e27, 1e20, "Div")):
    seen = outputs(first, second, kind)
    print(f"{kind}, {first:g} and {second:g}, right {right[0, 0]:.5f}:", {name: float(y[0, 0]) for name, y in seen.items()})
    for name in ("reference", *LEVELS[:2]):
        assert np.allclose(seen[name], right, rtol=1e-5)
    for name in (*LEVELS[2:], "default"):
        assert np.isnan(seen[name]).all(), f"{name} is right now"
CODE
