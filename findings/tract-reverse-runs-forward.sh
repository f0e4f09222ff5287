#!/usr/bin/env bash
# tract 0.23.9: a recurrent layer with direction "reverse" runs forward.
#
# RNN, LSTM and GRU of ONNX have the directions forward, reverse and bidirectional. A good engineer expects that a runtime
# that gets bidirectional right, whose second half is the reverse one, gets reverse right, or refuses it.
# Seen: forward and bidirectional agree with onnxruntime 1.32.0 to seven digits. With reverse the outputs are exactly those
# of forward: the attribute is dropped, without a word. Sequences of length 1 look right.
# For users: text and signals read backwards; a model that is split into its two directions. Replay a model in the runtime
# that it will run in. logwidth's files have no recurrent layers.
# Fails if reverse is right, or refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet tract==0.23.9 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxruntime
import tract
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(0)
gates = {"RNN": 1, "GRU": 3, "LSTM": 4}


def outputs(kind, direction, x, W, R):
    node = helper.make_node(kind, ["x", "W", "R"], ["y"], hidden_size=2, direction=direction)
    ends = [helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([node], "g", *ends, [numpy_helper.from_array(W, "W"), numpy_helper.from_array(R, "R")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), "net.onnx")
    expected = onnxruntime.InferenceSession("net.onnx", providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]
    return expected, tract.onnx().load("net.onnx").into_model().into_runnable().run([x])[0].to_numpy()


for kind, count in gates.items():
    W, R = (rng.normal(size=(2, count * 2, width)).astype(np.float32) for width in (4, 2))
    x = rng.normal(size=(5, 3, 4)).astype(np.float32)
    off = {}
    for direction in ("forward", "bidirectional", "reverse"):
        part = slice(None) if direction == "bidirectional" else slice(1)
        expected, got = outputs(kind, direction, x, W[part], R[part])
        off[direction] = float(np.abs(expected - got).max())
        if direction == "forward":
            forward = got
    as_forward = float(np.abs(got - forward).max())
    short = np.subtract(*outputs(kind, "reverse", x[:1], W[:1], R[:1]))
    print(kind, "largest difference from onnxruntime:", off, "of reverse from tract's forward:", as_forward)
    assert off["forward"] < 1e-5 and off["bidirectional"] < 1e-5 and np.abs(short).max() < 1e-5
    assert off["reverse"] > 0.1 and as_forward < 1e-6, "reverse is not forward any more"
CODE
