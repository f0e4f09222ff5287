"""What is tried first at the door: taken for what it says, or refused in one line that says what to try."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import logwidth as lw
from logwidth.errors import InputError

X = pd.DataFrame({"a": [1.0, 2.0, 3.0, 4.0], "b": [5.0, 6.0, 7.0, 8.0]}, index=[7, 3, 5, 1])
Y = ["u", "v", "u", "v"]


def refused(call):
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("take", [lw.Dataset, lw.separation, lambda X, y: lw.RobustMemorizer(0.5).fit(X, y)])
@pytest.mark.parametrize("index", [[1, 3, 5, 7], [3, 7, 5, 1]])
def test_labels_whose_index_is_that_of_the_points_in_another_order_are_refused(take, index):
    said = refused(lambda: take(X, pd.Series(Y, index=index)))
    assert "row 0 is 7, and" in said
    assert "labels.loc[points.index]" in said
    assert "labels.to_numpy()" in said


def test_labels_are_taken_by_their_place_where_no_index_says_otherwise():
    for labels in (
        pd.Series(Y, index=X.index), pd.Series(Y), pd.Series(Y, index=[7, 7, 3, 3]), pd.Series(Y, index=list("wxyz")), Y,
    ):  # fmt: skip
        assert lw.Dataset(X, labels).original_labels() == Y
    assert lw.Dataset(X.to_numpy(), pd.Series(Y, index=[1, 3, 5, 7])).original_labels() == Y


@pytest.mark.parametrize(
    ("points", "labels", "words"),
    [
        ((row for row in X.to_numpy()), Y, "an array, a data frame or a list of rows, not of the type generator"),
        ({"a": [1, 2]}, Y, "not of the type dict: make a list of its values, or a data frame of it"),
        (None, Y, "a list of rows, not None"),
        ("iris", Y, "not the text 'iris' (load reads names and files)"),
        (pl.LazyFrame({"a": [1, 2]}), Y, "which is lazy: pass its collect()"),
        (X, set(Y), "an array or a list, one label per row of points, not of the type set: make a list of it"),
        (X, dict(enumerate(Y)), "not of the type dict"),
        (X, None, "one label per row of points, not None"),
        (X, [pd.Timestamp(2020, 1, i) for i in (1, 2, 1, 2)], "make text of them, such as [str(label)"),
        (X, np.array(["2020", "2021"] * 2, dtype="M8[Y]"), "not datetime64[Y]; make text of them"),
    ],
)  # fmt: skip
def test_what_is_no_array_is_called_what_it_is(points, labels, words):
    assert words in refused(lambda: lw.Dataset(points, labels))


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"header": 0}, "header"),
        ({"header": "no"}, "header"),
        ({"one_hot": 1}, "one_hot must be True or False, not 1"),
        ({"drop_missing": "no"}, "drop_missing must be True or False, not 'no'"),
        ({"standardize": None}, "standardize must be True or False, not None"),
        ({"label": 1}, "label must be the name of a column as text, not 1; for the column '1' say label='1'"),
        ({"index": 0}, "index must be the name of a column as text, not 0"),
    ],
)
def test_options_of_another_kind_are_refused_for_files_and_frames(tmp_path, option, words):
    frame = pd.DataFrame({"1": [1.0, 2.0], "2": [3.0, 5.0]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    for data in (tmp_path / "t.csv", frame):
        assert words in refused(lambda data=data: lw.load(data, **option))


@pytest.mark.parametrize("option", [{"sep": ";"}, {"axes": ("a", "b")}, {"resize": (2, 2)}, {"encoding": "gbk"}])
def test_options_of_reading_do_not_go_with_a_frame(option):
    assert f"{next(iter(option))}: for files that are yet to be read" in refused(lambda: lw.load(X.assign(y=Y), **option))


RELATIONS = ("@relation r", "@RELATION\tr", "@relation", "  @relation 'a b'")
ATTRIBUTES = ("@attribute x real", "@ATTRIBUTE\tx\tREAL", "@attribute x real [0.1, 7.9]", "@attribute x integer[1,2]")
CLASSES = ("@attribute y {p,q}", "@attribute y{p, q}", "@attribute\ty\t{p,q}")

HEADS = [
    *((relation, ATTRIBUTES[0], CLASSES[0]) for relation in RELATIONS),
    *((RELATIONS[0], attribute, CLASSES[0]) for attribute in ATTRIBUTES),
    *((RELATIONS[0], ATTRIBUTES[0], classes) for classes in CLASSES),
]


@pytest.mark.parametrize("head", HEADS)
def test_heads_of_arff_as_weka_and_keel_write_them(tmp_path, head):
    (tmp_path / "t.arff").write_text("\n".join([*head, "@data", "1.5,p", "2,q", ""]))
    data = lw.load(tmp_path / "t.arff")
    assert (data.feature_names, data.classes, data.points.ravel().tolist()) == (("x",), ("p", "q"), [1.5, 2.0])


def test_dates_in_arff_are_text_to_be_left_out_and_lines_are_named(tmp_path):
    head = "@relation r\n@attribute d date 'yyyy-MM-dd'\n@attribute x real\n@attribute y {p,q}\n"
    path = tmp_path / "t.arff"
    path.write_text(head + "@data\n2020-01-01,1,p\n2020-01-02,2,q\n")
    assert lw.load(path, drop="d").points.ravel().tolist() == [1.0, 2.0]
    assert "column 'd' holds '2020-01-01' in row 0" in refused(lambda: lw.load(path))
    path.write_text(head + "@data\n2020-01-01,1,p\n2020-01-02,2\n")
    assert "line 7: " in refused(lambda: lw.load(path))


def test_the_output_that_a_file_of_keel_names_is_not_passed_over(tmp_path):
    path, head = tmp_path / "t.dat", "@relation r\n@attribute y{p,q}\n@attribute x real\n@outputs y\n"
    path.write_text(head + "@data\np,1\nq,2\n")
    assert "its output is y, and the last is x: say which holds the labels with --label" in refused(lambda: lw.load(path))
    assert lw.load(path, label="y").classes == ("p", "q")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("b 1:1", "line 3: could not convert"),
        ("1 2:1 1:3", "line 3: Feature indices"),
        ("1,2 1:1", "line 3: could not convert"),
        ("1 -1:2", "line 3: Invalid index -1"),
    ],
)
def test_a_row_that_is_no_libsvm_is_named(tmp_path, line, words):
    (tmp_path / "t.svm").write_text(f"1 1:0.5\n2 1:1\n{line}\n1 1:3\n")
    assert words in refused(lambda: lw.load(tmp_path / "t.svm"))


@pytest.mark.parametrize("name", ["data.arrow", "data.arrows", "data.ipc", "data"])
@pytest.mark.parametrize("opened", [pa.ipc.new_stream, pa.ipc.new_file])
def test_streams_of_arrow_are_read_as_files_are(tmp_path, name, opened):
    table = pa.table({"a": [1.0, 2.0, 3.0], "y": pa.array(["u", "v", "u"]).dictionary_encode()})
    with opened(str(tmp_path / name), table.schema) as writer:
        writer.write_table(table)
    data = lw.load(tmp_path / name)
    assert (data.points.ravel().tolist(), data.original_labels()) == ([1.0, 2.0, 3.0], ["u", "v", "u"])


def test_a_stream_of_arrow_that_ends_early_is_refused(tmp_path):
    table = pa.table({"a": [1.0, 2.0, 3.0], "y": ["u", "v", "u"]})
    with pa.ipc.new_stream(str(tmp_path / "whole"), table.schema) as writer:
        writer.write_table(table)
    content = (tmp_path / "whole").read_bytes()
    for share in (0.1, 0.5, 0.8):
        (tmp_path / "cut.arrow").write_bytes(content[: int(share * len(content))])
        refused(lambda: lw.load(tmp_path / "cut.arrow"))


@pytest.mark.parametrize("column", [
    pd.date_range("2020", periods=4), pd.to_timedelta([1, 2, 3, 4]), pl.Series([1, 2, 3, 4]).cast(pl.Date),
])  # fmt: skip
def test_dates_are_no_features_of_an_estimator(column):
    frame = pl.DataFrame({"d": column}) if isinstance(column, pl.Series) else pd.DataFrame({"d": column})
    model = lw.RobustMemorizer(0.5)
    assert "column 0 of X holds" in refused(lambda: model.fit(frame, Y))
    model.fit([[1.0], [2.0], [3.0], [4.0]], Y)
    assert "make numbers of it" in refused(lambda: model.predict(frame))


OPEN = {
    "label last": 'a,b,y\n1,2,"cat\n3,4,dog\n5,6,"dog\n7,8,cat\n',
    "closed at an end": 'a,b,y\n1,2,"cat\n5,6,cat"\n7,8,dog\n',
    "over many rows": 'a,b,y\n1,2,"cat\n' + "3,4,dog\n" * 30 + '5,6,cat"\n7,8,dog\n',
    "label first": 'y,a\n"cat,1\ndog,2\ncat",3\ndog,4\n',
    "inches": 'a,y\n1,"5\n2,6"\n3,5\n4,6\n',
    "semicolons": 'a;b;y\n1;2;"cat\n3;4;dog\n5;6;cat"\n7;8;dog\n',
}


@pytest.mark.parametrize("text", OPEN.values(), ids=OPEN)
def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    said = refused(lambda: lw.load(tmp_path / "t.csv", label="y"))
    assert "the label in row 0 goes on over" in said
    assert "close the quotation mark before" in said


def test_a_label_of_two_lines_is_a_label(tmp_path):
    (tmp_path / "t.csv").write_text('a,b,y\n1,2,"cat,\nsiamese"\n3,4,dog\n5,6,"cat,\nsiamese"\n')
    assert lw.load(tmp_path / "t.csv").classes == ("cat,\nsiamese", "dog")
