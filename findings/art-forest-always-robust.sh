#!/usr/bin/env bash
# adversarial-robustness-toolbox 1.20.1 with scikit-learn 1.9.1: each sample of class 1 is verified on the whole domain.
#
# `RobustnessVerificationTreeModelsCliqueMethod` gives "the average robustness bound and the verification error" of
# ensembles of trees, by a published algorithm that never claims too much. Features are in [0, 1], balls are in the maximum
# norm. A good engineer expects that inside of a verified radius the label stays.
# Seen: for a RandomForestClassifier or ExtraTreesClassifier with two classes all samples of class 1 have radius 1.0 and
# verification error 0, so the label is proven on the whole domain; yet more than half of the domain has the other label,
# 0.2 away on average. All samples of class 0 have radius 0 and error 1. The labels decide alone, and the average over both
# looks like a number. With three classes the radii are plausible, and for a GradientBoostingClassifier they are right
# here. Both classes' shares of each leaf are added up, which makes 1 a tree, and the sign of that is the verdict. No
# warning.
# For users: a certificate that is none, for the simplest case there is. Look at each class by itself. logwidth certifies
# every ball by itself, and a checker that is proven right can repeat it.
# Fails if class 1 is not verified everywhere.
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
from sklearn.ensemble import ExtraTreesClassifier, GradientBoostingClassifier, RandomForestClassifier

rng = np.random.default_rng(0)
x = rng.uniform(size=(400, 2))


def verify(model, points, labels, radius):
    method = RobustnessVerificationTreeModelsCliqueMethod(classifier=SklearnClassifier(model=model), verbose=False)
    encoded = np.eye(model.n_classes_)[labels]
    return method.verify(x=points, y=encoded, eps_init=radius, max_clique=2, max_level=8)


two, three = (x[:, 0] > 0.6).astype(int), np.digitize(x[:, 0], [0.3, 0.6])
border = np.abs(x[:, 0] - 0.6)
for kind in (RandomForestClassifier, ExtraTreesClassifier, GradientBoostingClassifier):
    model = kind(n_estimators=5, random_state=0).fit(x, two)
    assert model.score(x, two) == 1
    found = []
    for label in (0, 1):
        mine, others = x[two == label], x[two != label]
        nearest = np.abs(mine[:, None] - others[None]).max(-1).min(1)
        bound, error = verify(model, mine, two[two == label], 0.3)
        found.append((bound, error))
        print(f"{kind.__name__}, class {label}: verified radius {bound:.3f} on average, error {error:.3f} at 0.3;",
              f"another label is at most {nearest.mean():.3f} away on average, {nearest.min():.3f} at least")
        if kind is GradientBoostingClassifier:
            assert bound <= nearest.mean() and error >= (nearest < 0.3).mean()
    if kind is not GradientBoostingClassifier:
        assert found == [(0, 1), (1, 0)], "the radii depend on more than the label"

model = RandomForestClassifier(n_estimators=5, random_state=0).fit(x, three)
bound, error = verify(model, x, three, 0.1)
print(f"three classes: radius {bound:.3f}, error {error:.3f}")
assert 0.1 < bound < 0.2
CODE
