#!/usr/bin/env bash
# simsimd 6.5.16: the squared distance of two images is negative.
#
# Vectors of unsigned bytes, such as images, are a documented input of `sqeuclidean`. A good engineer expects the value, which
# is at most 255^2 times the length, or at least a number that is not negative.
# Seen: it is summed in 32 bits. An image of 224 x 224 x 3 bytes has 150,528 of them: white against black should be
# 9,788,083,200, and is another number by a multiple of 2^32. From 33,026 bytes on white is nearer to black than to itself, at
# -2^31 and beyond; `dot` of a white image with itself is negative too. Short vectors are right.
# For users: nearest neighbours of raw images of 105 x 105 x 3 and more. logwidth computes in float64 with bounds.
# Fails if the distance is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet simsimd==6.5.16 numpy==2.4.6 scipy==1.17.1
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
import simsimd
from scipy.spatial.distance import sqeuclidean

seen = {}
for length in (784, 33025, 34000, 100000, 150528):
    white, black = np.full(length, 255, dtype=np.uint8), np.zeros(length, dtype=np.uint8)
    seen[length] = float(simsimd.sqeuclidean(white, black)), float(sqeuclidean(white.astype(float), black.astype(float)))
    print(length, "bytes: simsimd", seen[length][0], "right", seen[length][1])
assert seen[784][0] == seen[784][1]
assert min(found for found, _ in seen.values()) < 0, "no distance is negative any more"
assert seen[150528][0] != seen[150528][1], "the distance of large images is right now"
CODE
