"""Functions of a data set take a table and its labels as well; runs give labels and radii of new rows."""

import inspect
import re

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.datasets import load_iris

import logwidth as lw

X, Y = (table[::3] for table in load_iris(return_X_y=True))
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
TABLES = {
    "array": X,
    "list": X.tolist(),
    "pandas": pd.DataFrame(X, columns=list("abcd")),
    "polars": pl.DataFrame(X, schema=list("abcd")),
    "csr": sparse.csr_matrix(X),
    "coo": sparse.coo_array(X),
}
LABELS = {"array": NAMES, "list": NAMES.tolist(), "series": pd.Series(NAMES, index=range(7, 57))}
CALLS = {
    "separation": lambda *data: lw.separation(*data, norm="inf").lower,
    "search_map": lambda *data: lw.search_map(*data, 2).ratio_lower,
    "random_map": lambda *data: lw.random_map(*data, 2, rng=1).ratio_lower,
    "pca_map": lambda *data: lw.pca_map(*data, 2).ratio_lower,
    "check_map": lambda *data: lw.check_map(*data, np.eye(4)).ratio_lower,
    "smallest_rank_map": lambda *data: lw.smallest_rank_map(*data, 0.5).rank,
    "width_bracket": lambda *data: lw.width_bracket(*data, 0.3).summary(),
    "ratio_bracket": lambda *data: lw.ratio_bracket(*data, 5).summary(),
    "ratio_curve": lambda *data: list(lw.ratio_curve(*data, [1, 2])),
    "compare": lambda *data: [row["width"] for row in lw.compare(*data, ratio=0.3, constructions=["register"])],
    "memorize": lambda *data: lw.memorize(*data, ratio=0.3).onnx,
}


@pytest.fixture(scope="module")
def data():
    return lw.Dataset(X, NAMES)


@pytest.fixture(scope="module")
def run(data):
    return lw.memorize(data, ratio=0.5)


@pytest.mark.parametrize("name", list(CALLS))
def test_a_table_and_its_labels_give_what_a_data_set_gives(name, data):
    assert CALLS[name](X, NAMES) == CALLS[name](data)


def test_every_public_function_of_a_data_set_is_tried_here():
    functions = {name: getattr(lw, name) for name in lw.__all__ if inspect.isfunction(getattr(lw, name))}
    of_data = {name for name, found in functions.items() if [*inspect.signature(found).parameters][:1] == ["data"]}
    assert of_data - {"load"} == set(CALLS)


@pytest.mark.parametrize("labels", list(LABELS))
@pytest.mark.parametrize("table", list(TABLES))
def test_every_kind_of_table(table, labels, data):
    assert lw.separation(TABLES[table], LABELS[labels]).lower == lw.separation(data).lower
    assert lw.separation(TABLES[table], y=LABELS[labels]).pair == lw.separation(data=data).pair


@pytest.mark.parametrize("name", list(CALLS))
def test_a_table_without_labels_is_one_clear_line(name):
    with pytest.raises(lw.InputError, match=f"^labels are missing: {name}\\(X, y\\)"):
        getattr(lw, name)(X)
    with pytest.raises(lw.InputError, match=f"^data are missing: {name}\\(data\\) or {name}\\(X, y\\)$"):
        getattr(lw, name)()


def test_labels_that_are_none_are_the_data_sets_to_refuse():
    with pytest.raises(lw.InputError, match="50 rows"):
        lw.memorize(X, NAMES[:-1], ratio=0.5)
    with pytest.raises(lw.InputError, match="labels"):
        lw.memorize(X, 0.9)


@pytest.mark.parametrize("table", list(TABLES))
def test_a_run_and_its_directory_give_the_same_labels_and_radii(table, run, data, tmp_path):
    if table in ("pandas", "polars"):  # a run made from arrays does not know the names of a frame
        with pytest.raises(lw.InputError, match="names its columns"):
            run.predict(TABLES[table])
        data = lw.Dataset(TABLES[table], NAMES)
        run = lw.memorize(data, ratio=run.summary["ratio"])
    folder = run.save(tmp_path / "run")
    stored = lw.open_run(folder)
    for found in (run.predict(TABLES[table]), lw.predict(run, TABLES[table]), lw.predict(folder, TABLES[table])):
        assert found.tolist() == NAMES.tolist()
        assert found.dtype.kind == "U"
    radii = run.certified_radius(TABLES[table])
    assert (radii >= run.certificate.radius).all()
    assert radii.tolist() == stored.certified_radius(TABLES[table], data).tolist()


def test_radii_of_a_run_from_arrays_need_the_data_once_it_is_stored(run, data, tmp_path):
    stored = lw.open_run(run.save(tmp_path / "run"))
    with pytest.raises(lw.InputError):
        stored.certified_radius(X)
    with pytest.raises(lw.InputError, match="not those that the run was certified for"):
        stored.certified_radius(X, lw.Dataset(X + 1, NAMES))


@pytest.mark.parametrize("labels", [Y, Y * 10 - 7, Y.astype(bool) | (Y > 1), NAMES], ids=["int", "far ints", "bool", "str"])
def test_labels_keep_their_type(labels):
    run = lw.memorize(X, labels, ratio=0.3)
    assert run.predict(X).dtype.kind == np.asarray(labels).dtype.kind
    assert (run.predict(X) == labels).all()


def between_classes(run, data):
    """A row whose output is no label, on the segment between two samples; found by bisection."""
    a, b = (data.points[i] for i in lw.separation(data).pair)
    for share in np.linspace(0, 1, 4001):
        for step in np.linspace(-1e-3, 1e-3, 41):
            yield a + (share + step) * (b - a)


def test_between_classes_there_is_no_label_and_never_a_guess(data):
    run = lw.memorize(data, ratio=0.9, dtype="float64", construction="telescope")
    rows = np.array(list(between_classes(run, data)))
    indices = run.stored.class_indices(rows)
    assert (indices < 0).any(), "the segment meets the thin region"
    found = run.predict(rows)
    assert found.dtype == object
    assert [None if i < 0 else data.classes[i] for i in indices] == found.tolist()
    assert (run.certified_radius(rows[indices < 0]) == 0).all()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (X[:, :3], "takes 4 features"),
        (np.c_[X, X[:, 0]], "takes 4 features"),
        (X[0], "2-D"),
        (X * np.nan, "NaN"),
        ("x.csv", "not a path"),
    ],
)
def test_rows_that_cannot_be_read_are_refused(rows, says, run):
    for call in (run.predict, run.certified_radius):
        with pytest.raises(lw.InputError, match=re.escape(says)):
            call(rows)


class Bars:
    """Stands in for rich's progress display and remembers what it was told."""

    def __init__(self, **_options):
        self.stages, self.done, self.open, self.tasks = [], {}, None, []
        drawn.append(self)

    def __enter__(self):
        self.open = True
        return self

    def __exit__(self, *_problem):
        self.open = False

    def add_task(self, stage, total):
        self.stages.append(stage)
        return len(self.stages) - 1

    def update(self, task, total, completed, visible):
        self.done[self.stages[task]] = completed


drawn = []


def test_progress_true_draws_a_bar_per_stage_and_a_callback_is_called(data, monkeypatch):
    told = []
    lw.memorize(data, ratio=0.3, progress=lambda stage, share: told.append((stage, share)))
    monkeypatch.setattr("rich.progress.Progress", Bars)
    lw.memorize(data, ratio=0.3, progress=False)
    assert drawn == []
    lw.memorize(data, ratio=0.3, progress=True)
    (bars,) = drawn
    assert bars.stages == list(dict.fromkeys(stage for stage, _ in told))
    assert {"separation", "map", "certification"} <= set(bars.done)
    assert bars.done["certification"] == 1.0
    assert bars.open is False


@pytest.mark.parametrize("name", ["width_bracket", "ratio_bracket", "ratio_curve"])
def test_long_work_shows_a_bar_if_asked(name, monkeypatch):
    monkeypatch.setattr("rich.progress.Progress", Bars)
    drawn.clear()
    options = {"width_bracket": {"ratio": 0.3}, "ratio_bracket": {"width": 5}, "ratio_curve": {"ranks": [2]}}[name]
    getattr(lw, name)(X, NAMES, **options, progress=True)
    assert [bars.open for bars in drawn] == [False]
    assert "separation" in drawn[0].done
