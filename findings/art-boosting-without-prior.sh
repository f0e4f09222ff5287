#!/usr/bin/env bash
# adversarial-robustness-toolbox 1.20.1 with scikit-learn 1.9.1: a label is verified on balls where the model never gives it.
#
# Gradient boosting starts from a constant, the log-odds of the classes for scikit-learn, and adds its trees. ART verifies
# such models (`RobustnessVerificationTreeModelsCliqueMethod`), by a published algorithm that never claims too much. A good
# engineer expects no verified ball around a sample whose own label is wrong.
# Seen: the constant is left out. With 47 of 400 samples in class 1 and three trees the model says 0 everywhere, as boosting
# does at first. The 47 samples of class 1 are verified for label 1, 96 % of them with radius 0.01, 0.063 on average; the
# model is right on none. The other way around, class 0 loses most of its radius: 0.39 on average, where the truth is 1,
# the whole domain. With as many samples of both classes nothing shows; the more trees, the less. XGBoost's classifier in
# ART has the same gap for its `base_score` (seen once, not part of this script).
# For users: classes of different sizes, few trees or small learning rates: fraud, defects. logwidth certifies the stored
# network, biases and all.
# Fails if no ball around a wrong sample is verified.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet adversarial-robustness-toolbox==1.20.1 scikit-learn==1.9.1 numpy==2.4.6 \
    packaging==26.4
cd "$folder"
"$folder/venv/bin/python" - <<'CODE'
import numpy as np
from art.estimators.classification import SklearnClassifier
from art.metrics import RobustnessVerificationTreeModelsCliqueMethod
from sklearn.ensemble import GradientBoostingClassifier

rng = np.random.default_rng(0)
x = rng.uniform(size=(400, 2))
y = (x[:, 0] + 0.02 * rng.normal(size=400) > 0.9).astype(int)
model = GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0).fit(x, y)
corners = np.stack(np.meshgrid(*[np.linspace(0, 1, 301)] * 2), -1).reshape(-1, 2)
assert (model.predict(corners) == 0).all() and (model.predict(x) == 0).all()

method = RobustnessVerificationTreeModelsCliqueMethod(classifier=SklearnClassifier(model=model), verbose=False)
for label in (0, 1):
    mine = x[y == label]
    bound, error = method.verify(x=mine, y=np.eye(2)[y[y == label]], eps_init=0.01, max_clique=2, max_level=8)
    right = (model.predict(mine) == label).mean()
    print(f"class {label}: the model is right on {right:.0%} of {len(mine)}; verified {1 - error:.0%}, mean radius {bound:.3f}")
    assert right == 1 - label
    assert (bound < 0.5) if label == 0 else (error < 0.2 and bound > 0.03), "the constant counts now"
CODE
