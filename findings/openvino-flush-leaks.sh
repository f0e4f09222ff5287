#!/usr/bin/env bash
# OpenVINO 2026.4.1, CPU: a property of one model changes another one, and NumPy.
#
# CPU_DENORMALS_OPTIMIZATION=True is a property given to compile_model: this model may take subnormal numbers for 0. A good
# engineer expects it to act on that model.
# Seen: as soon as a second model has been compiled with it, before it runs, the first one, compiled without it and kept,
# returns 0 where it returned 1.5e-39; and NumPy, in the same thread, has 1e-40 * 1 = 0 from then on. Running a model that was
# compiled with the property False brings them back.
# For users: whatever is computed after such a call (bounds, checks, other runtimes) follows other arithmetic than the
# certificate's. Compile such models in a process of their own. `lw.replay` tells what a runtime does to such numbers.
# Fails if the first model, or NumPy, is left alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet openvino==2026.4.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import openvino
from openvino import opset13 as op


def compiled(settings):
    """x * 1.5 + 0."""
    x = op.parameter([-1, 4], np.float32, name="x")
    result = op.add(op.multiply(x, op.constant(np.float32(1.5))), op.constant(np.zeros(4, dtype=np.float32)))
    return openvino.Core().compile_model(openvino.Model([result], [x], "m"), "CPU", settings)


def seen(model):
    return float(model([np.full((1, 4), 1e-39, dtype=np.float32)])[0].max()), float((np.full(64, 1e-40, np.float32) * np.float32(1)).max())


full = {"INFERENCE_PRECISION_HINT": "f32"}
first = compiled(full)
before = seen(first)
second = compiled({**full, "CPU_DENORMALS_OPTIMIZATION": True})
after = seen(first)
third = compiled({**full, "CPU_DENORMALS_OPTIMIZATION": False})
seen(third)
again = seen(first)
print("first model and NumPy:", before, "after compiling another:", after, "after running one with False:", again)
assert min(before) > 0
assert after == (0.0, 0.0), "the property of another model no longer reaches the first one and NumPy"
assert again == before
CODE
