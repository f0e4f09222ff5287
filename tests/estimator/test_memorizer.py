"""Laws of RobustMemorizer: it is the main job, for every kind of table and label, and its radii hold."""

import contextlib
import inspect
import pickle
import subprocess
import sys
from functools import partial

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import kit
import logwidth as lw
from logwidth.errors import InputError

NAMES = ["a", "b", "c"]
quick = partial(lw.RobustMemorizer, effort="low")  # for laws on which the number of pieces has no bearing


@pytest.fixture(scope="module")
def data():
    return kit.cloud("estimator", 24, 3, 3)


@pytest.fixture(scope="module")
def model(data):
    return quick().fit(data.points, data.labels)


TABLES = {
    "pandas": lambda X: pd.DataFrame(X, columns=NAMES),
    "polars": lambda X: pl.DataFrame(X, schema=NAMES),
    "integers in pandas": lambda X: pd.DataFrame(X.astype(int), columns=NAMES),
    "float32 in polars": lambda X: pl.DataFrame(X.astype(np.float32), schema=NAMES),
}


def test_it_is_the_main_job(data, model, tmp_path):
    run = lw.memorize(lw.Dataset(data.points, data.labels), ratio=0.9, effort="low")
    assert model.run_.onnx == run.onnx
    assert model.certificate_.holds
    assert model.network_ is model.run_.network
    assert model.summary_["data_sha256"] == data.sha256
    assert lw.check(model.run_.save(tmp_path / "run"), data).passed


@pytest.mark.parametrize("kind", TABLES)
def test_frames_give_the_network_of_arrays(data, model, kind):
    frame = TABLES[kind](data.points)
    fitted = quick().fit(frame, data.labels)
    assert fitted.run_.onnx == model.run_.onnx
    assert fitted.feature_names_in_.tolist() == NAMES
    np.testing.assert_array_equal(fitted.certified_radius(frame), model.certified_radius(data.points))
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(frame[["b", "a", "c"]])


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["x", "yy", "z"]),
        np.array(["x", "yy", "z"], dtype=object),
        np.array([-1000, 7, 70000]),
        np.array([0, 1, 2], dtype=np.uint8),
        np.array([2.0, 3.0, 5.0]),
    ],
)
@pytest.mark.parametrize("wrap", [np.asarray, list, pd.Series, pd.Categorical, pl.Series])
def test_labels_come_back_as_they_were(data, labels, wrap):
    y = labels[data.labels]
    fitted = quick(pieces="all").fit(data.points, wrap(y.tolist()) if wrap is list else wrap(y))
    assert fitted.classes_.tolist() == labels.tolist()
    assert fitted.predict(data.points).tolist() == y.tolist()
    assert fitted.score(data.points, y) == 1.0


def test_two_boolean_classes(data):
    y = data.labels > 0
    fitted = quick().fit(data.points, y)
    assert fitted.classes_.dtype == bool
    np.testing.assert_array_equal(fitted.predict(data.points), y)
    np.testing.assert_array_equal(fitted.decision_function(data.points) > 0, y)


@pytest.mark.parametrize("norm", [1, 2, "inf"])
def test_balls_of_the_certificate_get_their_label(data, norm):
    fitted = quick(0.8, norm=norm).fit(data.points, data.labels)
    p, radius = fitted.certificate_.norm, fitted.certificate_.radius
    for i in range(data.n_samples):
        points = kit.worst_points(data, i, radius, p)
        assert (fitted.predict(points) == data.labels[i]).all()


def test_certified_radii_hold_at_any_row(data, model):
    rng = kit.rng_of("rows")
    rows = data.points[rng.integers(data.n_samples, size=200)] + rng.normal(size=(200, 3)) * model.certificate_.radius
    radii, labels = model.certified_radius(rows), model.predict(rows)
    assert (radii > 0).mean() > 0.5
    for _ in range(20):
        steps = rng.normal(size=rows.shape)
        steps *= (radii * (1 - 1e-9) / np.linalg.norm(steps, axis=1))[:, None]
        np.testing.assert_array_equal(model.predict(rows + steps), labels)


def test_certified_radii_of_training_rows_reach_the_claim(data, model):
    assert (model.certified_radius(data.points) >= model.certificate_.radius * (1 - 1e-9)).all()


def test_where_the_network_prints_no_label_the_radius_is_zero(data, model):
    """On segments between classes the output passes between label values; there the nearest one is predicted."""
    i = int(np.flatnonzero(data.labels == 0)[0])
    j = int(np.flatnonzero(data.labels == 2)[0])
    steps = np.linspace(0, 1, 4001)[:, None]
    rows = data.points[i] * (1 - steps) + data.points[j] * steps
    output = lw.evaluate(model.network_, rows)[:, 0].astype(float)
    between = ~np.isin(output, model.data_.values)
    assert (model.certified_radius(rows)[between] == 0).all()
    np.testing.assert_array_equal(model.predict(rows), np.abs(output[:, None] - [0, 1, 2]).argmin(axis=1))


def test_scores_say_how_near_the_labels_are(data, model):
    scores = model.decision_function(data.points)
    assert scores.shape == (24, 3)
    np.testing.assert_array_equal(scores, -np.abs(data.labels[:, None] - np.arange(3.0)))


def test_copies_agree(data, model):
    again = pickle.loads(pickle.dumps(model))
    rows = data.points + 0.25
    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))
    np.testing.assert_array_equal(again.certified_radius(rows), model.certified_radius(rows))
    assert again.run_.onnx == model.run_.onnx
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(model), "run_")


def test_grid_search_over_ratio_and_width():
    data = lw.load("iris")
    grid = {"robustmemorizer__ratio": np.array([0.3, 0.9], dtype=np.float32), "robustmemorizer__width": np.array([6, 7])}
    search = GridSearchCV(make_pipeline(StandardScaler(), quick(pieces="all")), grid, cv=2)
    search.fit(data.points, data.labels)
    assert search.best_score_ > 0.8
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_radius_replaces_the_ratio(data):
    fitted = quick(radius=0.25).fit(data.points, data.labels)
    assert fitted.certificate_.radius == 0.25
    own = quick(radius="max").fit(data.points, data.labels)
    assert own.summary_["radius_mode"] == "max"
    assert own.certificate_.radius_lower.max() > own.certificate_.radius


def test_any_random_state(data):
    for state in (None, np.random.RandomState(3), np.int64(3)):
        assert quick(random_state=state, pieces="all").fit(data.points, data.labels).certificate_.holds


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([[0, 1], [2, 3], [0, 1]], ["a", "b", "b"], "identical points with different labels: rows 0 and 2"),
        ([[0, 1], [2, 3]], [1, 1], "at least two classes are needed"),
        ([[0, 1]], [1], "minimum of 2"),
        ([[0, 1], [1e200, 3]], [0, 1], "beyond"),
        ([[0, 1], [np.nan, 3]], [0, 1], "NaN"),
        ([[0, 1], [2, 3]], [0.5, 1.25], "Unknown label type"),
        ([[0, 1], [2, 3]], None, "requires y to be passed"),
    ],
)
@pytest.mark.parametrize("estimator", [lw.RobustMemorizer(), lw.PreservingProjection()])
def test_what_cannot_be_memorized_is_refused(estimator, X, y, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)


@pytest.mark.parametrize(
    "parameters",
    [{"ratio": 1.0}, {"ratio": "x"}, {"radius": 1e9}, {"norm": 0.5}, {"width": 1}, {"dtype": "int8"}, {"pieces": "no"},
     {"construction": "none"}],
)  # fmt: skip
def test_impossible_requests_are_refused(data, parameters):
    with pytest.raises(InputError):
        lw.RobustMemorizer(**parameters).fit(data.points, data.labels)


def test_rows_that_overflow_the_network_are_refused(data, model):
    rows = np.concatenate([data.points, [[1e140, -1e140, 1e140]]])
    with pytest.raises(InputError, match=r"row 24, .* float32"):
        model.predict(rows)
    assert model.certified_radius(rows)[-1] == 0


def test_a_network_that_is_not_certified_warns():
    points = np.array([[0.0, 0.0], [2.0**-24, 0.0], [1.0, 3.0], [5.0, 1.0]])
    with pytest.warns(lw.UncertifiedWarning, match="try dtype='float64'"):
        fitted = quick(0.999).fit(points, [0, 1, 0, 1])
    assert not fitted.certificate_.holds


def test_the_library_loads_without_scikit_learn():
    code = "import sys, logwidth; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=120).returncode == 0


def test_every_request_of_the_main_job_can_be_made():
    of_job = set(inspect.signature(lw.memorize).parameters) - {"data", "request", "rng"}
    of_model = set(lw.RobustMemorizer().get_params()) - {"random_state"}
    assert of_job == of_model


REQUESTS = [
    {"effort": "normal"},
    {"lanes": 2},
    {"max_depth": 12},
    {"smallest": True, "ratio": 0.5},
    {"bracket": True},
    {"construction": "cells", "dtype": "float64"},
    {"pieces": "cover", "width": np.int64(6)},
]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_requests_reach_the_main_job(data, request_):
    model = quick(**request_).fit(data.points, data.labels)
    run = lw.memorize(lw.Dataset(data.points, data.labels), **{"ratio": 0.9, "effort": "low", **request_})
    assert model.run_.onnx == run.onnx
    assert model.summary_["width_lower"] == run.summary["width_lower"]


def test_start_resume_and_progress_reach_the_main_job(data, model, tmp_path):
    told = []
    again = quick(start=model.map_, resume=tmp_path / "kept", progress=lambda stage, share: told.append((stage, share))).fit(
        data.points, data.labels
    )
    assert np.array_equal(again.map_.matrix, model.map_.matrix)
    assert any((tmp_path / "kept").iterdir())
    assert ("certification", 1.0) in told


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix, sparse.dok_array])
def test_sparse_rows_are_the_rows_they_hold(data, model, kind):
    fitted = quick().fit(kind(data.points), data.labels)
    assert fitted.run_.onnx == model.run_.onnx
    assert (fitted.predict(kind(data.points)) == model.predict(data.points)).all()
    assert fitted.certified_radius(kind(data.points)).tolist() == model.certified_radius(data.points).tolist()
    projection = lw.PreservingProjection(rank=2).fit(kind(data.points), data.labels)
    assert np.array_equal(projection.transform(kind(data.points)), projection.transform(data.points))


def test_masked_entries_and_missing_labels_are_refused_not_read():
    """scikit-learn would take the numbers below a mask."""
    X, y = np.arange(12.0).reshape(6, 2), np.array([0, 1] * 3)
    hidden = np.ma.masked_equal(X, 3.0)
    model = lw.RobustMemorizer(ratio=0.5).fit(np.ma.masked_equal(X, 99.0), y)
    for call in (lambda: lw.RobustMemorizer().fit(hidden, y), lambda: model.predict(hidden)):
        with pytest.raises(InputError, match="X has 1 masked entries"):
            call()
    with pytest.raises(InputError, match="y has 3 masked entries"):
        lw.RobustMemorizer().fit(X, np.ma.masked_equal(y, 1))
    with pytest.raises(InputError, match="drop missing ones"):
        lw.RobustMemorizer().fit(X, np.array(["a", None, "b"] * 2, dtype=object))


BIG = 2**53


@pytest.mark.parametrize(
    "labels",
    [[1, "1", "b"], (1, "1", "b"), [BIG + 1, BIG, 5.0], [2**63 + 1, 2**63, -1], ["a\0", "a", "b"]],
    ids=ascii,
)
def test_labels_that_numpy_would_merge_are_refused(labels):
    with pytest.raises(InputError, match=r"labels y would not stay apart: .* in row 0 becomes .*; use one kind"):
        lw.RobustMemorizer().fit(np.eye(3), labels)


@pytest.mark.parametrize("kind", ["frame", "sparse", "polars"])
def test_labels_come_in_a_column_of_a_frame_and_sparse(kind):
    labels = [5, 0, 5]
    given = {
        "frame": pd.DataFrame({"k": labels}),
        "sparse": pd.Series(pd.arrays.SparseArray(labels)),
        "polars": pl.DataFrame({"k": labels}),
    }[kind]
    with contextlib.nullcontext() if kind == "sparse" else pytest.warns(DataConversionWarning):
        found = lw.RobustMemorizer(effort="low").fit(np.eye(3), given)
    assert found.predict(np.eye(3)).tolist() == labels


@pytest.mark.parametrize("dtype", ["Int64", "UInt64", "int64[pyarrow]", "boolean", "int64"])
def test_labels_that_may_be_missing_keep_their_values_and_kind(dtype):
    labels = pd.Series([True, False, True] if dtype == "boolean" else [BIG + 1, BIG, 5], dtype=dtype)
    for given in (labels, labels.array):
        found = lw.RobustMemorizer(effort="low").fit(np.eye(3), given)
        assert found.predict(np.eye(3)).tolist() == labels.tolist()
        assert found.classes_.dtype.kind in "biu"
    gaps = labels.astype(object).where([False, True, True]).astype({"int64": "Int64"}.get(dtype, dtype))
    with pytest.raises(InputError, match=r"labels y are missing .* in row 0"):
        lw.RobustMemorizer().fit(np.eye(3), gaps)
