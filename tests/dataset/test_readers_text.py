"""Text tables: what is detected gives the numbers as they were written, and what is open is refused in one line."""

import bz2
import gzip
import io
import lzma
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris, load_wine

from logwidth.dataset.readers import archives, read_table
from logwidth.dataset.table import ReadOptions
from logwidth.errors import InputError

LATIN = "not UTF-8: read as Latin-1; if it is another, say --encoding"
WINDOWS = LATIN.replace("Latin-1", "Windows-1252")
NO_HEADER = "no header row: columns are numbered from 0"


def written(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read_table(path, ReadOptions(**options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


# text, options, names, rows, notes
READ = [
    ("a,b,y\n1,2,x\n3,4,z\n", {}, ("a", "b", "y"), [[1, 2, "x"], [3, 4, "z"]], ()),
    ("a;b;y\n1,5;2,5;x\n3;4,25;z\n", {}, ("a", "b", "y"), [[1.5, 2.5, "x"], [3, 4.25, "z"]],
     ("separator ';', decimal ','",)),
    ("1,5;2,5\n3,5;4,5\n", {}, None, [[1.5, "2,5"], [3.5, "4,5"]], ("separator ';', decimal ','", NO_HEADER)),
    ('"1,5","2"\n"3,5","4"\n', {}, None, [[1.5, "2"], [3.5, "4"]], ("decimal ','", NO_HEADER)),
    ("1,5 2,5 3\n3,5 4,5 4\n", {}, None, [[1.5, 2.5, "3"], [3.5, 4.5, "4"]], ("separator spaces, decimal ','", NO_HEADER)),
    ("a\tb c\n1\t2\n", {}, ("a", "b c"), [[1, "2"]], ("separator tab",)),
    ("\ta\ty\n0\t5\tu\n1\t6\tv\n", {}, ("a", "y"), [[5, "u"], [6, "v"]],
     ("separator tab", "the first column has no name and counts the rows: an index, left out")),
    ("a|b|y\n1|2|x\n", {}, ("a", "b", "y"), [[1, 2, "x"]], ("separator '|'",)),
    ("  5.1 3.5   s \n4\t3 v\n", {}, None, [[5.1, 3.5, "s"], [4, 3, "v"]], ("separator spaces", NO_HEADER)),
    ('18.0 8\t"the car"\n15 7\t"a van"\n', {}, None, [[18, 8, "the car"], [15, 7, "a van"]],
     ("separator spaces", NO_HEADER)),
    ("5 a,b \"c  d\" 1\n6 a,b x,y 2\n", {"sep": "spaces"}, None, [[5, "a,b", "c  d", "1"], [6, "a,b", "x,y", "2"]],
     (NO_HEADER,)),
    ("39, State-gov, 77, <=50K\n50, Priv, 8, <=50K\n", {}, None,
     [[39, "State-gov", 77, "<=50K"], [50, "Priv", 8, "<=50K"]], (NO_HEADER,)),
    ("sep=;\na;b\n1;2\n", {}, ("a", "b"), [[1, "2"]], ()),
    ("5.1,3.5,setosa\n4,3,virginica\n", {}, None, [[5.1, 3.5, "setosa"], [4, 3, "virginica"]], (NO_HEADER,)),
    ("5.1,3.5\n", {}, None, [[5.1, "3.5"]], (NO_HEADER,)),
    ("0,1,y\n5,6,0\n7,8,1\n", {}, ("0", "1", "y"), [[5, 6, "0"], [7, 8, "1"]], ()),
    ("0,1,2\n5.5,6.5,0\n7.5,8.5,1\n", {}, ("0", "1", "2"), [[5.5, 6.5, "0"], [7.5, 8.5, "1"]], ()),
    ("1,2,3,4\n7,9,9,0\n7,8,9,1\n", {}, ("1", "2", "3", "4"), [[7, 9, 9, "0"], [7, 8, 9, "1"]], ()),
    (",0,1\n0,5.5,a\n1,6.5,b\n", {}, ("0", "1"), [[5.5, "a"], [6.5, "b"]],
     ("the first column has no name and counts the rows: an index, left out",)),
    ('"","x","y"\n"1",5,"a"\n"2",6,"b"\n', {}, ("x", "y"), [[5, "a"], [6, "b"]],
     ("the first column has no name and counts the rows: an index, left out",)),
    ('"x" "y"\n"r1" 1 2\n"r2" 3 4\n', {}, ("x", "y"), [[1, "2"], [3, "4"]],
     ("separator spaces", "the first column has no name: row names, as R writes them, left out")),
    ("x,y,\n1,2,\n3,4,\n", {}, ("x", "y"), [[1, "2"], [3, "4"]], ("rows end with a separator",)),
    ("x,y\n1,2,\n3,4,\n", {}, ("x", "y"), [[1, "2"], [3, "4"]], ("rows end with a separator",)),
    ("1.5,2,\n3,4,\n", {}, None, [[1.5, "2"], [3, "4"]], (NO_HEADER, "rows end with a separator")),
    ("# made by hand\n\n% in spring\n1.5,2\n3,4\n", {}, None, [[1.5, "2"], [3, "4"]],
     ("2 comment lines before the table left out", NO_HEADER)),
    ("#x,y\n1.5,2\n3,4\n", {"header": True}, ("x", "y"), [[1.5, "2"], [3, "4"]],
     ("1 comment line before the table left out", "the names are those in the comment before the table")),
    ("#x,y\n1.5,2\n", {"header": False}, None, [[1.5, "2"]], ("1 comment line before the table left out", NO_HEADER)),
    ("#x,y\na,b\n1.5,2\n", {}, ("a", "b"), [[1.5, "2"]], ("1 comment line before the table left out",)),
    ("a,y\n1,x\n\n2,z\n\n \n", {}, ("a", "y"), [[1, "x"], [2, "z"]], ()),
    ("a,y\r1,x\r2,z\r", {}, ("a", "y"), [[1, "x"], [2, "z"]], ()),
    ("a,y\r\n1,x\r\n2,z", {}, ("a", "y"), [[1, "x"], [2, "z"]], ()),
    ("\ufeffx, kind\n1,\"cat, big\"\n2, NA\n", {}, ("x", "kind"), [[1, "cat, big"], [2, "NA"]], ()),
    ("a,é\n1,ü\n2,ö\n".encode("latin-1"), {}, ("a", "é"), [[1, "ü"], [2, "ö"]], (LATIN,)),
    ("a,y\n1,“x”\n2,5 €\n".encode("cp1252"), {}, ("a", "y"), [[1, "“x”"], [2, "5 €"]], (WINDOWS,)),
    (b"a,y\n1,\x81\n2,\x80\n", {}, ("a", "y"), [[1, "\x81"], [2, "\x80"]], (LATIN,)),
    ("a,y\n1,猫\n2,犬\n".encode("shift_jis"), {"encoding": "Shift-JIS"}, ("a", "y"), [[1, "猫"], [2, "犬"]], ()),
    ("a,y\n1,猫\n2,犬\n".encode("utf-16-le"), {"encoding": "utf-16-le"}, ("a", "y"), [[1, "猫"], [2, "犬"]], ()),
    ("a,y\n1,кот\n2,пёс\n".encode("koi8-r"), {"encoding": "koi8-r"}, ("a", "y"), [[1, "кот"], [2, "пёс"]], ()),
    ("\ufeffa,y\n1,ü\n2,b\n", {"encoding": "utf8"}, ("a", "y"), [[1, "ü"], [2, "b"]], ()),
    ("a,é\n1,ü\n2,ö\n".encode("utf-16"), {}, ("a", "é"), [[1, "ü"], [2, "ö"]], ("encoding UTF-16",)),
    ("p,x,s\ne,x,s\np,y,s\ne,x,t\n", {}, None, [["p", "x", "s"], ["e", "x", "s"], ["p", "y", "s"], ["e", "x", "t"]],
     (NO_HEADER,)),
    ("o,h\n" + "hot,no\nhot,yes\ncold,no\ncold,yes\n", {}, ("o", "h"),
     [["hot", "no"], ["hot", "yes"], ["cold", "no"], ["cold", "yes"]], ()),
    ("a,y\n18446744073709551616,x\n1,01\n", {}, ("a", "y"), [[2.0**64, "x"], [1, "01"]], ()),
    ("a,b,c,y\n1_0,2020-01-02,3,NA\n1 000,5%,4,\n", {}, ("a", "b", "c", "y"),
     [["1_0", "2020-01-02", 3, "NA"], ["1 000", "5%", 4, ""]], ()),
    ('a,b,y\n"1,234",1.5,x\n"5,678",2,y\n', {}, ("a", "b", "y"), [["1,234", 1.5, "x"], ["5,678", 2, "y"]], ()),
    ("y,a,b\nu,1,2\nv,3,4\n", {"label": "y"}, ("y", "a", "b"), [["u", 1, 2], ["v", 3, 4]], ()),
    ("01,1.5\n2,2.5\n", {"label": "0"}, None, [["01", 1.5], ["2", 2.5]], (NO_HEADER,)),
    ("a,b\n1.0,2.0\n", {"label": "y"}, ("a", "b"), [[1, 2]], ()),
    ("a,b\n1.0,2.0\n", {"left_out": ("b",)}, ("a", "b"), [["1.0", 2]], ()),
    (",a,y\n7,1,0\n9,2,1\n", {"left_out": ("Unnamed: 0",)}, ("Unnamed: 0", "a", "y"), [[7, 1, "0"], [9, 2, "1"]], ()),
    ("x\n1\n2\n", {}, ("x",), [[1], [2]], ()),
    ("a;b\n1,5;2\n", {"sep": ";", "decimal": ","}, ("a", "b"), [[1.5, "2"]], ()),
    ("a;b\n1,234;2\n", {"decimal": ","}, ("a", "b"), [[1.234, "2"]], ("separator ';'",)),
    ("a b\n1 2\n", {"sep": "spaces"}, ("a", "b"), [[1, "2"]], ()),
    ("1,2\n3,4\n", {"header": True}, ("1", "2"), [[3, "4"]], ()),
    ("1,2\n3,4\n", {"header": False}, None, [[1, "2"], [3, "4"]], (NO_HEADER,)),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "names", "rows", "notes"), READ)
def test_a_text_table_is_read_as_it_comes(tmp_path, text, options, names, rows, notes):
    table = read_table(written(tmp_path / "t.csv", text), ReadOptions(**options))
    assert table.names == names
    assert table.notes == notes
    assert table.cells.to_numpy(dtype=object).tolist() == rows
    assert all(kind.hasobject or kind.kind in "biuf" for kind in table.cells.dtypes)


def test_missing_cells_are_nan_among_numbers_and_none_among_text(tmp_path):
    cells = read_table(written(tmp_path / "t.csv", "a,b,c,y\n1,NA,u,1\n?,2,,2\n3,,null,3\n"), ReadOptions()).cells
    assert np.array_equal(cells["a"], [1, np.nan, 3], equal_nan=True)
    assert np.array_equal(cells["b"], [np.nan, 2, np.nan], equal_nan=True)
    assert cells["c"].tolist() == ["u", None, None]
    assert cells["y"].tolist() == ["1", "2", "3"]


REFUSED = [
    ("", {}, "is empty"),
    (" \n\n", {}, "is empty"),
    ("# nothing\n", {}, "holds nothing but comments"),
    ("a,b\n", {}, "holds names and no rows: its only row is 'a', 'b'"),
    ("a,b\nc,d\ne,f\n", {}, "starts with 'a', 'b': names, or data? say --header or --no-header"),
    ("0,1\n1,0\n1,1\n", {}, "starts with '0', '1': names, or data? say --header or --no-header"),
    ("0,1,2\n3,4,5\n6,7,8\n", {}, "names, or data?"),
    ("1,2,3\n", {}, "names, or data?"),
    ("2019,2020,l\n1,2,x\n3,4,y\n", {}, "names, or data?"),
    ("id,2019,2020\n1,2,3\n3,4,4\n", {}, "names, or data?"),
    ("-,yes\n1,no\n2,yes\n", {}, "names, or data?"),
    ("u,-,x\nu,1,y\nv,2,x\n", {}, "names, or data?"),
    ("#x,y\n1.5,2\n3,4\n", {}, "starts with the comment '#x,y'; does it hold the names? say --header or --no-header"),
    ("a,y\n1,0\n2\n", {}, "row 1 (line 3) has 1 field, the others have 2"),
    ("a,y\n1,0\n2,1,7\n", {}, "row 1 (line 3) has 3 fields, the others have 2"),
    ("a,y\n1,0,5\n2,1\n3,4\n4,5\n", {}, "row 0 (line 2) has 3 fields, the others have 2"),
    ("# c\na,y\n" + "1,0\n" * 50 + "1,0,0\n", {}, "row 50 (line 53) has 3 fields"),
    ('a,y\n1,"x\n', {}, "is no table of text: Error tokenizing data"),
    ("x,x\n1,2\n", {}, "has more than one column 'x'; rename one of each"),
    (",a,y\n5,1,0\n1,2,1\n", {}, "has no name for column 0 (an index?): leave it out with --index 'Unnamed: 0' or --drop"),
    ("a,,y\n5,1,0\n1,2,1\n", {}, "has no name for column 1"),
    ("x,y\n1,1,0\n1,2,1\n", {}, "has 2 names, 'x', 'y', above rows of 3 fields"),
    ("x,y\n1.5,1,0\n2.5,2,1\n", {}, "has 2 names, 'x', 'y', above rows of 3 fields"),
    ("2 3\n5 1 0\n6 2 1\n", {}, "has 2 names, '2', '3', above rows of 3 fields"),
    ("1;2;3;4\n", {"sep": ",", "header": True}, "holds names and no rows: its only row is '1;2;3;4'"),
    ("1,234;5,678\n1,111;2,222\n", {}, "holds '1,234': a decimal comma, or thousands"),
    ("1,5;2.5;1\n1,1;2.2;2\n", {}, "holds '1,5' and '2.5': say which is the decimal character with --decimal"),
    ("once upon a time\nthere was\na text of five words\n", {}, "is text, but no table of several columns: it starts with"),
    ("name\nbob\neve\n", {}, "is text, but no table of several columns"),
    ("a;b\n1;2\n3\n4\n5;6\n7\n", {"sep": ";"}, "row 0 (line 1) has 2 fields, the others have 1"),
    ("a;b\n" + "1;2\n3\n" * 5 + "5;6\n", {"sep": ";"}, "row 1 (line 3) has 1 field, the others have 2"),
    ('""\n""\n', {}, "is text, but no table of several columns: it starts with"),
    ('""\n', {"sep": ";"}, "holds no row that can be split at ';'"),
    ("a;" + "x" * 200_000 + "\n1;2\n", {"sep": ";"}, "holds no row that can be split at ';'"),
    ("a;b\n1;2\n", {"sep": "xx"}, "--sep must be one character, 'tab' or 'spaces', not 'xx'"),
    ("1.5\t\t2\n3.5\t\t4\n", {}, "may be separated by tab or spaces: say which with --sep"),
    ("a;b\n1;2\n", {"sep": ""}, "--sep must be one character"),
    ("a;b\n1;2\n", {"decimal": "x"}, "--decimal must be '.' or ',', not 'x'"),
    (b"\xde\xad\xbe\xef\x01\x02" * 9, {}, "is no text: it starts with de ad be ef"),
    (b"a,b\n" + b"1,2\n" * 5000 + b"\0", {}, "is no text: it holds NUL bytes"),
    ("a,y\n1,x\n".encode("utf-16-le"), {}, "if it is UTF-16, say --encoding utf-16-le or utf-16-be"),
    ("a,y\n1,ü\n".encode("latin-1"), {"encoding": "utf-8"}, "is not utf-8: fc 0a is no character of it; name another"),
    ("a,y\n1,x", {"encoding": "utf-16-le"}, "is not utf-16-le"),
    ("a,y\n1,x\n".encode("utf-16-le"), {"encoding": "cp1252"}, "holds NUL characters if it is read as cp1252"),
    ("x,y\n1,2,\n3,4,\n5,6,7\n" + "1,2,\n" * 30, {}, "has 2 names, 'x', 'y', above rows of 3 fields"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "message"), REFUSED)
def test_what_is_open_or_wrong_is_one_line(tmp_path, text, options, message):
    path = written(tmp_path / "t.csv", text)
    found = refused(path, **options)
    assert message in found
    assert path in found or "--sep" in found or "--decimal" in found


def test_two_readings_that_are_as_good_are_refused(tmp_path):
    assert "may be separated by" in refused(written(tmp_path / "t.csv", "1;2|3\n4;5|6\n7;8|9\n"))
    table = read_table(written(tmp_path / "t.csv", "1;2|3\n4;5|6\n7;8|9\n"), ReadOptions(sep="|"))
    assert table.cells.shape == (3, 2)


def test_what_the_first_rows_do_not_show_is_refused_and_not_taken_for_text(tmp_path):
    text = "a;y\n" + "1;0\n" * 100_000 + "1,5;0\n"
    path = written(tmp_path / "t.csv", text)
    assert read_table(path, ReadOptions(decimal=",")).cells["a"].iloc[-1] == 1.5
    assert "column 'a' holds '1,5': a decimal comma? say --decimal ," in refused(path)
    late = read_table(written(tmp_path / "t.csv", text + "x;0\n"), ReadOptions()).cells["a"]
    assert late.tolist()[-3:] == ["1", "1,5", "x"]


@pytest.mark.parametrize("part", [2, 4, 6])
@pytest.mark.parametrize("row", range(7))
@pytest.mark.parametrize("bad", ["1.5,2.5,7", "1.5,2.5,", "1.5", "1.5,2.5,7,8"])
def test_a_row_that_does_not_fit_is_found_wherever_parts_of_the_file_end(tmp_path, monkeypatch, part, row, bad):
    monkeypatch.setattr("logwidth.dataset.readers.body.PART", part)
    rows = ["1.5,2.5"] * 7
    good = read_table(written(tmp_path / "t.csv", "\n".join(["a,b", *rows])), ReadOptions())
    assert good.cells.shape == (7, 2)
    rows[row] = bad
    assert f"row {row} (line {row + 2}) has" in refused(written(tmp_path / "t.csv", "\n".join(["a,b", *rows])))


def test_rows_are_counted_where_pandas_does_not(tmp_path, monkeypatch):
    text = "a,b\n" + "1.5,2.5\n" * 3
    monkeypatch.setattr("logwidth.dataset.readers.body.pandas_cuts_rows", lambda: True)
    assert read_table(written(tmp_path / "t.csv", text), ReadOptions()).cells.shape == (3, 2)
    monkeypatch.setattr(
        "logwidth.dataset.readers.body.Body._parts", lambda self, wanted, **_: iter([pd.DataFrame([[1.5, "2"]])])
    )
    assert "row 3 (line 5) has 3 fields" in refused(written(tmp_path / "t.csv", text + "1,2,3\n"))


@pytest.mark.parametrize("part", [2, 6, 100])
def test_a_column_is_of_one_kind_wherever_parts_of_the_file_end(tmp_path, monkeypatch, part):
    monkeypatch.setattr("logwidth.dataset.readers.body.PART", part)
    text = "a,b,c,d,y\n01,True,1,True,1\n2,False,2.5,1,1\nx,True,,True,1\n3,False,9007199254740993,False,1\n"
    cells = read_table(written(tmp_path / "t.csv", text), ReadOptions()).cells
    assert cells["a"].tolist() == ["01", "2", "x", "3"]
    assert cells["b"].tolist() == [True, False, True, False]
    assert cells["c"].tolist()[:2] + cells["c"].tolist()[3:] == [1, 2.5, 9007199254740992]
    assert cells["d"].tolist() == ["True", "1", "True", "False"]


# --- iris and wine in every layout


def frame_of(load):
    bunch = load()
    return pd.DataFrame(bunch.data, columns=list(bunch.feature_names)).assign(kind=bunch.target_names[bunch.target])


def label_first(frame):
    return frame[["kind", *frame.columns[:-1]]]


LAYOUTS = {
    "plain.csv": lambda frame: frame.to_csv(index=False),
    "index.csv": lambda frame: frame.to_csv(),
    "first.csv": lambda frame: label_first(frame).to_csv(index=False),
    "semicolon.csv": lambda frame: frame.to_csv(index=False, sep=";", decimal=","),
    "tab.tsv": lambda frame: frame.to_csv(index=False, sep="\t"),
    "spaces.txt": lambda frame: frame.to_string(index=False, header=False),
    "none.data": lambda frame: frame.to_csv(index=False, header=False),
    "first.data": lambda frame: label_first(frame).to_csv(index=False, header=False),
    "quoted.csv": lambda frame: frame.to_csv(index=False, quoting=1),
    "r.txt": lambda frame: frame.set_axis([f"v{j}" for j in range(frame.shape[1])], axis=1).to_csv(
        sep=" ", index_label=False
    ),
}


@pytest.mark.parametrize("load", [load_iris, load_wine])
@pytest.mark.parametrize("pack", ["", ".gz", ".bz2", ".xz", ".zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_public_tables_are_read_exactly_however_they_are_written(tmp_path, load, layout, pack):
    frame = frame_of(load)
    content = LAYOUTS[layout](frame).encode()
    path = tmp_path / (layout + pack)
    packed = {
        "": bytes,
        ".gz": gzip.compress,
        ".bz2": bz2.compress,
        ".xz": lzma.compress,
        ".zip": lambda raw: zipped(layout, raw),
    }
    path.write_bytes(packed[pack](content))
    first = layout.startswith("first")
    label = ("0" if layout.endswith(".data") else "kind") if first else None
    table = read_table(str(path), ReadOptions(label=label))
    cells = table.cells.iloc[:, 1:] if first else table.cells.iloc[:, :-1]
    labels = table.cells.iloc[:, 0 if first else -1]
    assert (cells.to_numpy(dtype=np.float64) == load().data).all()
    assert labels.tolist() == frame["kind"].tolist()
    assert (table.names is None) == (layout in ("spaces.txt", "none.data", "first.data"))
    assert bool(pack) == any(note.startswith("unpacked from") for note in table.notes)


def zipped(name, content):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"folder/{name}", content)
        archive.writestr("__MACOSX/._x", b"\0")
    return buffer.getvalue()


# --- the law: what pandas writes is read back, or refused


@st.composite
def tables(draw):
    rows, columns = draw(st.integers(1, 8)), draw(st.integers(2, 5))
    kind = draw(st.sampled_from(["whole", "fractions", "both"]))
    wholes = st.integers(-(2**53), 2**53) | st.integers(0, 3)
    fractions = st.floats(allow_nan=False, allow_infinity=False) | st.floats(-100, 100).map(lambda x: round(x, 2))
    cells = {"whole": wholes, "fractions": fractions, "both": wholes | fractions}[kind]
    data = {
        f"c{j}" if draw(st.booleans()) else str(j): draw(st.lists(cells, min_size=rows, max_size=rows))
        for j in range(columns)
    }
    return pd.DataFrame(data)


@settings(max_examples=120, deadline=None)
@given(
    frame=tables(),
    sep=st.sampled_from([",", ";", "\t", "|", " "]),
    decimal=st.sampled_from([".", ","]),
    header=st.booleans(),
    index=st.booleans(),
    quoting=st.sampled_from([0, 1, 2]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    pack=st.sampled_from([bytes, gzip.compress, bz2.compress, lzma.compress]),
    suffix=st.sampled_from([".csv", ".txt", ".dat", ""]),
)
def test_what_pandas_writes_is_read_back_or_refused(  # noqa: PLR0917
    tmp_path_factory, frame, sep, decimal, header, index, quoting, end, encoding, pack, suffix
):
    path = tmp_path_factory.mktemp("law") / f"t{suffix}"
    text = frame.to_csv(sep=sep, decimal=decimal, header=header, index=index, quoting=quoting, lineterminator=end)
    path.write_bytes(pack(text.encode(encoding)))
    expected = frame.to_numpy(dtype=np.float64)
    if index and not header:
        expected = np.column_stack([np.arange(len(frame)), expected])
    try:
        table = read_table(str(path), ReadOptions(labels=None, label="nothing"))
    except InputError as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017
        return
    found = table.cells.to_numpy(dtype=object)
    assert found.shape == expected.shape
    assert table.names == (tuple(frame.columns) if header else None)
    for i, j in np.ndindex(expected.shape):
        assert not isinstance(found[i, j], str)
        assert float(found[i, j]) == expected[i, j]


@settings(max_examples=80, deadline=None)
@given(text=st.text(alphabet=',;"\n\r\t 01.e-ayN_#%é|', max_size=60))
def test_any_text_is_a_table_or_one_line(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text") / "d.csv"
    path.write_bytes(text.encode())
    try:
        table = read_table(str(path), ReadOptions())
    except InputError as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017
        return
    assert table.cells.shape[1] == len(table.names or range(table.cells.shape[1]))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    bomb = gzip.compress(b"1,2\n" * 2**20)
    (tmp_path / "t.csv.gz").write_bytes(bomb)
    assert read_table(str(tmp_path / "t.csv.gz"), ReadOptions(header=False)).cells.shape == (2**20, 2)
    for place in ("content", "archives"):
        monkeypatch.setattr(f"logwidth.dataset.readers.{place}.MOST_BYTES", 2**20)
    assert "unpacks to more than" in refused(str(tmp_path / "t.csv.gz"), header=False)
    (tmp_path / "t.zip").write_bytes(zipped("t.csv", b"1,2\n" * 2**20))
    assert "declares a member of more than" in refused(str(tmp_path / "t.zip"), header=False)
    assert archives.MOST_BYTES == 2**20


def test_rows_of_hundreds_of_thousands_of_characters_are_read(tmp_path):
    wide = np.random.default_rng(0).normal(size=(4, 6_000))
    frame = pd.DataFrame(wide).rename(columns=str).assign(y=list("abab"))
    frame.to_csv(tmp_path / "wide.csv", index=False)
    table = read_table(str(tmp_path / "wide.csv"), ReadOptions())
    assert (table.cells.iloc[:, :-1].to_numpy(dtype=float) == wide).all()
    assert table.names == tuple(frame.columns)


def test_a_line_without_an_end_is_no_table(tmp_path, monkeypatch):
    monkeypatch.setattr("logwidth.dataset.readers.sample.MOST", 2**20)
    monkeypatch.setattr("logwidth.dataset.readers.sample.LEAST", 2**18)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"1," * 2**22))
    assert re.search("has a line longer than", refused(str(tmp_path / "t.csv.gz")))


def test_doubt_about_the_separator_ends_where_rows_agree(tmp_path):
    text = "15.26\t14.84\t1\t\t5.2\n" + "15.26\t14.84\t1\t5.2\n" * 30
    table = read_table(written(tmp_path / "seeds.txt", text), ReadOptions())
    assert table.cells.shape == (31, 4)
