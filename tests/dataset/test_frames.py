"""Frames of any library and columns of any kind: matched by name, divided as they were, or refused."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

import logwidth as lw
from logwidth.dataset import DataSource, load_again, read_like

N = 16
X = pd.DataFrame(np.random.default_rng(1).normal(size=(N, 3)).round(3) * [1, 10, 5], columns=["a", "b", "c"])
Y = ["u", "v"] * (N // 2)
TURNED = X[["c", "a", "b"]]
OPTIONS = {"ratio": 0.4, "bracket": False}
KINDS = {
    "categories": lambda table: table.astype("category"),
    "objects": lambda table: table.astype(object),
    "text": lambda table: table.astype(str),
    "decimals": lambda table: table.map(lambda cell: Decimal(str(cell))),
    "Float64": lambda table: table.astype("Float64"),
    "sparse": lambda table: table.astype(pd.SparseDtype(float)),
    "other index": lambda table: table.set_axis(range(50, 50 + len(table))),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return runs on the same data: as they are, divided by 10, and standardized; in memory and from files."""
    table = X.assign(k=Y)
    made = {
        "plain": lw.memorize(X, Y, **OPTIONS),
        "scaled": lw.memorize(lw.load(table, scale=10), **OPTIONS),
        "standardized": lw.memorize(lw.load(table, standardize=True), **OPTIONS),
    }
    for name, run in list(made.items()):
        folder = tmp_path_factory.mktemp(name) / "run"
        run.save(folder)
        made[f"{name} from files"] = folder
    return made


RUNS = ["plain", "scaled", "standardized", "plain from files", "scaled from files", "standardized from files"]


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("kind", list(KINDS))
def test_columns_of_any_kind_are_matched_and_divided(runs, name, kind):
    assert lw.predict(runs[name], KINDS[kind](TURNED)).tolist() == Y


@pytest.mark.parametrize("name", RUNS)
def test_the_names_of_a_frame_count_whatever_is_said_of_its_scale(runs, name):
    assert lw.predict(runs[name], TURNED, raw=True).tolist() == Y
    run = runs[name.removesuffix(" from files")]
    points = pd.DataFrame(run.data.points, columns=run.data.feature_names)
    assert lw.predict(runs[name], points[["b", "c", "a"]], raw=False).tolist() == Y
    with pytest.raises(lw.InputError, match="'the frame' misses 'c'"):
        lw.predict(runs[name], X[["a", "b"]], raw=False)


@pytest.mark.parametrize("name", RUNS)
def test_other_libraries(runs, name):
    pl, pa = pytest.importorskip("polars"), pytest.importorskip("pyarrow")
    columns = TURNED.to_dict("list")
    assert lw.predict(runs[name], pl.DataFrame(columns)).tolist() == Y
    assert lw.predict(runs[name], pl.DataFrame(columns).cast(pl.Decimal(12, 3))).tolist() == Y
    assert lw.predict(runs[name], pa.table(columns)).tolist() == Y
    with pytest.raises(lw.InputError, match=r"pass frame.collect\(\)"):
        lw.predict(runs[name], pl.DataFrame(columns).lazy())
    with pytest.raises(lw.InputError, match="drop from it"):
        lw.predict(runs[name], pa.table(columns | {"z": Y}))


@pytest.mark.parametrize("make", [np.asarray, lambda table: table.set_axis(range(3), axis=1)])
def test_a_frame_with_names_is_refused_where_the_run_knows_none(make):
    run = lw.memorize(make(X), Y, **OPTIONS)
    assert run.predict(X.to_numpy()).tolist() == run.predict(X.set_axis(range(3), axis=1)).tolist() == Y
    for table in (X, TURNED, X.set_axis([2, 0, 1], axis=1), X.set_axis(["0", "2", "1"], axis=1)):
        with pytest.raises(lw.InputError, match=r"pass frame.to_numpy\(\)"):
            run.predict(table)


@pytest.mark.parametrize("names", [[2, 0, 1], [10, 20, 30], [("f", 1), ("f", 2), ("g", 1)], ["a", 1, "b"]])
def test_names_that_are_no_text_are_names(names):
    table = X.set_axis(names, axis=1)
    run = lw.memorize(table, Y, **OPTIONS)
    assert run.data.feature_names == tuple(map(str, names))
    assert run.predict(table.iloc[:, [1, 2, 0]]).tolist() == Y


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])  # which is refused as a feature
def test_columns_of_any_kind_are_divided_when_they_are_loaded(kind):
    data = lw.load(KINDS[kind](X).assign(k=Y), label="k", scale=10)
    assert (data.points == X.to_numpy() / 10).all()


@pytest.mark.parametrize("column", [pd.Timestamp("2020-02-02"), pd.Timedelta(3), 1j, [[1]] * N])
def test_dates_and_the_like_are_refused_unless_they_are_left_out(column):
    table = X.assign(t=column, k=Y)
    with pytest.raises(lw.InputError, match=r"column 't' holds .*\(--drop\)"):
        lw.load(table, label="k")
    assert lw.load(table, label="k", drop=["t"]).feature_names == ("a", "b", "c")


def test_labels_of_a_frame_keep_their_kind():
    assert lw.load(X.assign(k=pd.Categorical(Y))).classes == ("u", "v")
    assert lw.load(X.assign(k=pd.array([1, 2] * (N // 2), dtype="Int64")), label="k").classes == (1, 2)
    with pytest.raises(lw.InputError, match="labels in column 'k' mix numbers"):
        lw.load(X.assign(k=[1, "1"] * (N // 2)))


def test_a_path_is_no_table(runs):
    with pytest.raises(lw.InputError, match="not a path; for those in a file: logwidth"):
        runs["plain"].predict("table.csv")


@pytest.mark.parametrize("kind", ["pandas", "category", "polars", "arrow", "parquet", "feather", "json"])
@pytest.mark.parametrize("labels", [["01", "1"], ["1", "2"], ["1.0", "1"], ["True", "False"]])
def test_labels_that_are_text_stay_text_where_the_form_tells_text_from_numbers(tmp_path, kind, labels):
    import polars as pl
    import pyarrow as pa

    table = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "k": labels * 2})
    write = {"parquet": table.to_parquet, "feather": table.to_feather}
    given = {
        "pandas": table,
        "category": table.astype({"k": "category"}),
        "polars": pl.DataFrame({"a": table.a.to_numpy(), "k": table.k.tolist()}),
        "arrow": pa.table({"a": table.a.to_numpy(), "k": table.k.tolist()}),
    }.get(kind, tmp_path / f"t.{kind}")
    if kind == "json":
        table.to_json(given, orient="records")
    elif kind in write:
        write[kind](given)
    data = lw.load(given)
    assert data.original_labels() == labels * 2
    assert lw.memorize(data, bracket=False).predict(table[["a"]]).tolist() == labels * 2


LABELS = {
    "digits": ["1", "2"],
    "zeros before": ["01", "02"],
    "two ways of one number": ["01", "1"],
    "truth in words": ["True", "False"],
    "fractions in text": ["1.0", "2.50"],
    "integers": [1, 2],
    "floats": [1.0, 2.5],
    "truth values": [True, False],
}


@pytest.mark.parametrize("kind", list(LABELS))
def test_labels_are_read_again_from_a_text_table_as_what_they_were(kind, tmp_path):
    y = LABELS[kind] * (N // 2)
    X.assign(k=y).to_csv(tmp_path / "t.csv", index=False)
    X.assign(k=y).to_csv(tmp_path / "bare.csv", index=False, header=False)
    np.save(tmp_path / "x.npy", X.to_numpy())
    (tmp_path / "k.txt").write_text("\n".join(map(str, y)) + "\n")
    table, beside, array = lw.load(X.assign(k=y)), lw.Dataset(X, y), lw.Dataset(X.to_numpy(), y)
    made = [
        (table, DataSource(tmp_path / "t.csv")),
        (beside, DataSource(tmp_path / "t.csv", label="k")),
        (array, DataSource(tmp_path / "bare.csv")),
        (array, DataSource(tmp_path / "x.npy", labels=tmp_path / "k.txt")),
    ]
    for data, source in made:
        again = load_again(read_like(source, None, data.columns), data.columns, 3, data.classes)
        assert (again.classes, again.sha256) == (data.classes, data.sha256)
