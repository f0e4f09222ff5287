#!/usr/bin/env bash
# torch 2.13.0, onnx export: 100 shifted left by one place is -56, and 16777217 divided by 1 is 16777216.
#
# `torch.onnx.export` writes operators on integers, too. A good engineer expects integers of the same type and value.
# Seen: `x << 1` of uint8 comes out as int8 in onnxruntime 1.32.0: 100, 128 and 255 become -56, 0 and -2, in torch 200,
# 0 and 254. `torch.div(x, 1, rounding_mode="trunc")` of int32 and int64 goes through float32: 2^24 + 1 is 2^24, and
# 2147483647 / 2 is 1073741824, rounded up by a truncation. 2147483647 / 1 of int32 is -2147483648. `x // 2` is exact.
# No warning.
# For users: indices, hashes and fixed-point numbers: a row beyond the table, a byte of the other sign. logwidth's files
# have no integers.
# Fails if the integers are those of torch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet torch==2.13.0 onnxscript==0.7.2 \
    onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import onnxruntime
import torch


class Call(torch.nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def both(name, function, x):
    torch.onnx.export(Call(function), (x,), "f.onnx", dynamo=True, verbose=False)
    session = onnxruntime.InferenceSession("f.onnx", providers=["CPUExecutionProvider"])
    found, true = session.run(None, {session.get_inputs()[0].name: x.numpy()})[0], function(x)
    print(f"{name}: torch {true.tolist()} {true.dtype}, onnxruntime {found.tolist()} {found.dtype}")
    return true.tolist(), found.tolist(), str(found.dtype)


shifted = both("x << 1", lambda x: x << 1, torch.tensor([100, 128, 255], dtype=torch.uint8))
assert shifted == ([200, 0, 254], [-56, 0, -2], "int8"), "the shift is right now"
for kind in (torch.int32, torch.int64):
    x = torch.tensor([7, -7, 2**24 + 1, 2**31 - 1], dtype=kind)
    one = both("x / 1, trunc", lambda x: torch.div(x, 1, rounding_mode="trunc"), x)
    assert one[0] == x.tolist() and one[1][2] == 2**24, "the quotient is right now"
    assert kind is not torch.int32 or one[1][3] == -(2**31)
    half = both("x / 2, trunc", lambda x: torch.div(x, 2, rounding_mode="trunc"), x)
    assert half[0] == [3, -3, 2**23, 2**30 - 1] and half[1] == [3, -3, 2**23, 2**30]
    whole = both("x // 2", lambda x: x // 2, x)
    assert whole[0] == whole[1] == [3, -4, 2**23, 2**30 - 1]
CODE
