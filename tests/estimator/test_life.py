"""The life of an estimator among others: cloned, searched over ratio and rank, in parallel, pickled into another process."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline

import logwidth as lw

NAMES = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def iris():
    data = lw.load("iris")
    return data.points[::2], np.array(["one", "two", "three"])[data.labels[::2]]


def pipeline(rank=3, ratio=0.5):
    memorizer = lw.RobustMemorizer(ratio, pieces="cover", effort="low")
    return Pipeline([("project", lw.PreservingProjection(rank=rank)), ("memorize", memorizer)])


@pytest.fixture(scope="module")
def fitted(iris):
    return pipeline().fit(*iris)


@pytest.mark.parametrize(("frame", "jobs"), [(pl.DataFrame, None), pytest.param(pd.DataFrame, 2, marks=pytest.mark.slow)])
def test_a_grid_over_ratio_and_rank(iris, frame, jobs):
    X, y = iris
    table = frame(dict(zip(NAMES, X.T, strict=True)))
    grid = {"memorize__ratio": [0.3, 0.6], "project__rank": [2, 3]}
    search = GridSearchCV(pipeline(), grid, cv=2, n_jobs=jobs, error_score="raise").fit(table, y)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.85
    best = search.best_estimator_
    assert best.named_steps["project"].map_.rank == search.best_params_["project__rank"]
    assert best.named_steps["memorize"].ratio == search.best_params_["memorize__ratio"]
    assert best.named_steps["memorize"].certificate_.holds
    assert search.score(table, y) == 1.0


def test_parameters_reach_clones_and_nothing_fitted_does(fitted):
    again = clone(fitted)
    assert again.get_params()["memorize__ratio"] == 0.5
    again.set_params(memorize__ratio=0.7, project__rank=2, memorize__norm=2)
    assert (again.named_steps["memorize"].ratio, again.named_steps["project"].rank) == (0.7, 2)
    assert not hasattr(again.named_steps["project"], "map_")
    assert not hasattr(again.named_steps["memorize"], "run_")
    assert fitted.named_steps["memorize"].ratio == 0.5
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        lw.RobustMemorizer().set_params(depth=3)


@pytest.mark.parametrize("make", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model, protocol=5))])
def test_copies_give_the_same_labels_radii_and_files(iris, fitted, make):
    again, rows = make(fitted), iris[0] + 0.1
    assert (again.predict(rows) == fitted.predict(rows)).all()
    images = fitted.named_steps["project"].transform(rows)
    radii = [model.named_steps["memorize"].certified_radius(images) for model in (again, fitted)]
    np.testing.assert_array_equal(*radii)
    assert again.named_steps["memorize"].run_.onnx == fitted.named_steps["memorize"].run_.onnx


def test_a_pickle_predicts_in_another_process(iris, fitted, tmp_path):
    X, y = iris
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(fitted))
    np.save(tmp_path / "X.npy", X)
    code = (
        "import pickle, sys, numpy as np; model = pickle.load(open('model.pkl', 'rb'));"
        "print(*model.predict(np.load('X.npy'))); sys.exit(not model[-1].certificate_.holds)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == y.tolist()


@pytest.mark.parametrize(("frame", "kind"), [(pd.DataFrame, "pandas"), (pl.DataFrame, "polars")])
def test_set_output_goes_through_pipelines_and_column_transformers(iris, frame, kind):
    X, y = iris
    table = frame(dict(zip(NAMES, X.T, strict=True)))
    parts = ColumnTransformer([("near", lw.PreservingProjection(rank=1), ["a", "b"])], remainder="passthrough")
    out = parts.set_output(transform=kind).fit_transform(frame({**dict(zip(NAMES, X.T, strict=True))})[:50], _two(y))
    assert isinstance(out, frame)
    assert list(out.columns) == ["near__preservingprojection0", "remainder__c", "remainder__d"]
    whole = pipeline().set_output(transform=kind).fit(table, y)
    assert isinstance(whole[:-1].transform(table), frame)
    assert whole[-1].feature_names_in_.tolist() == whole[:-1].get_feature_names_out().tolist()
    assert (whole.predict(table) == y).all()
    with pytest.raises(ValueError, match="feature names"):
        whole.predict(frame(dict(zip(reversed(NAMES), X.T, strict=True))))


def _two(y):
    return (y[:50] == "one").astype(int)


def test_cross_validation_scores_every_fold(iris):
    scores = cross_val_score(lw.RobustMemorizer(0.5, pieces="all", effort="low"), *iris, cv=3)
    assert (scores > 0.85).all()
