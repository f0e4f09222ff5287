#!/usr/bin/env bash
# onnxruntime 1.32.0: a crop that is resized to the size of the picture is not cropped.
#
# Resize of ONNX with coordinate_transformation_mode "tf_crop_and_resize" takes the region `roi` of each axis and samples
# it at as many places as the output has: x_original = start_x * (length_original - 1) + x_resized * (end_x - start_x) *
# (length_original - 1) / (length_resized - 1), for output lengths above 1 (ONNX operators, Resize-13 and -19). A good
# engineer expects the middle of the picture, enlarged, whatever the size that was asked for.
# Seen: asked for the size of the input, by sizes or by scales of 1, the output is the whole picture, as if roi were not
# there; for 6 x 6 from 5 x 5 it is the middle, to rounding. It goes by axis: for 5 x 6 the rows are not cropped and the
# columns are. For linear, nearest and cubic alike, operator sets 13 and 19, all levels of optimisation. onnx's reference
# evaluator crops. Nothing is said.
# For users: crop and resize to the net's input is augmentation and preprocessing in the file: of pictures that have that
# size already, the network sees the border. logwidth's files have no Resize.
# Fails if the crop is taken.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

x = np.arange(1, 26, dtype=np.float32).reshape(1, 1, 5, 5)
roi = numpy_helper.from_array(np.array([0, 0, 0.25, 0.25, 1, 1, 0.75, 0.75], dtype=np.float32), "roi")


def outputs(size, mode, version, by_scales):
    if by_scales:
        numbers, names = np.array([1, 1, size[0] / 5, size[1] / 5], dtype=np.float32), ["asked"]
    else:
        numbers, names = np.array([1, 1, *size]), ["", "asked"]
    asked = numpy_helper.from_array(numbers, "asked")
    node = helper.make_node(
        "Resize", ["x", "roi", *names], ["y"], mode=mode, coordinate_transformation_mode="tf_crop_and_resize"
    )
    first = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    last = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, *size])
    graph = helper.make_graph([node], "g", [first], [last], initializer=[roi, asked])
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", version)], ir_version=9)
    found = [ReferenceEvaluator(net).run(None, {"x": x})[0][0, 0]]
    for level in ("ORT_DISABLE_ALL", "ORT_ENABLE_ALL"):
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
        session = onnxruntime.InferenceSession(net.SerializeToString(), options, providers=["CPUExecutionProvider"])
        found.append(session.run(None, {"x": x})[0][0, 0])
    return found


for mode in ("linear", "nearest", "cubic"):
    for version in (13, 19):
        for by_scales in (False, True):
            reference, plain, optimized = outputs((5, 5), mode, version, by_scales)
            assert reference[0, 0] == 7 and (plain == x[0, 0]).all() and (optimized == x[0, 0]).all(), "it is cropped now"
            reference, plain, optimized = outputs((6, 6), mode, version, by_scales)
            assert np.allclose(plain, reference, atol=1e-4) and np.allclose(optimized, reference, atol=1e-4)
    reference, plain, _ = outputs((5, 6), mode, 13, False)
    print(f"{mode}, 5 x 6: reference has rows from {reference[0, 0]:g} on, onnxruntime from {plain[0, 0]:g}")
    assert reference[0, 0] == 7 and plain[0, 0] == 2
reference, plain, _ = outputs((5, 5), "linear", 13, False)
print("5 x 5, first rows: reference", reference[0].tolist(), "onnxruntime", plain[0].tolist())
CODE
