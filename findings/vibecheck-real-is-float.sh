#!/usr/bin/env bash
# vibecheck-nn 1.1.0: the type `real` of VNN-LIB 2.0.
#
# A query of type `real` is about the network's function of real numbers. vibecheck lists `real` among the types that it
# supports (`vibecheck supports --onnx-element-types`), and says of float32 that its bounds are those of real arithmetic.
# A good engineer expects its `unsat` on a real query to hold in real numbers, up to small tolerances.
# Seen: for x in [0.25, 0.75] and y = ReLU(ReLU(x + 2^24) - 2^24) - 1/8 it says that y >= 0 never holds (`unsat`). In real
# numbers y = x - 1/8, so it holds for every input. Its answer is that of float32, in which x + 2^24 is 2^24 here.
# For users: an `unsat` about real numbers is as good as the floats that it was computed in. logwidth's benchmark folders have
# 64 such queries with both answers proven (`twins/`, docs/benchmarks.md).
# Fails if the answer changes. Python 3.10 or later; torch is a large download.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 vibecheck-nn==1.1.0 onnx==1.21.0 onnxruntime==1.26.0 numpy
cd "$folder"
cat > query.vnnlib <<'QUERY'
(vnnlib-version <2.0>)
(declare-network f
    (declare-input X real [1,1])
    (declare-output Y real [1,2])
)
(assert (>= X[0,0] 0.25))
(assert (<= X[0,0] 0.75))
(assert (>= Y[0,1] Y[0,0]))
QUERY
"$folder/venv/bin/python" - <<'CODE'
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

layers = {"W0": [[1.0]], "b0": [2.0**24], "W1": [[1.0]], "b1": [-(2.0**24)], "W2": [[0.0], [1.0]], "b2": [0.0, -0.125]}
tensors = [numpy_helper.from_array(np.array(values, dtype=np.float32), name) for name, values in layers.items()]
nodes = [
    helper.make_node("Gemm", ["X", "W0", "b0"], ["a"], transB=1),
    helper.make_node("Relu", ["a"], ["b"]),
    helper.make_node("Gemm", ["b", "W1", "b1"], ["c"], transB=1),
    helper.make_node("Relu", ["c"], ["d"]),
    helper.make_node("Gemm", ["d", "W2", "b2"], ["Y"], transB=1),
]
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size]) for name, size in (("X", 1), ("Y", 2))]
graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), "net.onnx")


def exactly(x: Fraction) -> list[Fraction]:
    """The two outputs in rational numbers."""
    hidden = max(max(x + 2**24, Fraction(0)) - 2**24, Fraction(0))
    return [Fraction(0), hidden - Fraction(1, 8)]


tool = str(Path(sys.executable).with_name("vibecheck"))
types = subprocess.run([tool, "supports", "--onnx-element-types"], capture_output=True, text=True, check=True).stdout
command = [tool, "verify", "query.vnnlib", "--network", "f=net.onnx", "--timeout", "60"]
answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split("\n")[0]
values = [exactly(Fraction(k, 8)) for k in (2, 4, 6)]
print("types:", types.split("\n")[0], "  answer:", answer, "  outputs at 1/4, 1/2, 3/4:", [[str(v) for v in pair] for pair in values])
assert types.split("\n")[0] == "real", "it no longer lists the type real"
assert all(second >= first for first, second in values)
assert answer == "unsat", "the answer has changed"
CODE
