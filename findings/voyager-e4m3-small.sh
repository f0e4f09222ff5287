#!/usr/bin/env bash
# voyager 2.2.3: numbers that the storage type can represent are stored as others.
#
# `StorageDataType.E4M3` is "8-bit floating point with a range of [-448, 448]", by its docstring the type of the paper "FP8
# Formats for Deep Learning". That has 253 different finite numbers; around 0 they are 1/512 apart. A good engineer expects
# each of the 253 to come back as it is, and every other one as its nearest, as from ml_dtypes.
# Seen: 245 come back. Of the grid around 0, 4/512 and 5/512 become 3.5/512, and 6/512 and 7/512 become 8/512. 3.5/512 is
# not one of the 253, nor is 0.5/512, which is returned for 0.001. Beyond 1/64 all are right: of 2,000 random numbers up to
# 448 every one; of 2,000 up to 0.02, 1,102 are not the nearest.
# For users: pixels and TF-IDF weights scaled to [0, 1] have many values there. logwidth certifies the stored numbers: read
# vectors back with get_vector before you certify them.
# Fails if all 253 come back.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet voyager==2.2.3 ml_dtypes==0.6.0 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import ml_dtypes
import numpy as np
from voyager import Index, Space, StorageDataType


def stored(numbers):
    index = Index(Space.Euclidean, 1, storage_data_type=StorageDataType.E4M3, max_elements=len(numbers))
    return np.array([index.get_vector(index.add_item(np.array([x], dtype=np.float32)))[0] for x in numbers])


every = np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e4m3fn).astype(np.float32)
every = np.unique(every[np.isfinite(every)])
back = stored(every)
wrong = {float(512 * x): float(512 * y) for x, y in zip(every, back) if x != y}
print(f"{len(every)} numbers, in units of 1/512 these come back as others: {wrong}")
rng = np.random.default_rng(0)
counts = {}
for size in (448, 1, 0.02):
    x = rng.uniform(-size, size, 2000).astype(np.float32)
    counts[size] = int((stored(x) != x.astype(ml_dtypes.float8_e4m3fn).astype(np.float32)).sum())
print(f"of 2,000 up to 448, 1 and 0.02 are not the nearest: {counts}; 0.001 becomes {512 * stored([0.001])[0]}/512")
assert wrong == {-7: -8, -6: -8, -5: -3.5, -4: -3.5, 4: 3.5, 5: 3.5, 6: 8, 7: 8}, wrong
assert counts == {448: 0, 1: 19, 0.02: 1102}, counts
assert stored([0.001])[0] == 0.5 / 512
CODE
