"""Warts of real files: what is read is what is written, or one line says what to do."""

import contextlib
import gzip
import json

import h5py
import numpy as np
import pandas as pd
import polars as pl
import pytest
import zarr
from scipy import io
from sklearn.datasets import load_wine

import logwidth as lw

BIG = 2**53
ROWS = "1.5,2,p\n2.5,3,q\n3.5,4,p\n4.5,6,q\n"
FRAME = pd.DataFrame({"u": [1.5, 2.5, 3.5], "n": [1, 2, 3], "k": ["p", "q", "p"]}, index=[7, 3, 5])


def written(folder, content, name="t.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refused(path, **options):
    with pytest.raises(lw.InputError) as caught:
        lw.load(path, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "labels", [["a b", "a  b"], ["no", "No"], ["é", "e\u0301"], ["a", "a\u200b"], ["a", "\ufeffa"], ["1", "1.0", "x"],
               ["True", "1", "x"], ["1 000", "1000", "x"]],
    ids=ascii,
)  # fmt: skip
def test_classes_that_look_alike_are_said(tmp_path, labels):
    rows = "".join(f"{i},{i % 3},{label}\n" for i, label in enumerate(labels))
    data = lw.load(written(tmp_path, f"u,v,k\n{rows}"))
    assert data.original_labels() == labels
    assert any(f"{sorted(labels)[0]!a} and {sorted(labels)[1]!a} look alike" in note for note in data.notes)


@pytest.mark.parametrize("labels", [["a", "b"], ["a", "A"], ["1", "2"], ["01", "1"]], ids=ascii)
def test_other_classes_are_not_said_to_look_alike(tmp_path, labels):
    data = lw.load(written(tmp_path, f"u,k\n1,{labels[0]}\n2,{labels[1]}\n"))
    assert not any("look alike" in note for note in data.notes)


def test_labels_beside_the_points_that_look_alike_are_said(tmp_path):
    np.savez(tmp_path / "x.npz", X=np.eye(3), y=["a", "a ", "b"])
    assert "'a' and 'a ' look alike" in lw.load(tmp_path / "x.npz").notes[-1]


@pytest.mark.parametrize("cell", ["-", ".", "#DIV/0!", "missing", "1,5e", "Total", "<0.1"])
def test_text_among_numbers_is_to_be_corrected_and_not_encoded(tmp_path, cell):
    said = refused(written(tmp_path, f'u,v,k\n{ROWS}"{cell}",5,p\n'))
    assert f"column 'u' holds '{cell}' in row 4, among numbers; correct such cells" in said
    assert "--one-hot" not in said


@pytest.mark.parametrize("cell", ["n/a", "#NA", "1.#QNAN", "-1.#IND", "-nan(ind)", "(null)", "\\N"])
def test_what_programs_write_for_nothing_is_missing(tmp_path, cell):
    path = written(tmp_path, f"u,v,k\n{ROWS}{cell},5,p\n")
    assert "row 4, column 'u' (nan)" in refused(path)
    assert lw.load(path, drop_missing=True).n_samples == 4


def test_a_row_of_sums_is_said(tmp_path):
    notes = lw.load(written(tmp_path, f"u,v,k\n{ROWS}12,15,Total\n")).notes
    assert any("the label 'Total' is taken for a class of that name" in note for note in notes)
    assert lw.load(written(tmp_path, f"u,v,k\n{ROWS}12,15,average\n13,15,average\n")).notes == ()


def test_a_recorded_label_is_no_longer_in_doubt_when_a_run_is_checked(tmp_path):
    path = written(tmp_path, "u,v,k\n" + "".join(f"{i % 2},{3 * i % 23},{i}\n" for i in range(22)))
    assert "say which holds the labels" in refused(path)
    lw.memorize(lw.load(path, label="k"), ratio=0.2, bracket=False, effort="low").save(tmp_path / "r")
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    summary["data_source"]["label"] = None
    (tmp_path / "r" / "summary.json").write_text(json.dumps(summary))
    assert lw.check(tmp_path / "r").passed


def test_a_summary_that_names_another_column_of_labels_fails_the_check(tmp_path):
    lw.memorize(lw.load(written(tmp_path, f"u,v,k\n{ROWS}")), ratio=0.2, bracket=False, effort="low").save(tmp_path / "r")
    summary = json.loads((tmp_path / "r" / "summary.json").read_text())
    (tmp_path / "r" / "summary.json").write_text(json.dumps(summary | {"label_name": "w"}))
    assert "summary.json states another label_name" in lw.check(tmp_path / "r").problems[0]


def test_labels_in_the_first_column_are_not_passed_over(tmp_path):
    wine = load_wine()
    lines = [",".join([str(c + 1), *(f"{v:g}" for v in x)]) for x, c in zip(wine.data, wine.target, strict=True)]
    path = written(tmp_path, "\n".join(lines), "wine.data")
    assert "'13', has 121 values in 178 rows, and the first, '0', has 3: say which holds the labels" in refused(path)
    assert lw.load(path, label="0").original_labels() == [c + 1 for c in wine.target.tolist()]
    assert lw.load(path, label="13").n_classes == 121
    text = written(tmp_path, "kind,u,v\np,1,2\nq,2,3\np,3,5\n")
    assert "--label NAME if it holds the labels" in refused(text)
    pixels = written(tmp_path, "1,5,0\n2,6,0\n1,7,0\n")
    assert "name the column of labels with --label" in refused(pixels, header=False)


@pytest.mark.parametrize("orient", ["columns", "index", "records", "split", "table", "list", "lines"])
def test_json_as_pandas_writes_it_is_read(tmp_path, orient):
    path = tmp_path / "t.json"
    if orient == "list":
        path.write_text(json.dumps(FRAME.to_dict("list")))
    elif orient == "lines":
        FRAME.to_json(path, orient="records", lines=True)
    else:
        FRAME.to_json(path, orient=orient)
    assert lw.load(path) == lw.Dataset(FRAME[["u", "n"]], FRAME["k"].tolist())


@pytest.mark.parametrize("key", ["id", ["id"]], ids=["text", "list"])
def test_the_key_of_a_table_schema_is_no_feature_and_its_letters_are(tmp_path, key):
    rows = [{"id": i, "i": i * i, "d": i % 2, "k": "pq"[i % 2]} for i in range(3)]
    path = written(tmp_path, json.dumps({"schema": {"primaryKey": key}, "data": rows}), "t.json")
    assert lw.load(path).columns.names == ("i", "d")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"u": [1, 2], "k": ["p"]}', "columns of different lengths: 'u' 2, 'k' 1"),
        ('{"0": {"0": 1, "1": 2}, "1": {"0": 3, "1": 4}}', "no list of records"),
        ('{"columns": ["u", "u"], "data": [[1, 2]]}', "no list of records"),
        ('{"u": {"0": 1, "1": 2}, "k": {"0": 1}}', "no list of records"),
        ('[{"u": 1, "k": "é"}]'.encode("latin-1"), "save it as UTF-8"),
    ],
)
def test_json_that_leaves_a_doubt_is_refused(tmp_path, text, words):
    assert words in refused(written(tmp_path, text, "t.json"))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_comes_in_the_encodings_of_its_standard(tmp_path, encoding):
    path = written(tmp_path, '[{"u": 1, "k": "é"}, {"u": 2, "k": "b"}]'.encode(encoding), "t.json")
    assert lw.load(path).classes == ("b", "é")


def test_text_in_two_encodings_is_refused(tmp_path):
    path = written(tmp_path, "u,v,k\n1,2,é\n".encode() + "3,4,é\n5,6,b\n".encode("latin-1"))
    assert "holds 'é' in UTF-8, and is not all of UTF-8" in refused(path)
    assert lw.load(path, encoding="latin-1").n_classes == 3


@pytest.mark.parametrize("label", ["CAFÉ’S", "«É»", "Maß”", "MÖ ", "« thé\xa0»"], ids=ascii)
def test_text_of_windows_that_is_utf_8_by_chance_is_read(tmp_path, label):
    path = written(tmp_path, f"u,v,k\n1,2,{label}\n3,4,thé\n".encode("cp1252"))
    assert lw.load(path).classes == tuple(sorted(["thé", label.strip()]))


@pytest.mark.parametrize("labels", [[BIG + 1, BIG], [-BIG - 1, -BIG]])
def test_labels_that_libsvm_would_merge_are_refused(tmp_path, labels):
    path = written(tmp_path, "".join(f"{label} 1:{i + 1}\n" for i, label in enumerate([*labels, 1])), "t.libsvm")
    assert "labels of 2^53 and more (row 0)" in refused(path)


def test_labels_that_a_double_would_merge_are_refused():
    near = np.longdouble(1) + np.finfo(np.longdouble).eps
    if float(near) == near:
        pytest.skip("long doubles are doubles here")
    with pytest.raises(lw.InputError, match="unlike row 0"):
        lw.Dataset(np.eye(3), np.array([near, 1, 2], dtype=np.longdouble))
    assert lw.Dataset(np.eye(2), np.array([1, 2], dtype=np.longdouble)).classes == (1.0, 2.0)


@pytest.mark.parametrize("values", ["{0,1}", "{1,-2.5}", "{TRUE,FALSE}", "{1,1.0}"])
def test_nominal_attributes_of_different_numbers_are_numbers(tmp_path, values):
    a, b = values[1:-1].split(",")
    head = f"@relation r\n@attribute u real\n@attribute v {values}\n@attribute k {{p,q}}\n@data\n"
    path = written(tmp_path, head + f"1,{a},p\n2,{b},q\n", "t.arff")
    if values in {"{TRUE,FALSE}", "{1,1.0}"}:
        assert f"column 'v' holds '{a}'" in refused(path)
    else:
        assert lw.load(path).points[:, 1].tolist() == [float(a), float(b)]


@pytest.mark.parametrize("kind", ["npz", "zarr", "h5"])
def test_bytes_are_text_in_utf8_in_every_archive(tmp_path, kind):
    arrays, path = {"X": np.eye(3), "y": np.array(["é".encode(), b"b", b"b"])}, tmp_path / f"t.{kind}"
    if kind == "npz":
        np.savez(path, **arrays)
    elif kind == "h5":
        with h5py.File(path, "w") as file:
            file.update(arrays)
    else:
        group = zarr.open_group(path, mode="w", zarr_format=2)
        for name, array in arrays.items():
            group.create_array(name, data=array)
    assert lw.load(path).original_labels() == ["é", "b", "b"]


def test_one_number_is_no_table(tmp_path):
    np.save(tmp_path / "x.npy", 3.0)
    written(tmp_path, "1\n", "y.txt")
    for labels in (None, tmp_path / "y.txt"):
        assert "holds one number and no table" in refused(tmp_path / "x.npy", labels=labels)


@pytest.mark.skipif(not hasattr(pl, "Int128"), reason="before polars 1.18")
def test_integers_of_128_bits_are_read_or_refused():
    frame = pl.DataFrame({"u": pl.Series([2**70, 2], dtype=pl.Int128), "k": pl.Series([2**60 + 1, 1], dtype=pl.Int128)})
    data = lw.load(frame)
    assert (data.points.tolist(), data.classes) == ([[2.0**70], [2.0]], (1, 2**60 + 1))


def test_a_matrix_of_matrix_market_is_called_so(tmp_path):
    for name, content in (("a.mtx", b"%%MatrixMarket matrix"), ("a.csv", b"%%MatrixMarket matrix")):
        assert "Matrix Market, and is not read; convert it: python -c" in refused(written(tmp_path, content, name))
    assert "Matrix Market" in refused(written(tmp_path, gzip.compress(b"%%MatrixMarket matrix"), "a.mtx.gz"))


def test_text_that_holds_numbers_is_told_from_other_text():
    with pytest.raises(lw.InputError, match="make numbers of text"):
        lw.Dataset(np.array([["1.5"], ["2"]]), [0, 1])
    with pytest.raises(lw.InputError, match=r"in row 0; encode or drop such columns$"):
        lw.Dataset(np.array([["a"], ["2"]]), [0, 1])


def test_arrays_are_told_to_become_a_data_set():
    for given in (np.eye(2), {"u": [1]}, (np.eye(2), [0, 1])):
        assert "lw.Dataset(points, labels)" in refused(given)


@pytest.mark.parametrize("label", ["\ud800", "caf\udce9"], ids=ascii)
def test_text_that_no_file_can_hold_is_refused(tmp_path, label):
    written(tmp_path, json.dumps([{"u": 1, "k": "a"}, {"u": 2, "k": label}]), "t.json")
    for make in (lambda: lw.load(tmp_path / "t.json"), lambda: lw.Dataset(np.eye(2), ["a", label])):
        with pytest.raises(lw.InputError, match=r"text that UTF-8 can hold .* unlike row 1"):
            make()


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("column", [False, True])
def test_cells_of_text_in_a_matlab_file_are_labels(tmp_path, compressed, column):
    species = np.array(["setosa", "é ", "setosa"], dtype=object)
    species = species[:, None] if column else species
    io.savemat(tmp_path / "iris.mat", {"meas": np.eye(3)[:, :2], "species": species}, do_compression=compressed)
    assert lw.load(tmp_path / "iris.mat").original_labels() == ["setosa", "é", "setosa"]


@pytest.mark.parametrize(
    ("cells", "words"),
    [(["a", "", "b"], "labels are missing (NaN or None) in row 1"), (["a", 1, "b"], "no labels that are read: 'y' (cell)"),
     (["a", np.array(["b"], dtype=object), "c"], "no labels that are read: 'y' (cell)")],
)  # fmt: skip
def test_other_cells_of_matlab_are_refused(tmp_path, cells, words):
    y = np.empty(3, dtype=object)
    y[:] = cells
    io.savemat(tmp_path / "x.mat", {"X": np.eye(3)[:, :2], "y": y})
    assert words in refused(tmp_path / "x.mat")


def test_damaged_cells_of_matlab_are_refused_or_read(tmp_path):
    y = np.array(["one", "two", "three"], dtype=object)
    io.savemat(tmp_path / "x.mat", {"X": np.eye(3)[:, :2], "y": y})
    whole, rng = (tmp_path / "x.mat").read_bytes(), np.random.default_rng(0)
    for place in rng.integers(128, len(whole), 60):
        path = written(tmp_path, whole[:place] + bytes([rng.integers(256)]) + whole[place + 1 :], "y.mat")
        with contextlib.suppress(lw.InputError):
            lw.load(path)


@pytest.mark.parametrize("extra", [1, 2, 5])
def test_columns_at_the_end_that_hold_nothing_are_left_out(tmp_path, extra):
    commas = "," * extra
    data = lw.load(written(tmp_path, "".join(line + commas + "\n" for line in ("u,v,k", *ROWS.split()))))
    assert (data.feature_names, data.classes) == (("u", "v"), ("p", "q"))
    assert "has no name for column 3" in refused(written(tmp_path, f"u,v,k{commas}\n1,2,p{commas}8\n2,3,q{commas}9\n"))


@pytest.mark.parametrize(
    ("lines", "labels"),
    [
        (['5"', "5"], ['5"', "5"]),
        (['"a ""b"""', '"a"'], ['a "b"', "a"]),
        (['"a', "a"], ['"a', "a"]),
        (['"x, y"', '"z"'], ["x, y", "z"]),
    ],
)
def test_quotes_around_labels_are_read_as_they_are_written(tmp_path, lines, labels):
    np.save(tmp_path / "p.npy", np.eye(2))
    written(tmp_path, "\n".join(lines), "y.txt")
    assert lw.load(tmp_path / "p.npy", labels=tmp_path / "y.txt").original_labels() == labels


@pytest.mark.parametrize(
    ("cells", "options", "said"),
    [
        (["1.234", "12.345", "999"], {}, True),
        (["1.234", "12.34", "999"], {}, False),
        (["0.234", "12.345", "1.5"], {}, False),
        (["1.234", "12.345", "999"], {"decimal": "."}, False),
    ],
)
def test_points_that_may_mark_thousands_are_said(tmp_path, cells, options, said):
    rows = "".join(f"{cell};{i};{'pq'[i % 2]}\n" for i, cell in enumerate(cells))
    data = lw.load(written(tmp_path, f"u;n;k\n{rows}"), **options)
    assert data.points[:, 0].tolist() == [float(cell) for cell in cells]
    assert any("if points mark thousands" in note for note in data.notes) == said
    commas = lw.load(written(tmp_path, f"u,n,k\n{rows}".replace(";", ",")), **options)
    assert not any("thousands" in note for note in commas.notes)


@pytest.mark.parametrize("option", [{"drop": ["note"]}, {"index": "note"}])
def test_where_the_last_column_is_left_out_it_is_said_which_one_holds_the_labels(option, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,kind,note\n1,2,x,n1\n3,4,y,n2\n5,7,x,n3\n")
    data = lw.load(path, **option)
    assert data.classes == ("x", "y") if isinstance(data.classes, tuple) else list(data.classes) == ["x", "y"]
    assert any("kind" in note and "--label" in note for note in data.notes)
    assert not any("last column is left out" in note for note in lw.load(path, label="kind", **option).notes)
