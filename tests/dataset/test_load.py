"""Laws of loading: all forms give the same data, a source loads them again, a refusal says what to try."""

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logwidth.dataset import BUILTIN_NAMES, Dataset, DataSource, load
from logwidth.dataset.label_texts import parse_texts
from logwidth.errors import InputError, MissingExtraError

POINTS = np.array([[0.1, 2.0], [1 / 3, 4.0], [5e-324, -1.5]])
LABELS = np.array([4, 2, 4])


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The same data in every form, in the working directory."""
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame(POINTS, columns=["u", "v"]).assign(label=LABELS)
    frame.to_csv("t.csv", index=False)
    frame.to_parquet("t.parquet", index=False)
    frame[["label", "u", "v"]].to_csv("first.CSV", index=False)
    np.savez("t.npz", X=POINTS, y=LABELS)
    np.savez_compressed("z.npz", X=POINTS, y=LABELS, other=np.zeros(3))
    np.save("t.npy", POINTS)
    np.save("y.npy", LABELS)
    return tmp_path


FORMS = [
    ("t.csv", {}),
    ("first.CSV", {"label": "label"}),
    ("t.parquet", {}),
    ("t.parquet", {"label": "label"}),
    ("t.npz", {}),
    ("z.npz", {}),
    ("t.npy", {"labels": "y.npy"}),
    ("t.npy", {"labels": Path("y.npy")}),
]


@pytest.mark.parametrize(("path", "options"), FORMS)
def test_all_forms_give_the_same_data(files, path, options):
    for data in (load(path, **options), load(Path(path), **options), load(files / path, **options)):
        assert data == Dataset(POINTS, LABELS)
        assert data.name == Path(path).stem
    assert load(path, scale=3, **options) == Dataset(POINTS / 3, LABELS)


@pytest.mark.parametrize(("path", "options"), FORMS)
def test_a_source_survives_json_and_another_working_directory(files, path, options, monkeypatch):
    data = load(path, scale=2.5, **options)
    monkeypatch.chdir("/")
    source = DataSource.from_json(json.loads(json.dumps(data.source.to_json())))
    assert source == data.source
    assert source.reload() == data


@pytest.mark.parametrize("name", BUILTIN_NAMES)
def test_builtin_data_load_offline_and_again(name):
    data = load(name)
    assert data.source == DataSource(name)
    assert (data.name, data.source.data) == (name, name) or data.source.data.startswith(f"{name}:")
    assert data.source.reload().sha256 == data.sha256
    assert load(data) is data


def test_scale_divides_the_features():
    data = load("iris")
    assert load("iris", scale=255) == Dataset(data.points / 255, data.labels)


def test_the_codebook_is_a_code_of_distance_16():
    data = load("codebook")
    apart = np.abs(data.points[:, None] - data.points[None]).sum(axis=2)
    assert data.points.shape == (64, 32)
    assert sorted(set(apart.ravel())) == [0, 16, 32]
    assert np.count_nonzero(apart == 0) == 64
    assert data.values.tolist() == list(range(64))


@given(st.lists(st.floats(-1e150, 1e150), min_size=2, max_size=6, unique=True))
def test_csv_numbers_are_read_exactly(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    path.write_text("x,y\n" + "".join(f"{x!r},{i}\n" for i, x in enumerate(numbers)))
    assert load(path).points[:, 0].tolist() == numbers


@pytest.mark.parametrize(
    ("texts", "labels"),
    [
        (["3", "-1"], [3, -1]),
        (["007", "8"], [7, 8]),
        (["007", "7"], ["007", "7"]),
        (["1e3", "1000", "2"], ["1e3", "1000", "2"]),
        (["9" * 30, "9" * 29 + "8"], ["9" * 30, "9" * 29 + "8"]),
        (["+1", "-1", "1"], [1, -1, 1]),
        (["1", "1.0", "1.50", "1.5"], [1.0, 1.0, 1.5, 1.5]),
        (["-0", "0", "1"], [0, 0, 1]),
        (["\u0661", "\u0662"], ["\u0661", "\u0662"]),
        (["1", "2.5"], [1.0, 2.5]),
        (["True", "false"], [True, False]),
        (["NA", "null"], ["NA", "null"]),
        (["1_0", "2"], ["1_0", "2"]),
        (["1", ""], [1, None]),
    ],
)
def test_text_labels_are_read_as_one_kind(texts, labels):
    assert parse_texts(texts) == labels
    assert [type(v) for v in parse_texts(texts)] == [type(v) for v in labels]


def test_text_labels_stay_text(tmp_path):
    (tmp_path / "a.csv").write_text('\ufeffx, kind\n1,"cat, big"\n2, NA\n', encoding="utf-8")
    assert load(tmp_path / "a.csv").classes == ("NA", "cat, big")


CSV = [
    ("", "'PATH' is empty; a table needs rows of numbers"),
    ("a,b\n", "'PATH' holds names and no rows"),
    ("a\n1\n", "'PATH' needs a feature column and a label column; the only column is 'a' (name the separator with --sep)"),
    ("a:b\n1:2\n", "name the separator with --sep"),
    ("a,b,y\n1,2,0\n3,x,1\n", "'PATH' has text among its features: column 'b' holds 'x' in row 1; encode or drop"),
    ("a,y\n1,0\n1_0,1\n", "column 'a' holds '1_0' in row 1"),
    ("a,y\n1,0\n,1\n", "1 cell is NaN or infinite: row 1, column 'a' (nan)"),
    ("a,y\n1,0\n2,\n", "labels are missing (NaN or None) in row 1"),
    ("a,y\n1,0\n2\n", "row 1 (line 3) has 1 field, the others have 2"),
    ("a,y\n1,c\n2,\n", "labels are missing (NaN or None) in row 1"),
    ("a,y\n1,0\n2,1,7\n", "row 1 (line 3) has 3 fields, the others have 2"),
    ("a,,y\n3,1,0\n1,2,1\n", "'PATH' has no name for column 1"),
    ("a,y\n1,0\n1,1\n", "rows 0 and 1 (labels 0 and 1)"),
]


@pytest.mark.parametrize(("text", "message"), CSV)
def test_a_bad_csv_is_explained(tmp_path, text, message):
    path = tmp_path / "d.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(message.replace("PATH", str(path)))) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_numbered_columns_are_a_header(tmp_path):
    (tmp_path / "n.csv").write_text("0,1,y\n5,6,0\n7,8,1\n")
    assert load(tmp_path / "n.csv").n_features == 2


def test_wrong_requests_are_answered_with_what_there_is(files):
    os.mkdir("folder.csv")
    np.savez("lower.npz", x=POINTS, y=LABELS)
    np.savez("object.npz", X=POINTS, y=np.array(["a", 1, None], dtype=object))
    Path("text.npz").write_text("hello")
    Path("text.npy").write_text("hello")
    Path("text.parquet").write_text("hello")
    for data, options, message in [
        (
            "digit",
            {},
            "unknown data '%s/digit' (did you mean digits?): use digits, iris, wine, breast_cancer, codebook, basis,",
        ),
        ("t.xlsx", {}, "is an Excel or OpenDocument workbook, and is not read; convert it: "),
        ("tt.csv", {}, "cannot read '%s/tt.csv': there is no such file (did you mean t.csv?)"),
        ("folder.csv", {}, "'%s/folder.csv' holds no images as CLASS/NAME.png"),
        ("a\0.csv", {}, "null"),
        (
            "t.csv",
            {"label": "lable"},
            "'%s/t.csv' has no column 'lable' (did you mean label?); its columns are 'u', 'v', 'label'",
        ),
        ("t.parquet", {"label": "w"}, "'%s/t.parquet' has no column 'w'"),
        ("object.npz", {}, "array 'y' of '%s/object.npz' holds Python objects, which need pickle"),
        ("text.npz", {}, "'%s/text.npz' is not an .npz archive, or it is cut off"),
        ("text.npy", {"labels": "y.npy"}, "'%s/text.npy' is not in .npy format"),
        ("text.parquet", {}, "cannot read '%s/text.parquet': "),
        ("t.npy", {}, "'%s/t.npy' holds points only: name the file of labels with --labels FILE.npy"),
        ("t.npy", {"labels": "t.npy"}, "labels must be 1-D"),
        ("t.npz", {"label": "z"}, "'%s/t.npz' has no array 'z' (--label); its arrays are 'X' (3, 2), 'y' (3,)"),
        ("digits", {"labels": "y.npy"}, "labels is for .npy data"),
        ("digits", {"label": 3}, "label must be the name of a column as text, not 3; for the column '3' say label='3'"),
        (3, {}, "data must be a name or a path, not 3"),
        ("", {}, "data must be a name or a path as text, not ''"),
        (Dataset(POINTS, LABELS), {"scale": 2}, "not for a Dataset"),
    ]:
        with pytest.raises(InputError, match=re.escape(message.replace("%s", str(files)))) as caught:
            load(data, **options)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scale", [0, -1, np.nan, np.inf, 10**400, "2", None, True])
def test_scale_is_a_positive_number(scale):
    with pytest.raises(InputError, match=r"^scale must be a finite number > 0, not "):
        load("iris", scale=scale)


def test_a_scale_that_overflows_is_refused():
    with pytest.raises(InputError, match=r"^600 cells are NaN or infinite"):
        load("iris", scale=5e-324)


@pytest.mark.parametrize("fields", [{}, {"data": "iris", "x": 1}, [], None, {"data": 3}, {"data": "iris", "scale": "a"}])
def test_a_damaged_description_of_a_source_is_refused(fields):
    with pytest.raises(InputError):
        DataSource.from_json(fields)


def test_parquet_without_pyarrow_names_the_extra(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"logwidth\[parquet\]"):
        load("t.parquet")
