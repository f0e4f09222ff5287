#!/usr/bin/env bash
# emlearn 0.23.2: a random forest on a microcontroller, and its features.
#
# `emlearn.convert(model)` takes a fitted scikit-learn forest. A good engineer expects the labels of the model, up to ties, or
# a complaint.
# Seen: features and thresholds are cut to 16-bit integers unless `dtype='float'` is given. On iris, whose features are 0.1 to
# 7.9 cm, the converted forest is right on 61 of 150 where scikit-learn is right on 149; on wine it looks good enough to be
# shipped, 166 of 178 instead of 178. Nothing is said.
# For users: the accuracy on the device is not the one that was measured. `logwidth export --c --integers` refuses features
# that are no integers, and certifies every ball again for the integers that it writes.
# Fails if the converted forests get better, or worse with `dtype='float'`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet emlearn==0.23.2 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import emlearn
from sklearn.datasets import load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier

seen = {}
for load in (load_iris, load_wine):
    X, y = load(return_X_y=True)
    forest = RandomForestClassifier(10, random_state=0).fit(X, y)
    models = {"scikit-learn": forest, "emlearn": emlearn.convert(forest), "emlearn, float": emlearn.convert(forest, dtype="float")}
    seen[load.__name__] = {name: int((model.predict(X) == y).sum()) for name, model in models.items()}
print(seen)
for found in seen.values():
    assert found["emlearn, float"] == found["scikit-learn"]
assert seen["load_iris"]["scikit-learn"] == 149
assert seen["load_iris"]["emlearn"] < 75, "the features of iris are no longer cut"
assert seen["load_wine"]["emlearn"] < seen["load_wine"]["scikit-learn"], "the features of wine are no longer cut"
CODE
