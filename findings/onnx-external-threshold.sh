#!/usr/bin/env bash
# onnx 1.23.2, external data: what `size_threshold` counts.
#
# onnx.save_model(..., save_as_external_data=True, size_threshold=1024) is documented to keep tensors below 1024 bytes in the
# model. A good engineer expects 1,000 bytes of weights to stay inside.
# Seen: from 992 bytes on they are written to the other file, since what is compared is the size of Python's bytes object,
# 33 bytes more than the weights (CPython 3.11 to 3.13, 64 bits): 988 bytes stay, 992 go, and with a threshold of 20 a tensor
# of 16 bytes goes out.
# For users: a model thought to be whole in one file is not, and onnxruntime, given its bytes alone, looks for the weights in
# the working directory. logwidth writes all weights into the file, and refuses bytes whose weights are elsewhere.
# Fails if the count changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet onnx==1.23.2 numpy
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def goes_out(size: int, threshold: int) -> bool:
    """Save a model with one tensor of so many bytes, and say whether it went into the other file."""
    shape = [size // 4]
    weights = numpy_helper.from_array(np.zeros(shape, dtype=np.float32), "w")
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in "xy"]
    graph = helper.make_graph([helper.make_node("Add", ["x", "w"], ["y"])], "g", ends[:1], ends[1:], [weights])
    name = f"weights-{size}-{threshold}.bin"
    onnx.save_model(
        helper.make_model(graph), f"{size}-{threshold}.onnx",
        save_as_external_data=True, location=name, size_threshold=threshold,
    )
    return os.path.exists(name)


seen = {(size, threshold): goes_out(size, threshold) for size, threshold in ((988, 1024), (992, 1024), (1020, 1024), (16, 20))}
print({f"{size} bytes, threshold {threshold}": out for (size, threshold), out in seen.items()})
assert seen == {(988, 1024): False, (992, 1024): True, (1020, 1024): True, (16, 20): True}, "the count has changed"
CODE
