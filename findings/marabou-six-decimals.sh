#!/usr/bin/env bash
# maraboupy 2.0.0 (Marabou 2.0.0), its command line: what a printed counterexample is worth.
#
# Marabou answers a query in VNN-LIB 1.0 with `sat` and an input assignment. A good engineer expects that the printed input
# lies in the box that was asked about and violates the property, as the answer says.
# Seen: values are printed with six decimals, whatever their size. Asked about inputs from 1e-7 to 4e-7, where every input
# violates, it prints `x0 = 0.000000`: outside the box, and with an output of -0.5 where it prints 0.5. The answer is right.
# For users: judges that replay printed counterexamples reject right answers of steep or finely scaled networks. logwidth reads
# them as they are printed, and calls such answers unconfirmed (docs/benchmarks.md).
# Fails if more is printed. Needs Python 3.11: there are no wheels for later versions.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet maraboupy==2.0.0 onnx==1.23.2 onnxruntime==1.26.0 numpy
cd "$folder"
cat > query.vnnlib <<'QUERY'
(declare-const X_0 Real)
(declare-const Y_0 Real)
(declare-const Y_1 Real)
(assert (>= X_0 0.0000001))
(assert (<= X_0 0.0000004))
(assert (>= Y_1 Y_0))
QUERY
"$folder/venv/bin/python" - <<'CODE'
import re
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

layers = {"W0": [[1e7]], "b0": [0.0], "W1": [[0.0], [1.0]], "b1": [0.0, -0.5]}
tensors = [numpy_helper.from_array(np.array(values, dtype=np.float32), name) for name, values in layers.items()]
nodes = [
    helper.make_node("Gemm", ["X", "W0", "b0"], ["a"], transB=1),
    helper.make_node("Relu", ["a"], ["z"]),
    helper.make_node("Gemm", ["z", "W1", "b1"], ["Y"], transB=1),
]
ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size]) for name, size in (("X", 1), ("Y", 2))]
graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors)
onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), "net.onnx")

command = [sys.executable, "-W", "ignore", "-m", "maraboupy", "net.onnx", "query.vnnlib"]
printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
shown = {name: float(value) for name, value in re.findall(r"^\s*([xy]\d) = (\S+)$", printed, re.MULTILINE)}
session = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"])
scores = session.run(None, {"X": np.array([[shown["x0"]]], dtype=np.float32)})[0][0].tolist()
print("Marabou prints:", shown)
print("onnxruntime at that input:", scores)
assert "\nsat\n" in printed, "the answer is another one"
assert shown == {"x0": 0.0, "y0": 0.0, "y1": 0.5}, "other numbers are printed"
assert scores == [0.0, -0.5]
CODE
