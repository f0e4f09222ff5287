#!/usr/bin/env bash
# onnx-graphsurgeon 0.6.1: metadata of a model.
#
# `export_onnx(import_onnx(model))` is the way to edit a model. A good engineer expects it to keep what was not edited: class
# names, label values, licences and scales are stored as metadata_props of the model, where onnxslim 0.1.98 and onnxoptimizer
# 0.4.2 leave them.
# Seen: all metadata_props, and the doc_string, are gone, without a word; shapes and weights are the same.
# For users: the file still runs, but nobody knows which output is which class. Copy `metadata_props` over by hand. logwidth
# refuses a file that does not name its classes.
# Fails if graphsurgeon keeps them, or one of the others does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnx-graphsurgeon==0.6.1 onnx==1.23.2 onnxslim==0.1.98 onnxoptimizer==0.4.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx_graphsurgeon
import onnxoptimizer
import onnxslim
from onnx import TensorProto, helper, numpy_helper

graph = helper.make_graph(
    [helper.make_node("Gemm", ["x", "W"], ["a"]), helper.make_node("Relu", ["a"], ["y"])],
    "g",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3])],
    [numpy_helper.from_array(np.eye(3, dtype=np.float32), "W")],
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
model.metadata_props.add(key="classes", value="cat,dog,owl")
made = {
    "graphsurgeon": onnx_graphsurgeon.export_onnx(onnx_graphsurgeon.import_onnx(model)),
    "onnxslim": onnxslim.slim(model),
    "onnxoptimizer": onnxoptimizer.optimize(model),
}
seen = {name: {p.key: p.value for p in other.metadata_props} for name, other in made.items()}
print(seen)
assert seen["graphsurgeon"] == {}, "graphsurgeon keeps metadata now"
assert seen["onnxslim"]["classes"] == seen["onnxoptimizer"]["classes"] == "cat,dog,owl"
CODE
