#!/usr/bin/env bash
# usearch 2.26.6: an index of bytes, given bytes, compares bits of the first eighth of them.
#
# `Index(ndim=64, metric="l2sq", dtype="u8")` is an index of unsigned bytes, among the types that its README lists. A good
# engineer expects to add NumPy arrays of uint8, images say, and to get squared distances back.
# Seen: arrays of uint8 are taken for packed bits, as binary metrics have them, whatever the index's dtype and metric. Of the
# 64 bytes of an image of 8 x 8 pixels the first 8 are read, as 64 numbers 0 and 1; the other 56 are ignored. Every image
# still finds itself, at distance 0, so a check of that kind passes; the second neighbour is wrong, and its distance is a
# small integer. `get` returns zeros and ones. int8 is no way out: it is divided by 127. float32 arrays in an f32 index are
# right. The function `search(..., exact=True)` takes bytes without a word, too, and returns distances of NaN.
# For users: nearest neighbours of images. Convert to float32 before `add`. logwidth computes its distances itself, with
# bounds.
# Fails if bytes are bytes, or float32 is wrong.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet usearch==2.26.6 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
from usearch.index import Index, search

rng = np.random.default_rng(0)
images = rng.integers(0, 256, (200, 64)).astype(np.uint8)
images[100:, :8] = images[:100, :8]  # 100 pairs that share the first row of pixels
exact = ((images[:, None].astype(float) - images[None].astype(float)) ** 2).sum(-1)
np.fill_diagonal(exact, np.inf)


def neighbours(vectors, dtype):
    index = Index(ndim=64, metric="l2sq", dtype=dtype)
    index.add(np.arange(200), vectors)
    found = index.search(vectors, 3)
    return index, found.keys, found.distances


for dtype in ("u8", "f32"):
    index, keys, distances = neighbours(images, dtype)
    first = np.unpackbits(images[:, :8], axis=1).astype(int)
    bits = ((first[:, None] - first[None]) ** 2).sum(-1)
    np.fill_diagonal(bits, 1000)
    print(f"bytes in an index of {dtype}: the two nearest of image 0 at", distances[0, :2].tolist(), "not at", exact[0].min())
    assert (distances[:, :2] == 0).all(), "images that share 8 bytes of 64 are no longer equal"
    assert (np.sort(distances, axis=1)[:, 2] == np.sort(bits, axis=1)[:, 1]).mean() > 0.9
    assert set(np.unique(np.asarray(index.get(0)))) <= {0, 1}, "other numbers are stored"

index, keys, distances = neighbours(images.astype(np.float32), "f32")
print("float32 in an index of f32:", distances[0, :2].tolist())
assert (keys[:, 0] == np.arange(200)).all() and (distances[:, 1] == exact.min(axis=1)).mean() > 0.9

signed = (images // 2).astype(np.int8)
index = Index(ndim=64, metric="l2sq", dtype="f32")
index.add(0, signed[0])
assert np.allclose(index.get(0), signed[0] / 127), "int8 is stored as it is now"
assert np.isnan(search(images, images, 2, "l2sq", exact=True).distances).all(), "`search` has distances of bytes now"
CODE
