"""Iris and wine in every kind of file but text tables: the numbers come back exactly; damaged files give one line."""

import bz2
import gzip
import io
import json
import zipfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.io import savemat
from sklearn.datasets import dump_svmlight_file, load_iris, load_wine

from logwidth.dataset.readers import form_of, read_table
from logwidth.dataset.table import ReadOptions
from logwidth.errors import InputError


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read_table(str(path), ReadOptions(**options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read(path, **options):
    return read_table(str(path), ReadOptions(**options))


def dense(cells):
    return cells.toarray() if sparse.issparse(cells) else np.asarray(cells, dtype=np.float64)


def libsvm(X, y, base):
    buffer = io.BytesIO()
    dump_svmlight_file(X, y, buffer, zero_based=base == 0)
    return buffer.getvalue()


def mat(**arrays):
    buffer = io.BytesIO()
    savemat(buffer, arrays)
    return buffer.getvalue()


def mat4(**arrays):
    buffer = io.BytesIO()
    savemat(buffer, arrays, format="4")
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def arff(X, y, kind="REAL"):
    head = "% a comment\n@RELATION r\n" + "".join(f"@attribute\t'c {j}'\t{kind}\n" for j in range(X.shape[1]))
    rows = "".join(",".join(map(repr, row.tolist())) + f",'k {label}'\n" for row, label in zip(X, y, strict=True))
    return (head + "@attribute class {'k 0','k 1','k 2'}\n@DATA\n" + rows).encode()


def sparse_arff(X, y):
    head = "@relation r\n" + "".join(f"@attribute c{j} numeric\n" for j in range(X.shape[1]))
    rows = ""
    for row, label in zip(X, y, strict=True):
        cells = [f"{j} {x!r}" for j, x in enumerate(row.tolist()) if x] + ([f"{len(row)} k{label}"] if label else [])
        rows += "{" + ", ".join(cells) + "}\n"
    return (head + "@attribute class {k0,k1,k2}\n@data\n" + rows).encode()


def saved_sparse(matrix):
    buffer = io.BytesIO()
    sparse.save_npz(buffer, matrix)
    return buffer.getvalue()


BESIDE = {  # labels come beside the cells
    "a.libsvm": lambda X, y: libsvm(X, y, 0),
    "b.svm": lambda X, y: libsvm(X, y, 1),
    "c.txt": lambda X, y: libsvm(X, y, 1),
    "d.t": lambda X, y: libsvm(X, y, 1),
    "e.bz2": lambda X, y: bz2.compress(libsvm(X, y, 1)),
    "a.npz": lambda X, y: npz(X=X, y=y),
    "b.npz": lambda X, y: npz(data=X, target=y),
    "c.npz": lambda X, y: npz(x_train=X, y_train=y, x_test=X[:3], y_test=y[:3]),
    "d.npz": lambda X, y: npz(points=X, kinds=y.reshape(-1, 1)),
    "npz.zip": lambda X, y: npz(X=X, y=y),
    "a.mat": lambda X, y: mat(X=X, y=y),
    "b.mat": lambda X, y: mat(fea=X, gnd=y.reshape(-1, 1)),
    "c.mat": lambda X, y: mat(X=X.T, Y=y),
    "d.mat": lambda X, y: mat4(meas=X, species=y.astype(float)),
    "e.mat": lambda X, y: mat(X=sparse.csc_matrix(X), y=y),
    "f.mat": lambda X, y: mat(X=sparse.csc_matrix(X.T), y=y),
}
SETS = [load_iris, load_wine]


@pytest.mark.parametrize("load", SETS)
@pytest.mark.parametrize("name", BESIDE)
def test_points_with_labels_beside_them_are_read_exactly(tmp_path, name, load):
    X, y = load(return_X_y=True)
    (tmp_path / name).write_bytes(BESIDE[name](X, y))
    table = read(tmp_path / name)
    assert (dense(table.cells) == X).all()
    assert np.asarray(table.labels).tolist() == y.tolist()
    assert all(isinstance(label, int) for label in np.asarray(table.labels).tolist()) or name == "d.npz"
    assert sparse.issparse(table.cells) == (name in ("e.mat", "f.mat") or form_of(tmp_path / name) == "svmlight")


COLUMNS = {  # labels are one of the columns
    "a.arff": arff,
    "b.arff": lambda X, y: arff(X, y, "INTEGER"),
    "c.arff": sparse_arff,
    "d.arff.gz": lambda X, y: gzip.compress(arff(X, y)),
    "e.txt": arff,
    "a.json": lambda X, y: json.dumps(records(X, y)).encode(),
    "b.jsonl": lambda X, y: "\n".join(map(json.dumps, records(X, y))).encode(),
    "c.json.gz": lambda X, y: gzip.compress(json.dumps(records(X, y)).encode()),
    "a.parquet": lambda X, y: frame_of(X, y).to_parquet(),
    "b.csv": lambda X, y: frame_of(X, y).to_parquet(),
    "c.parquet": lambda X, y: (
        frame_of(X, y).iloc[np.arange(len(X))[::-1]].iloc[::-1].sort_index(ascending=True).to_parquet()
    ),
    "d.parquet": lambda X, y: frame_of(X, y).set_axis(np.arange(len(X)) * 2).to_parquet(),
    "e.parquet": lambda X, y: frame_of(X, y).astype({"y": "category"}).to_parquet(),
    "a.feather": lambda X, y: feather(frame_of(X, y)),
}


def records(X, y):
    return [{f"c{j}": x for j, x in enumerate(row.tolist())} | {"y": f"k {label}"} for row, label in zip(X, y, strict=True)]


def frame_of(X, y):
    return pd.DataFrame(X, columns=[f"c{j}" for j in range(X.shape[1])]).assign(y=[f"k {label}" for label in y])


def feather(frame):
    buffer = io.BytesIO()
    frame.to_feather(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize("load", SETS)
@pytest.mark.parametrize("name", COLUMNS)
def test_tables_with_a_label_column_are_read_exactly(tmp_path, name, load):
    X, y = load(return_X_y=True)
    (tmp_path / name).write_bytes(COLUMNS[name](X, y))
    table = read(tmp_path / name)
    assert (table.cells.iloc[:, :-1].to_numpy(dtype=np.float64) == X).all()
    assert [label.replace(" ", "") for label in table.cells.iloc[:, -1]] == [f"k{label}" for label in y]
    assert table.names == tuple(table.cells.columns)
    assert len(table.names) == X.shape[1] + 1
    assert table.labels is None


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
@pytest.mark.parametrize("labels", ["y.npy", "y.txt", "y.txt.gz", "labels-idx1-ubyte"])
def test_a_sparse_matrix_has_its_labels_in_another_file(tmp_path, form, labels):
    X, y = load_wine(return_X_y=True)
    (tmp_path / "s.npz").write_bytes(saved_sparse(sparse.csr_matrix(X).asformat(form)))
    write_labels(tmp_path / labels, y)
    table = read(tmp_path / "s.npz", labels=str(tmp_path / labels))
    assert sparse.issparse(table.cells)
    assert (table.cells.toarray() == X).all()
    assert np.asarray(table.labels).tolist() == y.tolist()
    assert read(tmp_path / "s.npz").labels is None


def write_labels(path, y):
    text = "".join(f"{label}\n" for label in y).encode()
    if path.suffix == ".npy":
        np.save(path, y)
    elif "idx" in path.name:
        path.write_bytes(bytes([0, 0, 8, 1]) + len(y).to_bytes(4, "big") + bytes(y.tolist()))
    else:
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def test_labels_in_another_file_go_with_every_kind_that_has_none_of_its_own(tmp_path):
    X, y = load_iris(return_X_y=True)
    (tmp_path / "y.txt").write_text("".join(f"kind {label}\n" for label in y) + "\n")
    np.savetxt(tmp_path / "x.txt", X)
    np.save(tmp_path / "x.npy", X)
    for name in ("x.txt", "x.npy"):
        table = read(tmp_path / name, labels=str(tmp_path / "y.txt"))
        assert (dense(table.cells) == X).all()
        assert table.labels == [f"kind {label}" for label in y]
    np.savez(tmp_path / "x.npz", X=X, y=y)
    assert "has its labels beside its points" in refused(tmp_path / "x.npz", labels=str(tmp_path / "y.txt"))
    (tmp_path / "h.txt").write_text("kind\n" + "0\n" * 150)
    assert "has 151 lines for 150 points; is the first, 'kind', a header?" in refused(
        tmp_path / "x.npy", labels=str(tmp_path / "h.txt")
    )
    assert "is no file of labels" in refused(tmp_path / "x.npy", labels=str(tmp_path / "x.npz"))
    assert "there is no such file" in refused(tmp_path / "x.npy", labels=str(tmp_path / "none.npy"))


def test_indices_of_libsvm_are_names_so_that_two_files_match_whatever_they_count_from(tmp_path):
    (tmp_path / "train.svm").write_text("1 1:2 3:4\n-1 2:5\n")
    (tmp_path / "test.svm").write_text("1 2:2 # first 9:9\n1\n")
    (tmp_path / "zero.svm").write_text("+1 qid:3 0:2 1:7.5\n0.5 1:1\n")
    assert read(tmp_path / "train.svm").names == ("1", "2", "3")
    assert np.asarray(read(tmp_path / "train.svm").labels).tolist() == [1, -1]
    assert read(tmp_path / "test.svm").names == ("1", "2")
    zero = read(tmp_path / "zero.svm")
    assert zero.names == ("0", "1")
    assert zero.cells.toarray().tolist() == [[2, 7.5], [0, 1]]
    assert zero.notes == ("LibSVM, indices counted from 0", "query ids (qid) left out")
    assert np.asarray(zero.labels).tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("1 2:1 1:3\n", "is no LibSVM file"),
        ("cat 1:3\n", "is no LibSVM file"),
        ("1,2 1:3\n", "is no LibSVM file"),
        ("1 1:x\n", "is no LibSVM file"),
        ("1 -1:2\n", "'label index:value …'"),
        ("1\n0\n", "has labels and no features"),
        ("1 2147483646:1\n", "too large to be made dense"),
        ("1 2147483646:1\n" * 5, "too large to be made dense"),
        ("1 99999999999999999999:1\n", "is no LibSVM file"),
    ],
)
def test_what_is_no_libsvm_is_one_line(tmp_path, text, message):
    (tmp_path / "x.svm").write_text(text)
    assert message in refused(tmp_path / "x.svm")


def test_labels_of_arff_and_missing_cells(tmp_path):
    names = "@attribute class {a,b}\n@attribute x real\n@attribute s string\n@attribute z {0,1}\n"
    text = f"@relation r\n{names}@data\na,1.5,'u v',0\nb,?,?,1\n"
    (tmp_path / "x.arff").write_text(text)
    table = read(tmp_path / "x.arff")
    assert table.cells["z"].tolist() == ["0", "1"]
    assert table.cells["s"].tolist() == ["u v", None]
    assert np.array_equal(table.cells["x"], [1.5, np.nan], equal_nan=True)
    assert table.notes == ()
    assert read(tmp_path / "x.arff", label="x").cells["x"].tolist() == ["1.5", None]
    assert read(tmp_path / "x.arff", label="nothing").cells.shape == (2, 4)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("1.5", "2_5", "the numeric attribute 'x' holds other things in row 0 ('2_5')"),
        ("1.5,", "", "Bad @DATA instance format"),
        ("a,1", "c,1", "Data value c not found in nominal declaration"),
        ("real", "relational", "Bad @ATTRIBUTE type"),
        ("@data\n", "", "is no ARFF file that can be read"),
        ("a,1.5,0\n", "", "has names and no rows"),
        ("attribute x", "attribute y", "Bad @ATTRIBUTE name y"),
    ],
)
def test_what_is_no_arff_is_one_line(tmp_path, old, new, message):
    text = "@relation r\n@attribute c {a,b}\n@attribute x real\n@attribute y {0,1}\n@data\na,1.5,0\n"
    (tmp_path / "x.arff").write_text(text.replace(old, new))
    assert message in refused(tmp_path / "x.arff")


ARRAYS = [
    ("a.npz", lambda: npz(u=np.ones((3, 2)), v=np.arange(3), w=np.arange(3)), "needs arrays 'X' and 'y', points and their "
     "labels, or --features and --label, or --axes of a grid; its arrays are 'u' (3, 2), 'v' (3,), 'w' (3,)"),
    ("b.npz", lambda: npz(u=np.ones((3, 2)), v=np.ones((3, 2)), w=np.arange(3)), "needs arrays"),
    ("c.npz", lambda: npz(y=np.arange(3)), "needs arrays"),
    ("d.npz", lambda: saved_sparse(sparse.dia_matrix(np.eye(3))), "in the form 'dia'; save it with matrix.tocsr()"),
    ("e.npz", lambda: bent(indices=np.array([0, 7])), "cannot read"),
    ("f.npz", lambda: bent(indptr=np.array([0, 9, 2])), "cannot read"),
    ("g.npz", lambda: bent(indices=np.array([0, -1])), "cannot read"),
    ("h.npz", lambda: bent(shape=np.array([2, 2**40])), "more than 64 GiB when it is dense"),
    ("i.npz", lambda: bent(format=np.array(b"csr", dtype=object)), "holds Python objects, which need pickle"),
    ("j.npz", lambda: npz(format=np.array("csr"), shape=np.array([2, 2]), data=np.ones(2)), "is a damaged sparse matrix"),
    ("a.mat", lambda: mat(A=np.eye(3)[:, :2], B=np.arange(3), C=np.arange(3)),
     "its arrays are 'A' (3, 2), 'B' (1, 3), 'C' (1, 3)"),
    ("b.mat", lambda: mat(c=np.array([{"a": 1}], dtype=object)), "holds no plain arrays, only 'c' (cell)"),
    ("c.mat", lambda: mat(X=np.eye(3), y=np.arange(3)), "so rows or columns may be the points"),
    ("d.mat", lambda: mat(X=np.eye(3))[:150], "is a damaged file of MATLAB, or it is cut off"),
    ("e.mat", lambda: b"", "cannot read"),
]  # fmt: skip


def bent(**changes):
    matrix = sparse.csr_matrix(np.array([[1.0, 0], [0, 2]]))
    arrays = {"format": np.array(b"csr"), "shape": np.array(matrix.shape), "data": matrix.data}
    return npz(**{**arrays, "indices": matrix.indices, "indptr": matrix.indptr, **changes})


@pytest.mark.parametrize(("name", "make", "message"), ARRAYS)
def test_archives_that_leave_a_doubt_or_are_damaged_are_one_line(tmp_path, name, make, message):
    (tmp_path / name).write_bytes(make())
    assert message in refused(tmp_path / name)


def test_pictures_in_arrays_become_rows_and_their_size_is_kept(tmp_path):
    pictures = np.random.default_rng(0).integers(0, 256, (6, 4, 3, 3)).astype(np.uint8)
    np.savez(tmp_path / "a.npz", x_train=pictures, y_train=np.arange(6))
    np.save(tmp_path / "b.npy", pictures[..., 0])
    (tmp_path / "c.mat").write_bytes(mat(X=np.moveaxis(pictures, 0, -1), y=np.arange(6)))
    for name in ("a.npz", "c.mat"):
        table = read(tmp_path / name)
        assert (table.cells == pictures.reshape(6, -1)).all()
        assert table.image == (3, 4, "RGB")
        assert "each point is an array 4 × 3 × 3, row by row" in table.notes
    assert (read(tmp_path / "b.npy").cells == pictures[..., 0].reshape(6, -1)).all()
    assert read(tmp_path / "b.npy").image == (3, 4, "L")


def test_cells_of_parquet_are_what_they_stand_for(tmp_path):
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    columns = {
        "decimal": pa.array([Decimal("0.10"), None, Decimal("12345678.91")]),
        "whole": pa.array([1, None, 2**53], pa.int64()),
        "truth": pa.array([True, False, None]),
        "sure": pa.array([True, False, True]),
        "words": pa.array(["a", None, "b"]).dictionary_encode(),
        "large": pa.array(["1", "b", "c"], pa.large_string()),
        "small": pa.array([1.5, 2, 3], pa.float32()),
        "y": pa.array([3, 1, 2], pa.uint8()),
    }
    parquet.write_table(pa.table(columns), tmp_path / "x.parquet")
    cells = read(tmp_path / "x.parquet").cells
    assert np.array_equal(cells["decimal"], [0.1, np.nan, 12345678.91], equal_nan=True)
    assert np.array_equal(cells["whole"], [1, np.nan, 2.0**53], equal_nan=True)
    assert np.array_equal(cells["truth"], [1, 0, np.nan], equal_nan=True)
    assert cells["sure"].dtype == bool
    assert cells["words"].tolist() == ["a", None, "b"]
    assert cells["large"].tolist() == ["1", "b", "c"]
    assert cells["y"].tolist() == [3, 1, 2]
    for name, strange in {"when": pd.Timestamp("2020"), "list": [1], "bytes": b"x"}.items():
        parquet.write_table(pa.table({name: [strange] * 2, "y": [1, 2]}), tmp_path / "s.parquet")
        assert f"column '{name}' holds " in refused(tmp_path / "s.parquet")


def test_the_index_of_pandas_is_left_out_of_parquet(tmp_path):
    frame = frame_of(*load_iris(return_X_y=True))
    frame.iloc[[0, 2, 3]].to_parquet(tmp_path / "a.parquet")
    table = read(tmp_path / "a.parquet")
    assert table.names == tuple(frame.columns)
    assert table.notes == ("the index of pandas, '__index_level_0__', left out",)
    frame.set_index("c0").to_parquet(tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet").names == tuple(frame.columns[1:])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[{"a": 1}, {"b": 2}]', "record 1 and record 0 do not both have 'a', 'b'"),
        ('[{"a": 1, "a": 2}]', "the same name twice"),
        ('[{"a": [1]}]', "record 0 holds lists or objects in 'a'"),
        ("[1, 2]", "is JSON, but no list of records"),
        ('{"a": [1, [2]]}', "is JSON, but no list of records"),
        ("[]", "holds no records"),
        ('{"a": 1}\n{"a"', "is no JSON"),
        ("[" * 100_000, "cannot read"),
    ],
)
def test_other_json_is_one_line(tmp_path, text, message):
    (tmp_path / "x.json").write_text(text)
    assert message in refused(tmp_path / "x.json")


GOOD = {
    "x.svm": lambda: libsvm(*(part[::15] for part in load_iris(return_X_y=True)), 1),
    "x.arff": lambda: arff(*(part[::15] for part in load_iris(return_X_y=True))),
    "x.mat": lambda: mat(X=np.arange(12.0).reshape(4, 3), y=np.arange(4)),
    "s.npz": lambda: saved_sparse(sparse.csr_matrix(np.eye(4)[:, :3])),
    "x.json": lambda: json.dumps(records(*(part[::50] for part in load_iris(return_X_y=True)))).encode(),
    "x.feather": lambda: feather(frame_of(*(part[::15] for part in load_iris(return_X_y=True)))),
    "x.zip": lambda: zipped(b"a,b\n1,2\n3,4\n"),
    "x.bin": lambda: np.random.default_rng(0).integers(0, 10, (2, 3073)).astype(np.uint8).tobytes(),
}


def zipped(content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", content)
    return buffer.getvalue()


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_damage_gives_a_table_or_one_line(tmp_path_factory, name, data):
    content = bytearray(GOOD[name]())
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
            content[place] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.mktemp("damage") / name
    path.write_bytes(content)
    try:
        table = read(path)
    except InputError as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017
        return
    assert len(table.cells.shape) in (1, 2)


@pytest.mark.parametrize("name", GOOD)
def test_undamaged_files_are_read(tmp_path, name):
    (tmp_path / name).write_bytes(GOOD[name]())
    assert read(tmp_path / name).cells.shape[0] >= 1


def test_cifar_is_told_by_its_rows(tmp_path):
    rng = np.random.default_rng(0)
    ten = rng.integers(0, 256, (3, 3073)).astype(np.uint8)
    ten[:, 0] = [9, 0, 3]
    hundred = rng.integers(0, 256, (3, 3074)).astype(np.uint8)
    hundred[:, :2] = [[19, 99], [0, 50], [1, 2]]
    (tmp_path / "data_batch_1.bin").write_bytes(ten.tobytes())
    (tmp_path / "train.bin").write_bytes(hundred.tobytes())
    table = read(tmp_path / "data_batch_1.bin")
    assert np.asarray(table.labels).tolist() == [9, 0, 3]
    assert table.image == (32, 32, "RGB")
    assert table.cells[1].reshape(32, 32, 3)[4, 5].tolist() == [ten[1, 1 + c * 1024 + 4 * 32 + 5] for c in range(3)]
    assert np.asarray(read(tmp_path / "train.bin").labels).tolist() == [99, 50, 2]
    ten[0, 0] = 10
    (tmp_path / "data_batch_1.bin").write_bytes(ten.tobytes())
    assert "is no binary file of CIFAR" in refused(tmp_path / "data_batch_1.bin")
