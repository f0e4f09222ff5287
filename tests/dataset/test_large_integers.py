"""Integers beyond 2^53: rounding them is said, and rows that it makes one are refused, in every form of data."""

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import feather, parquet
from scipy import sparse

import logwidth as lw
from logwidth.dataset.large_integers import rounding_notes

TOP = 2**53
LABELS = ["a", "a", "b"]


def frame(ids):
    return pd.DataFrame({"id": ids, "x": [0.5, 0.5, 0.5], "y": LABELS})


def npy(ids, folder):
    np.save(folder / "t.npy", np.stack([ids, np.zeros_like(ids)], axis=1))
    np.save(folder / "y.npy", np.array([0, 0, 1]))
    return {"data": folder / "t.npy", "labels": folder / "y.npy"}


def npz(ids, folder):
    np.savez(folder / "t.npz", X=np.stack([ids, np.zeros_like(ids)], axis=1), y=LABELS)
    return {"data": folder / "t.npz"}


def csv(ids, folder):
    frame(ids).to_csv(folder / "t.csv", index=False)
    return {"data": folder / "t.csv"}


def written_parquet(ids, folder):
    frame(ids).to_parquet(folder / "t.parquet")
    return {"data": folder / "t.parquet"}


FORMS = {
    "npy": npy,
    "npz": npz,
    "csv": csv,
    "parquet": written_parquet,
    "pandas": lambda ids, _: {"data": frame(ids)},
    "nullable": lambda ids, _: {"data": frame(pd.array(ids, dtype=f"{'U' if ids.dtype.kind == 'u' else ''}Int64"))},
    "polars": lambda ids, _: {"data": pl.from_pandas(frame(ids))},
}
STARTS = {"int64": np.int64(TOP), "negative": np.int64(-2 * TOP), "uint64": np.uint64(2**63 + 2**62)}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("form", FORMS)
def test_rounding_is_said_and_rows_that_become_one_are_refused(form, start, tmp_path):
    first = STARTS[start]
    apart = first + np.array([0, 4097, 8192], dtype=first.dtype)
    data = lw.load(**FORMS[form](apart, tmp_path))
    (note,) = (note for note in data.notes if "2^53" in note)
    assert note.startswith("1 integer ")
    assert str(apart[1]) in note
    assert "column 0," in note if form.startswith("np") else "column 'id'," in note
    assert data.points[:, 0].tolist() == [float(int(number)) for number in apart]
    merged = first + np.array([0, 1, 8192], dtype=first.dtype)
    for options in ({}, {"scale": 3.0}):
        with pytest.raises(lw.InputError, match=r"rows 0 and 1 differ in integers beyond 2\^53 \(column"):
            lw.load(**FORMS[form](merged, tmp_path), **options)
    held = first + np.array([0, 4096, 8192], dtype=first.dtype)
    assert not any("2^53" in note for note in lw.load(**FORMS[form](held, tmp_path)).notes)


@pytest.mark.parametrize(
    "kind", [np.array, np.ndarray.tolist, sparse.csr_array, pd.DataFrame], ids=["array", "list", "sparse", "frame"]
)
def test_a_data_set_made_in_memory_says_the_same(kind):
    points = np.array([[TOP, 0], [TOP + 1, 0], [5, 7]])
    with pytest.raises(lw.InputError, match="rows 0 and 1 differ") as caught:
        lw.Dataset(kind(points), [0, 1, 1])
    assert "relabel" not in str(caught.value)
    points[1, 1] = 1
    assert "1 integer beyond" in lw.Dataset(kind(points), [0, 1, 1]).notes[0]
    assert lw.Dataset(kind(points - 1), [0, 1, 1]).notes == ()


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1) | st.lists(st.integers(0, 2**64 - 1), min_size=1))
def test_what_is_rounded_is_what_a_double_does_not_hold(numbers):
    table = np.array(numbers, dtype=np.int64 if max(numbers) < 2**63 else np.uint64)[:, None]
    lost = sum(int(float(number)) != number for number in numbers)
    for points in (table, table.astype(object)):
        found = rounding_notes(points)
        assert found == () if not lost else found[0].startswith(f"{lost} integer")


WIDE = [TOP + 1, TOP, 7]
BESIDE = {"nothing": None, "fraction": 0.5}


def as_json(labels, folder):
    (folder / "t.json").write_text(json.dumps([{"x": i, "user": label} for i, label in enumerate(labels)]))
    return folder / "t.json"


def as_csv(labels, folder):
    texts = ["" if label is None else str(label) for label in labels]
    (folder / "t.csv").write_text("x,user\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)))
    return folder / "t.csv"


def as_parquet(labels, folder):
    parquet.write_table(arrow(labels), folder / "t.parquet")
    return folder / "t.parquet"


def as_feather(labels, folder):
    feather.write_feather(arrow(labels), str(folder / "t.feather"))
    return folder / "t.feather"


def arrow(labels):
    return pa.table({"x": list(range(len(labels))), "user": labels})


def decimals(labels, folder):
    return as_parquet([None if label is None else Decimal(label) for label in labels], folder)


LABELLED = {
    "json": as_json,
    "csv": as_csv,
    "parquet": as_parquet,
    "feather": as_feather,
    "decimals": decimals,
    "arrow": lambda labels, _: arrow(labels),
    "polars": lambda labels, _: pl.DataFrame({"x": range(len(labels)), "user": labels}),
    "pandas": lambda labels, _: pd.DataFrame({"x": range(len(labels)), "user": pd.array(labels, dtype="Int64")}),
    "objects": lambda labels, _: pd.DataFrame({"x": range(len(labels)), "user": pd.Series(labels, dtype=object)}),
    "category": lambda labels, _: pd.DataFrame({"x": range(len(labels)), "user": pd.Categorical(labels)}),
}


@pytest.mark.parametrize("form", LABELLED)
def test_labels_beside_a_missing_one_stay_as_they_are(form, tmp_path):
    data = lw.load(LABELLED[form]([*WIDE, None], tmp_path), drop_missing=True)
    assert data.original_labels() == WIDE


@pytest.mark.parametrize("form", ["json", "objects"])
@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([*WIDE, 0.5], "integers that no double holds .row 0 is 9007199254740993. and numbers with a point .row 3 is 0.5."),
        ([1, "1", 2], "numbers .row 0 is 1. and text"),
        ([1.0, None, "1"], "numbers .row 0 is 1.0. and text"),
        ([True, "True", False], "truth values .row 0 is True. and text"),
        ([1, True, 2], "numbers .row 0 is 1. and truth values"),
    ],
    ids=["fraction", "number-text", "missing-too", "truth-text", "number-truth"],
)
def test_labels_of_two_kinds_are_refused(form, labels, words, tmp_path):
    with pytest.raises(lw.InputError, match=f"column 'user' mix {words}"):
        lw.load(LABELLED[form](labels, tmp_path), drop_missing=True)


@pytest.mark.parametrize(
    "texts",
    [
        [str(TOP + 1), str(TOP), "0.5"],
        [str(TOP + 1), f"{TOP}.0", "7"],
        [f"{TOP + 1}.0", f"{TOP}.0", "7"],
        [str(TOP + 1), "0.5", ""],
        [f"-{TOP + 1}", "1e3", "7"],
    ],
)
def test_written_labels_that_a_double_would_change_stay_text(texts, tmp_path):
    data = lw.load(as_csv(texts, tmp_path), drop_missing=True)
    assert data.original_labels() == [text for text in texts if text]
    assert any(note.startswith("labels stay text: ") for note in data.notes)


FEATURES = {name: form for name, form in LABELLED.items() if name not in {"csv", "category"}}  # text is read as doubles


@pytest.mark.parametrize(
    ("form", "beside"), [*((form, "nothing") for form in FEATURES), ("json", "fraction"), ("objects", "fraction")]
)
def test_features_beside_a_missing_cell_or_a_fraction(form, beside, tmp_path):
    other = BESIDE[beside]
    with pytest.raises(lw.InputError, match="rows 0 and 1 differ in integers"):
        lw.load(FEATURES[form]([TOP + 1, TOP, 7, other], tmp_path), label="x", drop_missing=True)
    data = lw.load(FEATURES[form]([TOP + 1, 8, 7, other], tmp_path), label="x", drop_missing=True, scale=2)
    assert data.points[:, 0].tolist() == [TOP / 2, 4.0, 3.5, *([] if other is None else [0.25])]
    assert any("1 integer beyond 2^53" in note for note in data.notes)
    with pytest.raises(lw.InputError, match="NaN or infinite"):
        lw.load(FEATURES[form]([TOP + 1, 8, 7, None], tmp_path), label="x", scale=2)


def test_the_estimator_looks_before_it_converts():
    points = np.array([[TOP + 1, 0], [TOP, 0], [0, 5], [0, 9]])
    frame = pd.DataFrame(points, columns=["a", "b"])
    tables = (frame, frame.astype("Int64"), pl.from_pandas(frame), pa.Table.from_pandas(frame))
    for table in (points, points.tolist(), sparse.csr_array(points), *tables):
        with pytest.raises(lw.InputError, match="rows 0 and 1 differ in integers"):
            lw.RobustMemorizer(ratio=0.5).fit(table, [0, 0, 1, 1])


def test_decimals_that_would_become_one_label_are_refused(tmp_path):
    for texts in (["9007199254740993.25", "9007199254740993.50", "7"], ["0.10000000000000000001", "0.1", "7"]):
        labels = [Decimal(text) for text in texts]
        with pytest.raises(lw.InputError, match="unlike row 0"):
            lw.load(as_parquet(labels, tmp_path))
    frame = pd.DataFrame({"x": labels, "y": LABELS})
    assert lw.load(frame, scale=2).points[:, 0].tolist() == [0.05, 0.05, 3.5]
