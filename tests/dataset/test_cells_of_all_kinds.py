"""Cells, labels and arrays of kinds that real tools write: read as they are meant, or refused with what to do."""

import gzip
import json
import struct

import numpy as np
import pandas as pd
import pytest

import logwidth as lw

X = np.arange(12.0).reshape(4, 3)
ROWS = ["1.5,2.5,a", "2.5,3.5,b", "3.5,1.0,a"]


def refusal(*args, **options):
    with pytest.raises(lw.InputError) as found:
        lw.load(*map(str, args), **options)
    assert "\n" not in str(found.value)
    return str(found.value)


@pytest.mark.parametrize("lines", [["0,a", "1,b", "2,a", "3,b"], ["a\tx", "b\tx", "a\ty", "b\ty"], ["a;1", "b;2"] * 2])
def test_a_table_is_no_file_of_labels(tmp_path, lines):
    np.save(tmp_path / "x.npy", X)
    (tmp_path / "y.txt").write_text("\n".join(lines) + "\n")
    assert "2 fields in each line" in refusal(tmp_path / "x.npy", labels=str(tmp_path / "y.txt"))


@pytest.mark.parametrize("lines", [["a, b", "c"] * 2, ['"a,b"', '"c,d"'] * 2, ["a b", "c d"] * 2])
def test_labels_may_hold_separators(tmp_path, lines):
    np.save(tmp_path / "x.npy", X)
    (tmp_path / "y.txt").write_text("\n".join(lines) + "\n")
    data = lw.load(tmp_path / "x.npy", labels=tmp_path / "y.txt")
    assert data.original_labels() == [line.strip('"') for line in lines]


def test_bytes_in_arrays_are_text(tmp_path):
    np.savez(tmp_path / "t.npz", X=X, y=np.array(["01", "1", "é", "1"]).astype("U2").view(np.ndarray))
    np.savez(tmp_path / "b.npz", X=X, y=np.array([text.encode() for text in ("01", "1", "é", "1")]))
    assert lw.load(tmp_path / "b.npz") == lw.load(tmp_path / "t.npz")
    np.savez(tmp_path / "bad.npz", X=X, y=np.array([b"\xff", b"a", b"b", b"c"]))
    assert "no UTF-8 text" in refusal(tmp_path / "bad.npz")
    with pytest.raises(lw.InputError, match=r"decode them: labels\.astype\(str\)"):
        lw.Dataset(X, np.array([b"a", b"b", b"a", b"b"]))


def test_records_are_named(tmp_path):
    records = np.array([(1.0, 2.0), (2.0, 3.0)], dtype=[("u", "f8"), ("v", "f8")])
    np.savez(tmp_path / "t.npz", X=records, y=[0, 1])
    np.save(tmp_path / "t.npy", records)
    for name in ("t.npz", "t.npy"):
        assert "records with fields u, v" in refusal(tmp_path / name)
    with pytest.raises(lw.InputError, match="records with fields u, v; pass a data frame"):
        lw.Dataset(records, [0, 1])


def test_infinite_cells_are_not_to_be_dropped_as_missing():
    table = pd.DataFrame({"a": [np.inf, 1.0, 2.0, np.nan], "k": list("uvuv")})
    with pytest.raises(lw.InputError, match=r"--drop-missing"):
        lw.load(table)
    with pytest.raises(lw.InputError, match=r"row 0, column 'a' \(inf\); correct them or drop their rows$"):
        lw.load(table, drop_missing=True)


@pytest.mark.parametrize("encoding", ["utf-32", "utf-16", "utf-8-sig"])
def test_text_in_wide_encodings_is_read(tmp_path, encoding):
    path = tmp_path / "t.csv"
    path.write_bytes("\n".join(["u,v,k", *ROWS]).encode(encoding))
    assert lw.load(path).original_labels() == ["a", "b", "a"]


@pytest.mark.parametrize("cells", [["True", "", "false"], ["TRUE", "NA", "False"]])
def test_truth_values_beside_missing_ones_are_numbers(tmp_path, cells):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["b,v,k", *(f"{cell},{i},{i % 2}" for i, cell in enumerate([*cells, "true"]))]))
    data = lw.load(path, drop_missing=True)
    assert data.points.tolist() == [[1, 0], [0, 2], [1, 3]]


MARKED = ["1.234,5", "2.345,0"], ["1 234,5", "2 345,5"], ["$10", "$12"], ["10%", "20%"], ["1'234", "2'345"]


@pytest.mark.parametrize("cells", [*MARKED, ["1\u00a0234,5", "2\u00a0345,5"]], ids=lambda cells: ascii(cells[0]))
def test_numbers_with_marks_are_named_whatever_is_beside_them(tmp_path, cells):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["u;v;k", *(f"{cell};{i};{i % 2}" for i, cell in enumerate(cells * 2))]), encoding="utf-8")
    found = refusal(path)
    assert "column 'u' holds" in found
    assert "write them as plain numbers" in found
    path.write_text("\n".join(["u,v,k", *(f"{cell} kg,{i},{i % 2}" for i, cell in enumerate(["10", "12"] * 2))]))
    assert "column 'u' holds '10 kg'" in refusal(path)


def test_measurements_in_place_of_classes_are_said(tmp_path):
    rng = np.random.default_rng(0)
    kinds = {"r": (rng.random(40), True), "c": (np.arange(40), False), "h": (np.tile([0.5, 1.5], 20), False)}
    for name, (labels, said) in kinds.items():
        np.savez(tmp_path / f"{name}.npz", X=rng.random((40, 2)), y=labels)
        assert any("different numbers" in note for note in lw.load(tmp_path / f"{name}.npz").notes) == said


def test_files_that_are_not_read_are_called_what_they_are(tmp_path):
    (tmp_path / "a.nc").write_bytes(b"CDF\x01" + struct.pack(">6I", 0, 0, 0, 0, 0, 0))
    assert "nccopy -k nc4" in refusal(tmp_path / "a.nc")
    np.savez(tmp_path / "t.npz", X=X, y=[0, 1, 0, 1])
    (tmp_path / "t.npz.gz").write_bytes(gzip.compress((tmp_path / "t.npz").read_bytes()))
    assert "packed by gzip" in refusal(tmp_path / "t.npz.gz")
    from scipy import io

    mixed = np.array(["a", np.ones(3), "a", "b"], dtype=object)
    io.savemat(tmp_path / "c.mat", {"X": X, "y": mixed})
    assert "'y' (cell) is not a matrix" in refusal(tmp_path / "c.mat")
    np.save(tmp_path / "y.npy", [0, 1, 0, 1])
    assert lw.load(tmp_path / "c.mat", labels=tmp_path / "y.npy").n_classes == 2


def test_arrays_in_groups_of_zarr_are_found(tmp_path):
    zarr = pytest.importorskip("zarr")
    group = zarr.open_group(str(tmp_path / "a.zarr"), mode="w")
    inner = group.create_group("grid").create_group("one")
    for name, values in (("X", X), ("y", np.array([0, 1, 0, 1]))):
        inner[name] = values
    assert lw.load(tmp_path / "a.zarr").points.tolist() == X.tolist()
    group["y"] = np.array([1, 1, 0, 0])
    data = lw.load(tmp_path / "a.zarr", points="grid/one/X", label="y")
    assert data.original_labels() == [1, 1, 0, 0]


@pytest.mark.parametrize("command", ["check", "predict", "fuse", "attack", "report", "replay"])
def test_what_is_no_run_is_told_from_one(tmp_path, capsys, command):
    from logwidth.cli.app import main

    (tmp_path / "t.csv").write_text("a,k\n1,0\n2,1\n")
    (tmp_path / "network.onnx").write_text("")
    places = {"nowhere": "there is no such folder", "t.csv": "it is a file", "empty": "it has no"}
    if command != "attack":
        places["network.onnx"] = f"name its folder, {tmp_path}"
    else:
        del places["t.csv"]
    (tmp_path / "empty").mkdir()
    for name, words in places.items():
        with pytest.raises(SystemExit) as left:
            main([command, str(tmp_path / name), *([str(tmp_path / "t.csv")] if command == "predict" else [])])
        said = capsys.readouterr().err
        assert (left.value.code, said.count("\n")) == (2, 1)
        assert words in said, (name, said)
        assert "a folder that logwidth fit wrote" in said


@pytest.mark.parametrize("ratio", ["0", "1", "3", "nan", "-0.5"])
def test_a_ratio_that_cannot_be_is_refused_once(capsys, ratio):
    from logwidth.cli.app import main

    with pytest.raises(SystemExit) as left:
        main(["compare", "iris", "--ratio", ratio])
    said = capsys.readouterr().err
    assert (left.value.code, said.count("strictly between 0 and 1"), said.count("\n")) == (2, 1, 1)


def test_names_in_another_case_are_meant(tmp_path):
    path = tmp_path / "t.json"
    path.write_text(json.dumps([{"A": i, "K": i % 2} for i in range(4)]))
    assert "did you mean K?" in refusal(path, label="k")


@pytest.mark.parametrize(("first", "said"), [(0, True), (1, True), (1000, True), (None, False)])
def test_a_column_that_numbers_the_rows_is_said(first, said):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"Id": rng.permutation(12) if first is None else range(first, first + 12), "a": rng.random(12)})
    notes = lw.load(table.assign(k=[0, 1] * 6)).notes
    assert any("column 'Id' numbers the rows" in note for note in notes) == said
    assert lw.load(table.assign(k=[0, 1] * 6), drop=["Id"]).notes == ()


def test_a_run_whose_data_moved_asks_for_them_and_needs_no_summary(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,k\n1,u\n2,v\n4,u\n")
    lw.memorize(lw.load(path), ratio=0.5, bracket=False).save(tmp_path / "r")
    moved = path.rename(tmp_path / "moved.csv")
    with pytest.raises(lw.InputError, match=r"no longer at .*name the DATA"):
        lw.check(tmp_path / "r")
    assert lw.check(tmp_path / "r", lw.load(moved)).passed
    (tmp_path / "r" / "summary.json").unlink()
    assert lw.check(tmp_path / "r", lw.load(moved)).passed


def test_a_folder_without_pictures_is_no_class_and_is_said(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name, grey in (("dark", 10), ("light", 200)):
        (tmp_path / "set" / name).mkdir(parents=True)
        image.fromarray(np.full((3, 4), grey, dtype=np.uint8)).save(tmp_path / "set" / name / "0.png")
    assert lw.load(tmp_path / "set").notes == ()
    (tmp_path / "set" / "grey").mkdir()
    data = lw.load(tmp_path / "set")
    assert (data.classes, data.notes) == (("dark", "light"), ("no pictures in 'grey': no class",))


@pytest.mark.parametrize("end", ["\t", "\t\t"])
def test_tabs_that_end_all_rows_leave_no_doubt(tmp_path, end):
    path = tmp_path / "t.tsv"
    path.write_text("".join(f"{row}{end}\n" for row in ("u\tv\tk", "1\t2\ta", "2\t3\tb")))
    if len(end) > 1:
        assert "say which with --sep" in refusal(path)
        return
    data = lw.load(path)
    assert (data.points.tolist(), data.classes) == ([[1, 2], [2, 3]], ("a", "b"))
