"""Tables that are not quite like the one that was fitted: every row gets its own label, or the table is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from logwidth.cli import main

FIT = ("--ratio", "0.4", "--no-bracket", "--quiet", "--pieces", "cover", "--effort", "low")
ROWS = 20


@pytest.fixture
def do(tmp_path, capsys, monkeypatch):
    """Return a function that runs a command in an empty folder and gives its status, output and words."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        out, err = capsys.readouterr()
        return int(str(stop.value.code)), out, err

    return run


def fitted(do, table: pd.DataFrame, *options: str, header: bool = True) -> str:
    """Fit a table, and return what was said."""
    table.to_csv("t.csv", index=False, header=header)
    status, _, err = do("fit", "t.csv", *options, *FIT, "--out", "r", "--force")
    assert status == 0, err
    return err


def labels(do, table: pd.DataFrame, *options: str, header: bool = True) -> list[str | None]:
    """Return the labels that are predicted for a table, as text."""
    table.to_csv("p.csv", index=False, header=header)
    status, out, err = do("predict", "r", "p.csv", *options, "--json")
    assert status == 0, err
    return [None if label is None else str(label) for label in json.loads(out)["labels"]]


def refusal(do, *arguments: str) -> str:
    """Return the one line by which a command is refused."""
    status, out, err = do(*arguments)
    assert (status, out, err.count("\n"), err[:10]) == (2, "", 1, "logwidth: "), (status, out, err)
    return err


def refused(do, table: pd.DataFrame, *options: str, header: bool = True) -> str:
    table.to_csv("p.csv", index=False, header=header)
    return refusal(do, "predict", "r", "p.csv", *options)


def numbers(seed: int = 0, names: str = "abc") -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(ROWS, len(names))).round(2), columns=list(names))


def test_numbers_above_a_table_are_no_first_row_for_a_run_without_names(do):
    """pandas writes 0, 1, 2 … above columns without names: read as data, they would shift all labels by one."""
    X, k = numbers(), [str(i % 2) for i in range(ROWS)]
    fitted(do, X.assign(k=k), "--no-header", header=False)
    assert labels(do, X, header=False) == labels(do, X.assign(k=k), header=False) == k
    for wrong in (X, X.assign(k=k)):
        assert "names its columns" in refused(do, wrong.set_axis(range(wrong.shape[1]), axis=1))
        assert "names its columns" in refused(do, wrong.set_axis(range(1, wrong.shape[1] + 1), axis=1))
        assert "names its columns" in refused(do, wrong)


@pytest.mark.parametrize("kinds", [["1", "2", "x"], ["01", "1.5", "z"], [0, 1, 2], ["u", "v", "w"]])
def test_the_label_column_beside_a_missing_feature_is_no_feature(do, kinds):
    """Whether labels are text that looks like numbers, or some are new: as many columns as features are not features."""
    X, k = numbers(), pd.Series([kinds[i % 3] if i < 12 else kinds[i % 2] for i in range(ROWS)])
    fitted(do, X.assign(k=k), header=False)
    assert labels(do, X.assign(k=k), header=False) == [str(label) for label in k]
    few = X.assign(k=k)[12:]  # here the labels that are left may all be numbers
    assert labels(do, few, header=False) == [str(label) for label in k[12:]]
    assert "labels" in refused(do, few.drop(columns="c"), header=False)
    strange = few.assign(k=[99 if i < 3 else label for i, label in enumerate(few.k)])
    assert "labels" in refused(do, strange.drop(columns="c"), header=False)
    assert "4 columns without names" in refused(do, strange, header=False)


def test_a_label_column_that_holds_nothing_yet_is_left_out(do):
    X, k = numbers(), [str(i % 2) for i in range(ROWS)]
    fitted(do, X.assign(k=k), header=False)
    for nothing in ("?", "NA", None):
        assert labels(do, X.assign(k=nothing), header=False) == k


@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("values", [["01", "1", "x"], ["1.0", "1", "one"], ["TRUE", "True", "1"], ["1e3", "1000", "k"]])
def test_values_of_text_stay_as_they_are_written_in_tables_where_all_look_like_numbers(do, values, header):
    k = [str(i % 2) for i in range(ROWS)]
    table = numbers().assign(code=[values[i % 3] for i in range(ROWS)], k=k)[["a", "code", "b", "c", "k"]]
    fitted(do, table, "--one-hot", header=header)
    for value in values:
        rows = table[table.code == value]
        assert labels(do, rows, header=header) == rows.k.tolist()
        assert do("check", "r", "t.csv")[0] == 0
    assert "holds '7' in row 0; its values are" in refused(do, table.assign(code="7"), header=header)
    assert "has no value in row 0" in refused(do, table.assign(code=""), header=header)


def test_the_same_text_in_a_table_without_names_is_matched_by_its_place(do):
    k = [str(i % 2) for i in range(ROWS)]
    table = numbers().assign(code=["x", "y"] * 10, k=k)[["k", "a", "code", "b", "c"]]
    fitted(do, table, "--one-hot", "--label", "0", "--standardize", header=False)
    assert labels(do, table, header=False) == labels(do, table.drop(columns="k"), header=False) == k
    assert [do(command, "r", "t.csv")[0] for command in ("check", "attack", "report", "fuse")] == [0] * 4
    assert "holds '" in refused(do, table[["k", "code", "a", "b", "c"]], header=False)


def test_a_column_of_text_is_called_by_its_number_in_the_file(do):
    table = numbers().assign(code="x")[["a", "code", "b", "c"]].assign(k=[i % 2 for i in range(ROWS)])
    table.to_csv("t.csv", index=False, header=False)
    assert "column '1' holds 'x'" in refusal(do, "fit", "t.csv", "--index", "0")
    fitted(do, table, "--index", "0", "--drop", "1", header=False)


def test_columns_that_were_left_out_are_left_out_of_tables_without_names_too(do):
    k = [str(i % 2) for i in range(ROWS)]
    table = numbers().assign(k=k)
    table.insert(0, "id", range(1, ROWS + 1))
    assert "--index 0" in fitted(do, table, header=False)
    assert "--index 0" not in fitted(do, table, "--index", "0", header=False)
    for options in ((), ("--index", "0"), ("--drop", "0")):
        assert labels(do, table, *options, header=False) == k
        assert do("check", "r", "t.csv", *options)[0] == 0


def test_the_label_may_be_called_something_else(do):
    k = [str(i % 2) for i in range(ROWS)]
    table = numbers().assign(k=k)
    fitted(do, table)
    other = table.rename(columns={"k": "truth"})
    assert "'truth' besides" in refused(do, other)
    assert labels(do, other, "--label", "truth") == k
    assert do("check", "r", "p.csv", "--label", "truth")[0] == 0
    assert "'a' as a feature" in refused(do, other, "--label", "a")
    assert "'a' as a feature" in refusal(do, "check", "r", "p.csv", "--label", "a")


def test_names_that_are_known_are_names_in_a_table_of_one_row(do):
    table = pd.DataFrame({"size": list("abc") * 6, "colour": list("xyzx") * 4 + ["y", "z"], "k": ["u", "v"] * 9})
    table = table.drop_duplicates(["size", "colour"])
    fitted(do, table, "--one-hot")
    for row in range(3):
        assert labels(do, table[row : row + 1]) == [table.k.iloc[row]]
        assert labels(do, table[["colour", "size"]][row : row + 1]) == [table.k.iloc[row]]


@pytest.mark.parametrize("name", ["label", "Class", "target"])
def test_a_column_called_label_is_not_passed_over_in_silence(do, name):
    table = numbers()
    table.insert(0, name, [i % 2 for i in range(ROWS)])
    table.to_csv("t.csv", index=False)
    assert f"a column '{name}', and the last is 'c': say which holds the labels with --label" in refusal(do, "fit", "t.csv")
    fitted(do, table, "--label", name)
    fitted(do, table.assign(c=[i % 3 for i in range(ROWS)]), "--label", "c")


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (["01", "2"], "labels are read as numbers: '01' as 1"),
        (["1", "2.0", "1.0"], "labels are read as numbers: '1' as 1.0"),
        (["1", "01", "2"], "labels stay text: '01' and '1' are one number, and are taken for two classes"),
        (["true", "False"], "labels are read as truth values: 'true' as True"),
        (["NA", "x"], "the label 'NA' is taken for a class"),
        (["1", "?", "2"], "the label '?' is taken for a class"),
        (["1", "2"], ""),
        (["u", "v"], ""),
    ],
)
def test_labels_that_are_not_printed_as_they_are_written_are_said(do, kinds, words):
    said = fitted(do, numbers().assign(k=[kinds[i % len(kinds)] for i in range(ROWS)]))
    assert words in said
    assert bool(words) == ("label" in said.split("written:")[0])


def test_rows_without_a_cell_have_no_label_even_if_all_are_such(do):
    table = numbers().assign(k=[str(i % 2) for i in range(ROWS)])
    fitted(do, table)
    empty = table.assign(a=np.nan)
    assert "--drop-missing" in refused(do, empty)
    assert labels(do, empty[:1], "--drop-missing", "--radii") == [None]
    assert labels(do, empty, "--drop-missing") == [None] * ROWS


def test_what_was_found_out_about_a_table_is_said_after_it_was_matched(do):
    X, k = numbers(), [i % 2 for i in range(ROWS)]
    np.savez("t.npz", x_train=X, y_train=k, x_test=-X, y_test=k)
    assert do("fit", "t.npz", *FIT, "--out", "r")[0] == 0
    status, _, err = do("predict", "r", "t.npz")
    assert (status, "points are 'x_train'" in err, "x_test" in err) == (0, True, True)
    np.save("row.npy", X.to_numpy()[0])
    assert "points must be 2-D" in refusal(do, "predict", "r", "row.npy")
    np.savez("wide.npz", x_train=np.hstack([X, X]), y_train=k)
    assert "takes 3 features" in refusal(do, "predict", "r", "wide.npz")


def test_dates_and_the_like_may_be_left_out_of_a_parquet_file(do):
    pytest.importorskip("pyarrow")
    k = [str(i % 2) for i in range(ROWS)]
    table = numbers().assign(day=pd.Timestamp("2020-02-02"), k=k)
    table.to_parquet("t.parquet")
    assert "'day' holds timestamp" in refusal(do, "fit", "t.parquet")
    assert do("fit", "t.parquet", "--drop", "day", *FIT, "--out", "r")[0] == 0
    status, out, _ = do("predict", "r", "t.parquet", "--json")
    assert (status, [str(label) for label in json.loads(out)["labels"]]) == (0, k)


def test_labels_that_are_text_stay_text_where_a_run_is_held_against_a_table(do):
    pytest.importorskip("pyarrow")
    table = numbers().assign(k=["1", "2"] * (ROWS // 2))
    table.to_parquet("t.parquet")
    table.to_csv("t.csv", index=False)
    assert do("fit", "t.parquet", *FIT, "--out", "r")[0] == 0
    for command in ("check", "attack"):
        status, _, err = do(command, "r", "t.csv")
        assert status == 0, err
    table.assign(k=table.k[::-1].tolist()).to_csv("t.csv", index=False)
    status, out, err = do("check", "r", "t.csv")
    assert (status != 0, "a value or a label differs" in out + err) == (True, True)


def test_one_picture_is_brought_to_the_size_of_the_run(do):
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    for name in ("a/0", "a/1", "b/0", "b/1"):
        Path("im", name).parent.mkdir(parents=True, exist_ok=True)
        image.fromarray(rng.integers(0, 256, (6, 8), dtype=np.uint8)).save(f"im/{name}.png")
    assert do("fit", "im", "--resize", "4x4", *FIT, "--out", "r")[0] == 0
    for path, truth in (("im", ["a", "a", "b", "b"]), ("im/b", ["b", "b"]), ("im/a/1.png", ["a"])):
        status, out, err = do("predict", "r", path, "--json")
        assert (status, json.loads(out)["labels"]) == (0, truth), err


def test_an_option_that_does_not_go_with_an_array_is_called_by_its_name(do):
    np.save("x.npy", numbers().to_numpy())
    for option in ("--index", "--drop"):
        assert f"so {option} does not go with it" in refusal(do, "fit", "x.npy", option, "0")


def test_a_pipe_is_called_what_it_is(do):
    import os

    os.mkfifo("pipe.csv")
    assert "not a regular file (if it is a pipe" in refusal(do, "fit", "pipe.csv")
    os.mkfifo("pipe")
    assert "not a regular file (if it is a pipe" in refusal(do, "fit", str(Path("pipe").absolute()))


@pytest.mark.parametrize(("factor", "said"), [(1, False), (10, False), (1 / 255, True), (255, True), (0, False)])
def test_rows_in_other_units_than_the_samples_are_said(do, factor, said):
    grey = np.random.default_rng(0).integers(1, 256, (ROWS, 3))
    np.savez("x.npz", X=grey, y=grey[:, 0] > 128)
    assert do("fit", "x.npz", "--scale", "255", *FIT, "--out", "r")[0] == 0
    np.save("p.npy", grey * factor)
    status, out, err = do("predict", "r", "p.npy", "--json")
    assert (status, len(json.loads(out)["labels"])) == (0, ROWS)
    assert ("if their units differ, say --scale" in err) == said


def test_a_label_column_that_a_file_has_not_is_refused(do):
    X, k = numbers(), [str(i % 2) for i in range(ROWS)]
    fitted(do, X.assign(k=k))
    assert labels(do, X, "--label", "k") == labels(do, X.assign(k=k), "--label", "k") == k
    assert labels(do, X.assign(other=k), "--label", "other") == k
    for table in (X, X.assign(k=k), X.assign(other=k)):
        assert "has no column 'nonsense' of labels, but 'a', 'b', 'c'" in refused(do, table, "--label", "nonsense")
    X.assign(k=k).to_parquet("p.parquet")
    assert "has no column 'nonsense'" in refusal(do, "predict", "r", "p.parquet", "--label", "nonsense")
    for command in ("check", "attack", "fuse"):
        assert "has no column 'nonsense' of labels" in refusal(do, command, "r", "t.csv", "--label", "nonsense")


@pytest.mark.parametrize("data", ["iris", "pictures", "points.svm"])
def test_data_with_labels_of_their_own_are_told_from_those_of_a_run(do, data):
    """A run's column of labels names nothing there."""
    fitted(do, numbers().assign(k=[str(i % 2) for i in range(ROWS)]))
    Path("points.svm").write_text("1 1:0.5 2:1 3:2\n2 1:1.5 2:1 3:2\n", encoding="ascii")
    for name in "uv":
        Path("pictures", name).mkdir(parents=True)
        Image.fromarray(np.full((1, 3), ord(name), dtype=np.uint8)).save(Path("pictures", name, "1.png"))
    for command in ("attack", "fuse"):
        said = refusal(do, command, "r", data)
        assert "label names a column" not in said
        assert any(words in said for words in ("not those", "has no names", "names its columns", "misses 'a', 'b', 'c'"))


@pytest.mark.parametrize("ending", ["", "1", "1,2", "1,2,3,setos", "1,2,3,s", "1,2,3,setosa"])
def test_a_table_that_breaks_off_in_its_last_row_is_said_or_refused(do, ending):
    rows = [f"{i},{i * i % 7},{i % 3},{'setosa' if i % 2 else 'virginica'}" for i in range(ROWS)]
    Path("t.csv").write_text("\n".join(["a,b,c,k", *rows, ending]), encoding="ascii")
    status, _, err = do(
        "fit", "t.csv", "--ratio", "0.1", "--no-bracket", "--pieces", "cover", "--effort", "low", "--out", "r"
    )
    if ending in {"1", "1,2"}:
        assert status == 2
    else:
        assert status == 0, err
        assert ("begins another, 'setosa': is the file whole?" in err) == (ending in {"1,2,3,setos", "1,2,3,s"})
