#!/usr/bin/env bash
# onnxconverter-common 1.16.0: convert_float_to_float16 and the range of half precision.
#
# float16 holds 65504, and rounds what is smaller than 3e-8 to 0. A good engineer expects a weight of 20000 to survive the
# conversion, which it does exactly in NumPy, and one of 1e-20 to become 0.
# Seen: 20000 becomes 10000, half of it, and 1e-20 becomes 1e-7, larger by 13 orders of magnitude; negative ones likewise. A
# warning names the largest number of the tensor, not how many are cut.
# For users: float16 files of certified networks are not covered at all; those of others lose more than half precision would
# cost. `max_finite_val=65504, min_positive_val=6e-8` says what one expects.
# Fails if any of these numbers changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxconverter-common==1.16.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import warnings

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from onnxconverter_common import float16

weights = np.array([[20000.0], [-20000.0], [60000.0], [1e-20], [-1e-20], [0.5]], dtype=np.float32)
graph = helper.make_graph(
    [helper.make_node("MatMul", ["x", "W"], ["y"])],
    "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 6])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 1])],
    [numpy_helper.from_array(weights, "W")],
)
with warnings.catch_warnings(record=True) as said:
    warnings.simplefilter("always")
    made = float16.convert_float_to_float16(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]))
found = numpy_helper.to_array(made.graph.initializer[0]).ravel()
print("converted:", found.tolist())
print("NumPy:    ", weights.astype(np.float16).ravel().tolist())
print("said:", [str(s.message) for s in said])
assert found[:3].tolist() == [10000.0, -10000.0, 10000.0], "20000 and 60000 are no longer cut to 10000"
assert np.allclose(found[3:5].astype(float), [1e-7, -1e-7], rtol=0.3), "1e-20 no longer becomes 1e-7"
assert found[5] == 0.5
assert not any("number 20000" in str(s.message) for s in said), "all numbers are named now"
CODE
