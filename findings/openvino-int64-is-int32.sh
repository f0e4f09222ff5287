#!/usr/bin/env bash
# openvino 2026.4.1, CPU: the maximum of 2^40 + 1 and 2 is 2, as int64.
#
# Inputs and outputs of an ONNX model can be int64, and so are the ports of the compiled model. ONNX's operators on int64
# are those of 64-bit integers. A good engineer expects these, or an error where a number does not fit.
# Seen: the upper 32 bits of each input are dropped, whatever they hold, and the output is int64 again. So 2^40 + 1 is 1:
# Abs gives 1, Max of it and 2 is 2, Less(2^40 + 1, 2) is true, and Sub of two times in milliseconds, 30 days apart, is
# negative. Compilation and inference say nothing. That the CPU's precision for integers is int32 is in the guide's list
# of types, the ports say otherwise. onnxruntime 1.32.0 and onnx 1.23.2's reference evaluator are right.
# For users: times in milliseconds or nanoseconds, hashed tokens and identifiers; a test with small numbers is right.
# Split them, or subtract before the model. logwidth's files take float32, and compute with no integers.
# Fails if OpenVINO is right, or refuses.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet openvino==2026.4.1 onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import onnx
import onnxruntime
import openvino
from onnx import helper
from onnx.reference import ReferenceEvaluator


def three(operator, *values, out=onnx.TensorProto.INT64):
    feed = {f"x{i}": np.array(v, dtype=np.int64) for i, v in enumerate(values)}
    graph = helper.make_graph(
        [helper.make_node(operator, list(feed), ["y"])],
        "g",
        [helper.make_tensor_value_info(name, onnx.TensorProto.INT64, v.shape) for name, v in feed.items()],
        [helper.make_tensor_value_info("y", out, [len(values[0])])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model)
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(data), "CPU")
    assert str(compiled.inputs[0].element_type) == "<Type: 'int64_t'>"
    results = session.run(None, feed)[0], ReferenceEvaluator(model).run(None, feed)[0], compiled(feed)[0]
    print(operator, values, *(f"{name}: {r.tolist()}" for name, r in zip(("onnxruntime", "reference", "openvino"), results, strict=True)))
    assert results[0].tolist() == results[1].tolist() and results[0].dtype == results[2].dtype
    return results[0].tolist(), results[2].tolist()


now = 1_764_547_200_000
right, found = three("Max", [now, 2**40 + 1], [2, 2])
assert right == [now, 2**40 + 1] and found[1] == 2 and found[0] < 2**31
assert three("Abs", [2**40 + 1]) == ([2**40 + 1], [1]), "int64 is kept now"
assert three("Less", [2**40 + 1], [2], out=onnx.TensorProto.BOOL) == ([False], [True])
right, found = three("Sub", [now], [now - 30 * 86_400_000])
assert right == [2_592_000_000] and found == [2_592_000_000 - 2**32]
CODE
