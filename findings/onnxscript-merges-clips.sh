#!/usr/bin/env bash
# onnxscript 0.7.2: a ReLU whose outputs are negative, after `onnxscript.optimizer.optimize`.
#
# The optimizer merges neighbours among Relu and Clip. Clip of ONNX (operator set 13) is min(max(x, min), max), and "when
# 'min' is greater than 'max', the clip operator sets all the 'input' values to the value of 'max'". A good engineer
# expects the merged node to give the values of the two.
# Seen: the bounds of both are merged as if the two ranges met. Clip to [-2, -1] and then Relu is 0 for every x; the
# optimized model is Clip(min=0, max=-1), which is -1. Clip to [0, 1] and then to [2, 3] is 2; optimized it is 1, outside
# of the range of the last Clip; so is a Clip with max=1 alone before one with min=2 alone. In the other order, from [2, 3]
# to [0, 1], and for ranges that meet, all is right. Both models pass onnx's checker, and nothing is said. onnxruntime at
# every level, onnxslim 0.1.98 and onnxoptimizer 0.4.2 keep the values.
# For users: PyTorch's exporter runs this optimizer by default. torch 2.14.1 writes relu(clamp(x, -2, -1)), which is 0, to
# a file that is -1 everywhere (seen once, not part of this script). Bounded activations in a row are in quantised and in
# verified networks: their bounds can be read off the last node, and are wrong. logwidth's files have Relu, or Clip at 0
# alone.
# Fails if the optimized models keep the values.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxscript==0.7.2 onnx==1.23.2 onnxruntime==1.32.0 \
    onnxslim==0.1.98 onnxoptimizer==0.4.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxoptimizer
import onnxruntime
import onnxscript.optimizer
import onnxslim
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

x = np.array([-5, -1.5, 0, 0.5, 2.5, 8], dtype=np.float32)
limits = [numpy_helper.from_array(np.float32(value), f"c{value}") for value in (-2, -1, 0, 1, 2, 3)]


def model(*nodes):
    names = ["x", "t", "y"]
    made = [helper.make_node(kind, [names[i], *bounds], [names[i + 1]]) for i, (kind, bounds) in enumerate(nodes)]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in "xy"]
    graph = helper.make_graph(made, "g", ends[:1], ends[1:], initializer=limits)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def values(net, level="ORT_DISABLE_ALL"):
    onnx.checker.check_model(net)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0].tolist()


def copy(net):
    return onnx.ModelProto.FromString(net.SerializeToString())


cases = {
    "Clip to [-2, -1], Relu": ((("Clip", ["c-2", "c-1"]), ("Relu", [])), 0, -1),
    "Clip to [0, 1], Clip to [2, 3]": ((("Clip", ["c0", "c1"]), ("Clip", ["c2", "c3"])), 2, 1),
    "Clip to at most 1, Clip to at least 2": ((("Clip", ["", "c1"]), ("Clip", ["c2"])), 2, 1),
    "Clip to [2, 3], Clip to [0, 1]": ((("Clip", ["c2", "c3"]), ("Clip", ["c0", "c1"])), 1, 1),
}
for name, (nodes, right, merged) in cases.items():
    net = model(*nodes)
    kept = [values(net), values(net, "ORT_ENABLE_ALL"), ReferenceEvaluator(net).run(None, {"x": x})[0].tolist()]
    kept += [values(onnxslim.slim(copy(net))), values(onnxoptimizer.optimize(copy(net)))]
    assert all(found == [right] * 6 for found in kept), kept
    optimized = onnxscript.optimizer.optimize(copy(net))
    got = values(optimized)
    print(f"{name}: {right}; optimized, {[node.op_type for node in optimized.graph.node]}: {got[0]}")
    assert got == [merged] * 6, f"{name}: {got} now"
net = model(("Clip", ["c-2", "c1"]), ("Relu", []))
assert values(onnxscript.optimizer.optimize(copy(net))) == values(net) == [0, 0, 0, 0.5, 1, 1]
CODE
