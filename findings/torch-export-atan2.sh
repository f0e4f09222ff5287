#!/usr/bin/env bash
# torch 2.13.0, onnx export: atan2(0, -1) is -pi, and the angle of NaN is 0.
#
# `torch.onnx.export` writes `torch.atan2(y, x)` with operators that ONNX has. A good engineer expects the exported
# model to give torch's values, and NaN for NaN, as for the other functions.
# Seen: in onnxruntime 1.32.0, and in onnx 1.23.2's reference evaluator, atan2(0, -1) is -3.1416, where torch and every
# other library have 3.1416. atan2(nan, nan) is 0.0; atan2(inf, inf) and atan2(inf, -inf) are 0.0 in the place of 0.785
# and 2.356. Points off the axis are right. The quotient y / x is taken, its NaN is replaced by 0, and pi is added only
# where y is above 0. No warning.
# For users: a guard that looks for NaN behind the model sees a valid angle, straight ahead; a heading jumps by 2 pi.
# logwidth's files have ReLU and sums only, and NaN gets no label.
# Fails if NaN comes out as NaN, or atan2(0, -1) as pi.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 onnxscript==0.7.2 \
    onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import math

import numpy as np
import onnx
import onnxruntime
import torch
from onnx.reference import ReferenceEvaluator


class Angle(torch.nn.Module):
    def forward(self, y, x):
        return torch.atan2(y, x)


inf, nan = math.inf, math.nan
y = torch.tensor([1, 1, -1, -2, 0, nan, inf, inf, 0])
x = torch.tensor([1, -1, -1, 3, -1, nan, inf, -inf, -0.0])
torch.onnx.export(Angle(), (y, x), "angle.onnx", dynamo=True, verbose=False)
model = onnx.load("angle.onnx")
print([node.op_type for node in model.graph.node])
feeds = {value.name: tensor.numpy() for value, tensor in zip(model.graph.input, (y, x), strict=True)}
session = onnxruntime.InferenceSession("angle.onnx", providers=["CPUExecutionProvider"])
found = session.run(None, feeds)[0]
other = ReferenceEvaluator(model).run(None, feeds)[0]
true = torch.atan2(y, x).numpy()
for row in zip(y.tolist(), x.tolist(), true, found, other, strict=True):
    print("atan2({}, {}): torch {:.4f}, onnxruntime {:.4f}, reference {:.4f}".format(*row))
assert np.allclose(found[:4], true[:4]) and np.allclose(other[:4], true[:4])
assert np.isclose(true[4], math.pi) and np.isclose(found[4], -math.pi) and np.isclose(other[4], -math.pi)
assert np.isnan(true[5]) and np.allclose(true[6:], [math.pi / 4, 3 * math.pi / 4, math.pi])
assert not found[5:].any() and not other[5:].any(), "NaN and infinity have torch's angles now"
CODE
