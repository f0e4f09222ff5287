#!/usr/bin/env bash
# onnxmltools 1.16.0: a random forest of XGBoost with three classes has other labels as ONNX.
#
# `convert_xgboost` writes fitted models of XGBoost as TreeEnsemble operators. A good engineer expects the labels and
# values of `predict`, as XGBClassifier and XGBRegressor have them to six digits, or a refusal.
# Seen: of `XGBRFClassifier` with three classes 57 % of the labels are others, of training rows at that; with two
# classes all is right. `XGBRegressor(objective="reg:logistic")` returns numbers from -5.35 to 6.10 in the place of
# probabilities: the sigmoid is left out. With two targets all values lie between 0 and 1, where those of the model go
# up to 10.6. No warning, and each file loads and runs in onnxruntime.
# For users: `num_parallel_tree` is one option among many, and the label is what is used. logwidth writes ReLU networks
# only.
# Fails if one of the files agrees with its model, or is refused.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet xgboost==3.2.0 onnxmltools==1.16.0 skl2onnx==1.20.0 onnxruntime==1.32.0 \
    onnx==1.23.2 scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
"$folder/venv/bin/python" -W ignore - <<'CODE'
import numpy as np
import onnxmltools
import onnxruntime
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

onnxruntime.set_default_logger_severity(3)
rng = np.random.default_rng(0)
rows = rng.normal(size=(800, 5)).astype(np.float32)
target = rows[:, 0] + rows[:, 1] ** 2
two, three = (target > 1).astype(int), np.digitize(target, [0.5, 1.5])


def outputs(model):
    file = onnxmltools.convert_xgboost(model, initial_types=[("x", FloatTensorType([None, 5]))])
    session = onnxruntime.InferenceSession(file.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": rows})


for kind in (xgboost.XGBClassifier, xgboost.XGBRFClassifier):
    for goal in (two, three):
        model = kind(n_estimators=20, n_jobs=1).fit(rows, goal)
        labels, values = outputs(model)
        wrong = (labels.ravel() != model.predict(rows)).mean()
        off = abs(np.asarray(values) - model.predict_proba(rows)).max()
        print(f"{kind.__name__}, {goal.max() + 1} classes: labels wrong {wrong:.1%}, probabilities off by {off:.2g}")
        if kind is xgboost.XGBRFClassifier and goal is three:
            assert wrong > 0.05 and off > 0.2, "the forest is right now"
        else:
            assert wrong == 0 and off < 1e-5
for name, goal, options, least in (
    ("default", target, {}, None),
    ("reg:logistic", two, {"objective": "reg:logistic"}, 1),
    ("two targets", np.c_[target, -target], {}, 1),
):
    model = xgboost.XGBRegressor(n_estimators=20, n_jobs=1, **options).fit(rows, goal)
    values, expected = np.asarray(outputs(model)[0]), model.predict(rows)
    off = abs(values.reshape(expected.shape) - expected).max()
    print(f"{name}: off by {off:.2g}, {values.min():.2f} to {values.max():.2f} for {expected.min():.2f} to {expected.max():.2f}")
    assert off < 1e-4 if least is None else off > least, f"{name} is right now"
CODE
