#!/usr/bin/env bash
# onnxmltools 1.16.0: a random forest of LightGBM has other labels as ONNX; so have the values of four other options.
#
# `convert_lightgbm` writes a fitted LightGBM model, of any options, as TreeEnsemble operators. A good engineer expects
# the probabilities and values of `predict`, as the default options have them to six digits, or a refusal.
# Seen: the sum of a forest (`boosting_type="rf"`) is divided by 100, whatever the number of trees: with 20 trees each
# prediction is a fifth of the model's, and with 100, the default, all is right. Of a forest's classifier for two classes
# 42 % of the labels are others, and for three classes the file has two columns. `reg_sqrt=True` is left out: the file
# returns roots. With `linear_tree=True` the slopes in the leaves are left out; m2cgen 0.10.0 leaves them
# out, too, while treelite 4.8.1 refuses. `sigmoid=2.5` is left out of the probabilities, and "multiclassova" gets other
# ones. No warning, and each file loads and runs in onnxruntime.
# For users: the labels in production are others than in the tests of the model; probabilities are no longer calibrated.
# logwidth writes ReLU networks only.
# Fails if one of the files agrees with its model, or is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet lightgbm==4.7.0 onnxmltools==1.16.0 skl2onnx==1.20.0 onnxruntime==1.32.0 \
    onnx==1.23.2 m2cgen==0.10.0 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import lightgbm
import m2cgen
import numpy as np
import onnxmltools
import onnxruntime
from onnxmltools.convert.common.data_types import FloatTensorType

onnxruntime.set_default_logger_severity(3)
rng = np.random.default_rng(0)
rows = rng.normal(size=(800, 5)).astype(np.float32)
target = rows[:, 0] + rows[:, 1] ** 2
two, three = (target > 1).astype(int), np.digitize(target, [0.5, 1.5])
forest = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}


def compare(name, kind, goal, trees=20, **options):
    model = kind(n_estimators=trees, verbose=-1, n_jobs=1, **options).fit(rows, goal)
    file = onnxmltools.convert_lightgbm(model, initial_types=[("x", FloatTensorType([None, 5]))], zipmap=False)
    found = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, {"x": rows})
    labels = float((found[0].ravel() != model.predict(rows)).mean()) if goal is not target else None
    expected = model.predict(rows) if goal is target else model.predict_proba(rows)
    values = found[0].ravel() if goal is target else found[1]
    off = float(abs(values - expected).max()) if values.shape == expected.shape else f"{values.shape} for {expected.shape}"
    print(f"{name}: values off by {off}, labels off: {labels}")
    return off, labels, model


regressor, classifier = lightgbm.LGBMRegressor, lightgbm.LGBMClassifier
assert compare("default regressor", regressor, target)[0] < 1e-5
for goal in (two, three):
    assert compare("default classifier", classifier, goal)[0] < 1e-5
assert compare("forest of 100", regressor, target, 100, **forest)[0] < 1e-4
off, _, model = compare("forest of 20", regressor, target, **forest)
assert np.isclose(off, 0.8 * abs(model.predict(rows)).max(), rtol=1e-4), "the forest is right now"
off, labels, _ = compare("forest, two classes", classifier, two, **forest)
assert off > 0.3 and labels > 0.1, "the forest's labels are right now"
assert compare("forest, three classes", classifier, three, **forest)[0] == "(800, 2) for (800, 3)"
assert compare("reg_sqrt", regressor, target, reg_sqrt=True)[0] > 0.5
off, _, model = compare("linear_tree", regressor, target, linear_tree=True)
code = {}
exec(m2cgen.export_to_python(model), code)
other = max(abs(code["score"](list(map(float, row))) - model.predict(row[None])[0]) for row in rows[:100])
print(f"linear_tree, m2cgen: off by {other}")
assert off > 0.3 and other > 0.3
assert compare("sigmoid", classifier, two, sigmoid=2.5)[0] > 0.05
assert compare("multiclassova", classifier, three, objective="multiclassova")[0] > 0.05
CODE
