#!/usr/bin/env bash
# liac-arff 2.5.0 (the reader behind scikit-learn's fetch_openml with parser="liac-arff") against SciPy 1.17.1.
#
# ARFF files in circulation declare columns of decimals as INTEGER: Weka takes `integer`, `real` and `numeric` for one type.
# A good engineer expects a reader to keep the decimals, as SciPy does, or to complain.
# Seen: liac-arff cuts them towards zero, without a word (2.7 -> 2, -1.5 -> -1), so the same file is two different data
# sets, and rows that differ only in decimals become equal. The same cells under `numeric` are kept.
# For users: a certificate speaks of the numbers that were read. logwidth reads such columns as they are written.
# Fails if either reader changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet liac-arff==2.5.0 scipy==1.17.1
cat > "$folder/t.arff" <<'DATA'
@relation lengths
@attribute declared_integer integer
@attribute declared_numeric numeric
@attribute kind {x,y}
@data
2.7,2.7,x
2.1,2.1,y
-1.5,-1.5,y
DATA
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import arff
from scipy.io.arff import loadarff

with open("t.arff") as file:
    rows = arff.load(file)["data"]
others = loadarff("t.arff")[0].tolist()
print("liac-arff:", rows)
print("SciPy:    ", others)
assert [row[0] for row in rows] == [2, 2, -1], "liac-arff no longer cuts decimals of INTEGER attributes"
assert [row[1] for row in rows] == [2.7, 2.1, -1.5]
assert [row[0] for row in others] == [2.7, 2.1, -1.5], "SciPy no longer keeps decimals of INTEGER attributes"
CODE
