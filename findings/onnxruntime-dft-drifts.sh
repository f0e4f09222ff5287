#!/usr/bin/env bash
# onnxruntime 1.32.0: the Fourier transform of one second of sound is off by 1 % of its peak, unless the length is 2^n.
#
# DFT of ONNX (operator set 17 and up) is the sum of x[n] exp(-2 pi i k n / N). A good engineer expects float32 accuracy
# for float32 input, 1e-6 of the largest value or better, for every length; 2^n may be faster.
# Seen: for 65,536 numbers the error is 1e-6 of the largest value. For 44,100 it is 1 %, for 96,000 it is 3 %, and it
# grows with the length: for 400, a frame of 25 ms, it is 500 times that of 512. Transformed and transformed back, 48,000
# normal numbers differ from themselves by up to 0.009. float64 is right for all of these, to 1e-11, and so are
# numpy, and onnx 1.23.2's reference evaluator. All levels of optimisation and numbers of threads. Nothing is said.
# Lengths that are no power of two take another algorithm, whose angles grow with the square of the place, in float32.
# For users: spectra in the file in front of a network have a floor of noise at -40 dB, above most of what is quiet. Use
# powers of two, or float64. logwidth's files have no DFT.
# Fails if float32 is right for these lengths, or float64 or 2^n is wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from onnx.reference import ReferenceEvaluator


def model(shape, dtype, **attributes):
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    node = helper.make_node("DFT", ["x", "", "axis"], ["y"], **attributes)
    ends = [helper.make_tensor_value_info("x", kind, shape)], [helper.make_tensor_value_info("y", kind, [*shape[:2], 2])]
    graph = helper.make_graph([node], "g", *ends, [numpy_helper.from_array(np.array(1), "axis")])
    net = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.checker.check_model(net)
    return net


def run(x, level="ORT_ENABLE_ALL", threads=0, **attributes):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = getattr(onnxruntime.GraphOptimizationLevel, level)
    options.intra_op_num_threads = threads
    net = model(x.shape, x.dtype, **attributes).SerializeToString()
    return onnxruntime.InferenceSession(net, options, providers=["CPUExecutionProvider"]).run(None, {"x": x})[0]


def error(y, x):
    right = np.fft.fft(x[0, :, 0].astype(np.float64))
    return np.abs(y[0, :, 0] + 1j * y[0, :, 1] - right).max() / np.abs(right).max()


rng = np.random.default_rng(0)
for length, least in ((400, 3e-5), (512, 0), (16000, 2e-3), (44100, 5e-3), (65536, 0), (96000, 1e-2)):
    x = rng.normal(size=(1, length, 1)).astype(np.float32)
    single = error(run(x), x)
    double = error(run(x.astype(np.float64)), x)
    reference = error(ReferenceEvaluator(model(x.shape, x.dtype)).run(None, {"x": x})[0], x)
    print(f"{length}: float32 off by {single:.1e} of the peak, float64 by {double:.0e}, the reference by {reference:.0e}")
    assert double < 1e-10 and reference < 1e-6
    assert single > least if least else single < 5e-6, "accuracy no longer depends on the length so"
assert error(run(x, "ORT_DISABLE_ALL", 1), x) > 1e-2

x = rng.normal(size=(1, 48000, 1)).astype(np.float32)
back = float(np.abs(run(run(x), inverse=1)[..., 0] - x[..., 0]).max())
print(f"there and back: {back:.4f}")
assert back > 4e-3
CODE
