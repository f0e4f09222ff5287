#!/usr/bin/env bash
# onnx 1.23.2: the reference evaluator of the standard against the standard's own text.
#
# `onnx.reference.ReferenceEvaluator` is "a pure python implementation of ONNX specifications"; where they differ, it says,
# the text is right. It is what runtimes and converters are tested against. A good engineer expects slips in rare corners.
# Seen, each on a plain input, and onnxruntime 1.32.0 does as the text says:
# - LpNormalization with p = 1 divides by the sum, not by the sum of absolute values: (1, -3) becomes (-0.5, 1.5) instead
#   of (0.25, -0.75), signs turned.
# - LRN of one picture normalises its first channel and passes on all others as they are.
# - MeanVarianceNormalization of 10000, 10001, 10002, 10003 is -1.5e9, ..., 1.5e9 instead of -1.34, ..., 1.34: the mean of
#   squares less the square of the mean, in float32.
# - GRU and LSTM ignore `clip`, and `sequence_lens`: the padding behind the end of a short sequence is read.
# No error and no warning.
# For users: agreement with it proves little, disagreement too; two runtimes and the text are needed. logwidth evaluates
# its networks exactly by itself, and replays its files in runtimes.
# Fails if one of these follows the text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def outputs(kind, x, stored=(), **attributes):
    x = np.asarray(x, dtype=np.float32)
    names = ["x", *(name for name, _ in stored)]
    node = helper.make_node(kind, names, ["y"], **attributes)
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", x.shape), ("y", None))]
    tensors = [numpy_helper.from_array(value, name) for name, value in stored if name]
    net = helper.make_model(helper.make_graph([node], "g", ends[:1], ends[1:], initializer=tensors))
    net.opset_import[0].version, net.ir_version = 14, 7
    session = onnxruntime.InferenceSession(net.SerializeToString(), providers=["CPUExecutionProvider"])
    return ReferenceEvaluator(net).run(None, {"x": x})[0], session.run(None, {"x": x})[0]


reference, runtime = outputs("LpNormalization", [[1, -3]], p=1, axis=1)
print("LpNormalization, p = 1, of (1, -3):", reference.tolist(), "onnxruntime", runtime.tolist())
assert np.allclose(runtime, [[0.25, -0.75]]) and np.allclose(reference, [[-0.5, 1.5]])

picture = np.array([1, 2, 3, 4], dtype=np.float32).reshape(1, 4, 1, 1)
reference, runtime = outputs("LRN", picture, size=3, alpha=1.0)
near = np.array([1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16]) / 3
right = picture.ravel() / (1 + near) ** 0.75
print("LRN of channels 1, 2, 3, 4:", reference.ravel().tolist(), "onnxruntime", runtime.ravel().tolist())
assert np.allclose(runtime.ravel(), right, rtol=1e-5)
assert np.isclose(reference.ravel()[0], right[0]) and reference.ravel()[1:].tolist() == [2, 3, 4]

far = np.array([[10000, 10001, 10002, 10003]])
reference, runtime = outputs("MeanVarianceNormalization", far, axes=[1])
right = (far - far.mean()) / far.std()
print("MeanVarianceNormalization around 10000:", reference.tolist(), "onnxruntime", runtime.tolist())
assert np.allclose(runtime, right, atol=1e-3) and np.abs(reference).max() > 1e9

rng = np.random.default_rng(0)
x = rng.normal(size=(3, 2, 2)).astype(np.float32)
for kind, gates in (("GRU", 3), ("LSTM", 4)):
    weights = [(name, rng.normal(size=(1, 2 * gates, 2)).astype(np.float32)) for name in "wr"]
    plain = outputs(kind, x, weights, hidden_size=2)
    assert np.allclose(*plain, atol=1e-5)
    clipped = outputs(kind, x, weights, hidden_size=2, clip=0.1)
    short = outputs(kind, x, [*weights, ("", None), ("lengths", np.array([3, 1], dtype=np.int32))], hidden_size=2)
    changed = [bool((a != b).any()) for a, b in zip(clipped, plain)]
    print(f"{kind}: clip changes the reference {changed[0]}, onnxruntime {changed[1]};")
    print("    after the end of a sequence of length 1:", *(found[2, 0, 1].tolist() for found in short))
    assert (clipped[0] == plain[0]).all() and not np.allclose(clipped[1], plain[1], atol=1e-2), f"clip of {kind}"
    assert (short[0] == plain[0]).all() and (short[1][1:, 0, 1] == 0).all(), f"sequence_lens of {kind}"
CODE
