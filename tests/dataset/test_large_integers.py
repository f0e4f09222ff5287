"""Integers beyond 2^53: rounding them is said, and rows that it makes one are refused, in every form of data."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
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


def parquet(ids, folder):
    frame(ids).to_parquet(folder / "t.parquet")
    return {"data": folder / "t.parquet"}


FORMS = {
    "npy": npy,
    "npz": npz,
    "csv": csv,
    "parquet": parquet,
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
