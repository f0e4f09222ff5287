#!/usr/bin/env bash
# faiss-cpu 1.15.1: an exact search for a stored vector does not find it, if it has a zero.
#
# `IndexFlat` compares with all stored vectors, by METRIC_JensenShannon or METRIC_Canberra among others, which are there
# for histograms and counts. A good engineer expects a stored vector to be at distance 0 from itself, and SciPy's values:
# a term with 0 in both places is 0 (scipy.spatial.distance.canberra says so), and 0 log 0 is 0.
# Seen: 0 / 0 stands as it is, so the distance of two vectors with a common zero is NaN under Canberra, and a zero in
# either one is enough under Jensen-Shannon. A search drops NaN: the neighbours of a histogram with an empty bin are -1 at
# 3.4e38, or other vectors, never itself. `pairwise_distances` returns the NaN. Without zeros the order is SciPy's.
# METRIC_BrayCurtis and METRIC_L1 of the same vectors are right. No warning.
# For users: histograms, word counts and spectra have empty bins. Add a small number, or use L1. logwidth's distances are
# l_p, of its own.
# Fails if the stored vectors are found.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet faiss-cpu==1.15.1 scipy==1.17.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import faiss
import numpy as np
from scipy.spatial import distance

rows = np.array([[0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0], [0.25, 0.25, 0.25, 0.25], [0.4, 0.3, 0.2, 0.1]], dtype=np.float32)
seen = {}
for name, metric in (
    ("JensenShannon", faiss.METRIC_JensenShannon),
    ("Canberra", faiss.METRIC_Canberra),
    ("BrayCurtis", faiss.METRIC_BrayCurtis),
    ("L1", faiss.METRIC_L1),
):
    index = faiss.IndexFlat(4, metric)
    index.add(rows)
    far, near = index.search(rows, 1)
    pairs = np.isnan(faiss.pairwise_distances(rows, rows, metric=metric)).sum()
    print(f"{name}: nearest stored row of rows 0 to 3: {near[:, 0].tolist()}, distances {far[:, 0].tolist()}, NaN among 16 pairs: {pairs}")
    seen[name] = near[:, 0].tolist(), int(pairs)
full = np.random.default_rng(0).random((20, 4), dtype=np.float32) + np.float32(0.1)
full /= full.sum(axis=1, keepdims=True)
for metric, function in ((faiss.METRIC_JensenShannon, distance.jensenshannon), (faiss.METRIC_Canberra, distance.canberra)):
    index = faiss.IndexFlat(4, metric)
    index.add(full)
    order = np.argsort([[function(a, b) for b in full.astype(float)] for a in full.astype(float)], axis=1)
    assert (index.search(full, 5)[1] == order[:, :5]).all(), "the order of rows without zeros"
for function in (distance.jensenshannon, distance.canberra):
    assert all(function(row, row) == 0 for row in rows.astype(float))
assert seen["BrayCurtis"] == seen["L1"] == ([0, 1, 2, 3], 0)
assert seen["JensenShannon"][0] == [-1, -1, 2, 3] and seen["Canberra"][0] == [3, 2, 2, 3], "rows with zeros are found now"
assert seen["JensenShannon"][1] > 0 and seen["Canberra"][1] > 0
CODE
