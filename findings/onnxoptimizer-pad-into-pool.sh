#!/usr/bin/env bash
# onnxoptimizer 0.4.2: zeros around an image, and the maximum of it.
#
# Pad with its default value 0 and then MaxPool: the maximum of a window at the border is that of its pixels and 0.
# MaxPool's own attribute `pads` adds nothing that can win: ONNX's reference pads with -infinity. Likewise AveragePool
# leaves its own padding out of the count by default. A good engineer expects `optimize` with its defaults to keep the
# values.
# Seen: the pass fuse_pad_into_pool moves the zeros of Pad into `pads`. A picture of negative values, which has a frame of
# zeros after Pad, has none afterwards: 20 of 36 outputs are negative instead of 0. For AveragePool that has pads of its
# own the zeros of Pad leave the count, or those of the pool enter it: the corner is -0.11 instead of -0.25. AveragePool
# without pads is right: count_include_pad is set. onnxsim 0.6.5, which has this optimizer inside, did the same; 0.8.1
# keeps the values, and so do onnxslim 0.1.98, onnxscript 0.7.2 and onnxruntime's own optimisations.
# For users: exporters write such a Pad for "same" padding with even sizes; after a ReLU nothing is seen, after a
# convolution or a normalisation other labels are. logwidth's files pad nothing.
# Fails if the values are kept.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxoptimizer==0.4.2 onnxsim==0.8.1 onnxslim==0.1.98 \
    onnxscript==0.7.2 onnx==1.23.2 onnxruntime==1.32.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxoptimizer
import onnxruntime
import onnxscript.optimizer
import onnxsim
import onnxslim
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

x = -np.arange(1, 26, dtype=np.float32).reshape(1, 1, 5, 5)
frame = numpy_helper.from_array(np.array([0, 0, 1, 1, 0, 0, 1, 1]), "frame")


def model(pool, size, **attributes):
    nodes = [
        helper.make_node("Pad", ["x", "frame"], ["t"]),
        helper.make_node(pool, ["t"], ["y"], kernel_shape=size, **attributes),
    ]
    first = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    last = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None, None])
    graph = helper.make_graph(nodes, "g", [first], [last], initializer=[frame])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def values(net, level="ORT_DISABLE_ALL"):
    onnx.checker.check_model(net)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0][0, 0]


def copy(net):
    return onnx.ModelProto.FromString(net.SerializeToString())


for name, pool, size, attributes, same in (
    ("MaxPool", "MaxPool", [2, 2], {}, False),
    ("AveragePool with pads", "AveragePool", [3, 3], {"pads": [1, 1, 1, 1]}, False),
    ("AveragePool", "AveragePool", [3, 3], {}, True),
):
    net = model(pool, size, **attributes)
    right = values(net)
    keepers = [values(net, "ORT_ENABLE_ALL"), values(onnxsim.simplify(copy(net))[0])]
    keepers += [values(onnxslim.slim(copy(net))), values(onnxscript.optimizer.optimize(copy(net)))]
    if pool == "MaxPool":
        keepers.append(ReferenceEvaluator(net).run(None, {"x": x})[0][0, 0])
    assert all(np.allclose(found, right) for found in keepers)
    changed = onnxoptimizer.optimize(copy(net))
    got = values(changed)
    different = int((np.abs(got - right) > 1e-5).sum())
    kinds = [node.op_type for node in changed.graph.node]
    print(f"{name}: corner {right[0, 0]:.2f}; {kinds}: corner {got[0, 0]:.2f}, {different} of {right.size} differ")
    assert kinds == [pool] and (different == 0) == same, f"the values of {name} are kept now"
    if pool == "MaxPool":
        assert different == 20 and (right == 0).sum() == 20 and got.max() == -1
CODE
