#!/usr/bin/env bash
# onnxruntime 1.32.0: pooling with "SAME" padding gives a smaller picture when it is dilated.
#
# auto_pad SAME_UPPER and SAME_LOWER of MaxPool (operator sets 10 and up) and AveragePool (19 and up): "pad the input so
# that `output_shape[i] = ceil(input_shape[i] / strides[i])` for each axis" (ONNX operators). The text has no exception for
# dilations. A good engineer expects 5 x 5 from 5 x 5 with stride 1, and the window's reach, 1 + 2 * (2 - 1) places, in the
# padding.
# Seen: with a window of 2 x 2 and dilations of 2 the output is 4 x 4, with 3 x 3 it is 3 x 3; dilations of 3, 1 x 1. The
# padding is the one without dilations. onnx's shape inference says 5 x 5, and a model that declares it runs: the output
# has 4 x 4 all the same. At every level of optimisation. With the padding written out in `pads` the output is 5 x 5.
# For users: buffers made from the declared shape do not fit, nor does what was trained with the padding in another tool.
# logwidth's files pad nothing.
# Fails if the output has the size of the input.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

x = np.arange(1, 26, dtype=np.float32).reshape(1, 1, 5, 5)


def pooled(kind, version, level="ORT_ENABLE_ALL", **attributes):
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in (("x", x.shape), ("y", None))]
    graph = helper.make_graph([helper.make_node(kind, ["x"], ["y"], **attributes)], "g", ends[:1], ends[1:])
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=9)
    net = onnx.shape_inference.infer_shapes(net, strict_mode=True)
    onnx.checker.check_model(net, full_check=True)
    said = [dimension.dim_value for dimension in net.graph.output[0].type.tensor_type.shape.dim]
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return said, session.run(None, {"x": x})[0]


for kind, versions in (("MaxPool", (12, 22)), ("AveragePool", (19, 22))):
    for version in versions:
        for side in ("SAME_UPPER", "SAME_LOWER"):
            for level in ("ORT_DISABLE_ALL", "ORT_ENABLE_ALL"):
                for window, dilation, size in ((2, 1, 5), (2, 2, 4), (3, 2, 3), (3, 3, 1)):
                    shape = {"kernel_shape": [window] * 2, "dilations": [dilation] * 2}
                    said, got = pooled(kind, version, level, auto_pad=side, **shape)
                    assert said == [1, 1, 5, 5], said
                    assert got.shape == (1, 1, size, size), (kind, version, side, window, dilation, got.shape)
    said, got = pooled(kind, 22, auto_pad="SAME_UPPER", kernel_shape=[3, 3], dilations=[2, 2])
    _, right = pooled(kind, 22, pads=[2, 2, 2, 2], kernel_shape=[3, 3], dilations=[2, 2])
    shapes = [list(found.shape[2:]) for found in (got, right)]
    print(f"{kind}, 3 x 3 with dilation 2: declared {said[2:]}, is {shapes[0]}; with pads written out {shapes[1]}")
    assert right.shape == x.shape
CODE
