#!/usr/bin/env bash
# pandas 3.1.1: which rows `query` returns depends on whether numexpr is installed.
#
# `DataFrame.query` and `eval` compute with numexpr 2.14.2 if it is there, "for large speed ups", and with Python's operators
# if not; their documentation tells of speed alone. A good engineer expects the same rows.
# Seen: of two columns of bytes, "a + b > 255" finds two rows of four with numexpr, none without: numexpr computes in int32,
# pandas and NumPy wrap around in uint8. "a * a > 255" finds three or none, "a - b - 1 < 0" three or none. Of 64-bit
# integers, "x % z == 0" with z = 0 finds all rows with numexpr, where the remainder is 0, and none without, where it is
# NaN. Of float64 columns all agree. Nothing is said, and another package that brings numexpr along changes the rows.
# For users: filters of pixels and counts before the data is handed on. Cast first, or name the engine. logwidth takes
# arrays and files, and filters nothing.
# Fails if both give the same rows.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
cd "$folder"
cat >rows.py <<'CODE'
import json

import numpy as np
import pandas as pd

byte = np.array([200, 100, 3, 130], np.uint8)
frame = pd.DataFrame({"a": byte, "b": np.array([100, 100, 3, 130], np.uint8), "x": [5, -5, 0, 1], "z": 0})
found = {text: frame.query(text).index.tolist() for text in ("a + b > 255", "a * a > 255", "a - b - 1 < 0", "x % z == 0")}
wide = frame.astype(float)
found["floats"] = [wide.query(text).index.tolist() for text in ("a + b > 255", "a * a > 255", "a - b - 1 < 0")]
print(json.dumps(found))
CODE
"$folder/venv/bin/python" -m pip install --quiet pandas==3.1.1 numpy==2.4.6
"$folder/venv/bin/python" rows.py >without.json
"$folder/venv/bin/python" -m pip install --quiet numexpr==2.14.2
"$folder/venv/bin/python" rows.py >with.json
"$folder/venv/bin/python" - <<'CODE'
import json
from pathlib import Path

without, fast = (json.loads(Path(f"{name}.json").read_text()) for name in ("without", "with"))
for text, rows in without.items():
    print(f"{text}: {rows} without numexpr, {fast[text]} with it")
assert without["floats"] == fast["floats"] == [[0, 3], [0, 1, 3], [1, 2, 3]]
assert fast["a + b > 255"] == [0, 3] and fast["a * a > 255"] == [0, 1, 3] and fast["a - b - 1 < 0"] == [1, 2, 3]
assert fast["x % z == 0"] == [0, 1, 2, 3]
assert all(without[text] == [] for text in list(without)[:4]), "the rows no longer depend on numexpr"
CODE
