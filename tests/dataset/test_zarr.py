"""Zarr stores: the same data as from an archive, part by part, and one clear line for whatever is wrong with a store."""

import sys

import numpy as np
import pytest

import logwidth as lw
from logwidth.dataset import Columns, DataSource, load_points
from logwidth.errors import InputError, MissingExtraError

zarr = pytest.importorskip("zarr")
arrays, stores = (sys.modules[f"logwidth.dataset.{name}"] for name in ("readers.archives", "readers.zarr_store"))
POINTS = np.arange(30, dtype=np.float32).reshape(10, 3) / 7
LABELS = np.array([3, 1] * 5)


@pytest.fixture
def store(tmp_path):
    """A group with points in chunks, labels, and the points alone as another store."""
    group = zarr.open_group(str(tmp_path / "data.zarr"), mode="w")
    for name, array in (("X", POINTS), ("y", LABELS)):
        group[name] = array
    alone = zarr.open(str(tmp_path / "points.zarr"), mode="w", shape=POINTS.shape, dtype="f4", chunks=(3, 2))
    alone[:] = POINTS
    np.save(tmp_path / "labels.npy", LABELS)
    return tmp_path


@pytest.mark.parametrize("part", [1, 7, 2**20])
def test_a_store_is_the_same_data_however_it_is_cut(store, monkeypatch, part):
    monkeypatch.setattr(arrays, "PART", part)
    sizes, cut = [], stores._parts
    monkeypatch.setattr(stores, "_parts", lambda *given: (sizes.append(len(p)) or p for p in cut(*given)))
    expected = lw.Dataset(POINTS, LABELS)
    data = lw.load(store / "data.zarr")
    assert data == expected
    assert data.name == "data"
    assert sizes == {1: [1] * 10, 7: [2] * 5}.get(part, [10])
    assert data.source.reload() == expected
    assert lw.load(store / "points.zarr", labels=store / "labels.npy") == expected
    assert lw.load(store / "data.zarr", scale=3) == lw.Dataset(POINTS.astype(np.float64) / 3, LABELS)
    assert (load_points(DataSource(str(store / "data.zarr")), Columns(), 3) == POINTS).all()


@pytest.mark.parametrize("dtype", ["u1", "i8", "f2", "f8", "?", ">f4"])
def test_every_kind_of_number_is_read_as_numpy_converts_it(tmp_path, dtype):
    points = np.arange(30).reshape(10, 3).astype(dtype)
    np.savez(tmp_path / "t.npz", X=points, y=LABELS)
    np.savez(tmp_path / "columns.npz", X=np.asfortranarray(points), y=LABELS)
    group = zarr.open_group(str(tmp_path / "t.zarr"), mode="w")
    group["X"], group["y"] = points, LABELS
    rows = np.unique(points.astype(np.float64), axis=0)
    for name in ("t.npz", "columns.npz", "t.zarr"):
        if len(rows) == len(points):
            assert lw.load(tmp_path / name) == lw.Dataset(points, LABELS)
        else:
            with pytest.raises(InputError, match="identical points"):
                lw.load(tmp_path / name)


def damaged(folder):
    """Return the name of the store, now with chunks that are no chunks."""
    chunks = [path for path in (folder / "data.zarr" / "X").rglob("*") if path.is_file() and "zar" not in path.name]
    for path in chunks:
        path.write_bytes(b"x")
    assert chunks
    return "data.zarr"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: "nowhere.zarr", "cannot read"),
        (lambda folder: "points.zarr", "points only"),
        (
            lambda folder: (zarr.open_group(str(folder / "empty.zarr"), mode="w") and "empty.zarr") or "empty.zarr",
            "needs arrays",
        ),
        (lambda folder: ((folder / "file.zarr").write_bytes(b"not a store"), "file.zarr")[1], "cannot read"),
        (damaged, "cannot read"),
    ],
)
def test_what_is_wrong_with_a_store_is_one_line(store, make, message):
    with pytest.raises(InputError, match=message) as refused:
        lw.load(store / make(store))
    assert "\n" not in str(refused.value)


def test_the_extra_is_named_where_it_is_missing(store, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(MissingExtraError, match=r"logwidth\[zarr\]"):
        lw.load(store / "data.zarr")
