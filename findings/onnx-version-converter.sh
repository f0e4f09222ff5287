#!/usr/bin/env bash
# onnx 1.23.2: `version_converter.convert_version` makes models that compute something else.
#
# The converter rewrites a model for another version of the operator set; its documentation (docs/VersionConverter.md) has
# adapters for operators whose meaning changed. A good engineer expects the same outputs, or an error.
# Seen: without an error, and with models that pass the checker,
# - Resize of version 10 places samples at x / scale; from 10 to 11 or higher the node gets the new default, half pixels.
#   An enlargement by 1.5 is 1, 1.5, 2.17, ... instead of 1, 1.67, 2.33, ... for the row 1 to 5. Upsample of version 9
#   likewise.
# - Softmax and LogSoftmax of version 13 work along one axis; down to 12 or 11 the node keeps its axis, which there means
#   all axes from it on: a probability of 0.51 becomes 0.07, and sums are 1 over other sets.
# - Hardmax of version 11 to 13 the other way around: 2 ones become 8. For Softmax, up, it is right.
# onnxruntime 1.32.0 runs all of these as the text of each version says.
# For users: who raises the version to please a verifier, or lowers it to please a board, verifies another network.
# logwidth's files have neither, and are written for the version that was asked for.
# Fails if the outputs are kept, or conversion is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper, version_converter

row = np.arange(1, 6, dtype=np.float32).reshape(1, 1, 1, 5)
block = np.random.default_rng(0).normal(size=(2, 3, 4)).astype(np.float32)
scales = numpy_helper.from_array(np.array([1, 1, 1, 1.5], dtype=np.float32), "scales")


def before_and_after(kind, x, old, new, stored=(), **attributes):
    names = ["x", *(tensor.name for tensor in stored)]
    node = helper.make_node(kind, names, ["y"], **attributes)
    first = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    last = helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * x.ndim)
    graph = helper.make_graph([node], "g", [first], [last], initializer=list(stored))
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", old)], ir_version=7)
    found = []
    for model in (net, version_converter.convert_version(net, new)):
        onnx.checker.check_model(model)
        session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
        found.append(session.run(None, {"x": x})[0])
    return found


at_floor = np.minimum(np.arange(7) / 1.5, 4) + 1
at_half = np.clip((np.arange(7) + 0.5) / 1.5 - 0.5, 0, 4) + 1
for kind, old in (("Resize", 10), ("Upsample", 9)):
    for new in (11, 13, 18):
        first, then = before_and_after(kind, row, old, new, [scales], mode="linear")
        assert np.allclose(first.ravel(), at_floor, atol=1e-5) and np.allclose(then.ravel(), at_half, atol=1e-5), "kept now"
    print(f"{kind} {old} -> {new}: {np.round(first.ravel(), 2).tolist()} becomes {np.round(then.ravel(), 2).tolist()}")

exponentials = np.exp(block.astype(np.float64))
along, beyond = exponentials.sum(axis=1, keepdims=True), exponentials.sum(axis=(1, 2), keepdims=True)
for kind, turn in (("Softmax", np.asarray), ("LogSoftmax", np.log)):
    for new in (12, 11):
        first, then = before_and_after(kind, block, 13, new, axis=1)
        assert np.allclose(first, turn(exponentials / along), atol=1e-5), kind
        assert np.allclose(then, turn(exponentials / beyond), atol=1e-5), f"{kind} is kept now"
    print(f"{kind} 13 -> {new}: {first[0, 0, 0]:.4f} becomes {then[0, 0, 0]:.4f}")
    up = before_and_after(kind, block, 11, 13, axis=1)
    assert np.allclose(*up, atol=1e-5) and np.allclose(up[0], turn(exponentials / beyond), atol=1e-5)
first, then = before_and_after("Hardmax", block, 11, 13, axis=1)
print(f"Hardmax 11 -> 13: {int(first.sum())} ones become {int(then.sum())}")
assert first.sum() == 2 and then.sum() == 8
CODE
