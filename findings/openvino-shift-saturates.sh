#!/usr/bin/env bash
# openvino 2026.4.1, CPU: a byte shifted left by one place is 255, and a number shifted right is larger.
#
# BitShift of ONNX moves the bits of unsigned integers; signs are kept for signed types alone, by its text. A good
# engineer expects 129 << 1 = 2 for uint8, and 2^31 >> 1 = 2^30 for uint32.
# Seen: for uint8 a shift to the left ends at 255: 128, 129 and 200 are all 255 after it. For uint32 a shift to the right
# is that of signed numbers: 2^31 >> 1 is 3221225472, above what it was. uint16 is right in both directions. onnxruntime
# 1.32.0, onnx 1.23.2's reference evaluator and NumPy agree with each other. Sums, differences and products of uint8 end
# at 255 and 0 likewise, where all of those, and OpenVINO itself for uint16, go around. Nothing is said.
# For users: packed weights and masks that are taken apart in the model, hashes and checksums. logwidth's files compute
# with no integers.
# Fails if OpenVINO shifts bits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import onnxruntime
import openvino
from onnx import helper
from onnx.reference import ReferenceEvaluator


def both(operator, kind, left, right, **attributes):
    feed = {"a": np.array(left, dtype=kind), "b": np.array(right, dtype=kind)}
    element = helper.np_dtype_to_tensor_dtype(np.dtype(kind))
    graph = helper.make_graph(
        [helper.make_node(operator, ["a", "b"], ["y"], **attributes)],
        "g",
        [helper.make_tensor_value_info(name, element, [len(left)]) for name in feed],
        [helper.make_tensor_value_info("y", element, [len(left)])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    core = openvino.Core()
    found = core.compile_model(core.read_model(data), "CPU")(feed)[0]
    right = session.run(None, feed)[0].tolist()
    assert right == ReferenceEvaluator(model).run(None, feed)[0].tolist()
    print(np.dtype(kind).name, operator, *attributes.values(), left, "onnxruntime:", right, "openvino:", found.tolist())
    return right, found.tolist()


assert both("BitShift", np.uint8, [128, 129, 200, 3], [1, 1, 1, 1], direction="LEFT") == ([0, 2, 144, 6], [255, 255, 255, 6])
assert both("BitShift", np.uint32, [2**31, 6], [1, 1], direction="RIGHT") == ([2**30, 3], [2**31 + 2**30, 3])
for way in ("LEFT", "RIGHT"):
    right, found = both("BitShift", np.uint16, [2**15, 2**15 + 1, 7], [1, 1, 1], direction=way)
    assert right == found
assert both("Add", np.uint8, [200, 1], [100, 1]) == ([44, 2], [255, 2])
assert both("Sub", np.uint8, [1, 3], [2, 1]) == ([255, 2], [0, 2])
assert both("Mul", np.uint8, [100, 2], [3, 3]) == ([44, 6], [255, 6])
right, found = both("Add", np.uint16, [65535], [2])
assert right == found == [1]
CODE
