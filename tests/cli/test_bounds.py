"""`logwidth bounds`."""

import json

import pytest

from logwidth.cli import main


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_bounds_print_one_row_per_width(capsys):
    status, out, err = call(capsys, "bounds", "--n", "60000", "--d", "784", "--k", "64,786:787", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert [row["k"] for row in found["rows"]] == [64, 786, 787]
    assert {"k", "possible", "impossible", "paper_possible", "paper_impossible"} <= set(found["rows"][0])
    assert found["rows"][0]["possible"] >= 0.142
    assert found["rows"][0]["impossible"] <= 0.2858
    assert found["rows"][2]["possible"] == 1.0


@pytest.mark.parametrize("norm", ["1", "2", "inf", "1.5"])
def test_the_default_selection_reaches_from_one_to_beyond_the_dimension(capsys, norm):
    status, out, _ = call(capsys, "bounds", "--n", "1000", "--d", "50", "--norm", norm, "--json")
    rows = json.loads(out)["rows"]
    assert status == 0
    assert (rows[0]["k"], rows[-1]["k"]) == (1, 56)
    assert all(row["possible"] <= row["impossible"] for row in rows)


def test_the_table_shows_the_theorem(capsys):
    status, out, _ = call(capsys, "bounds", "--n", "60000", "--d", "784", "--k", "64")
    assert status == 0
    assert "star" in out


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--n", "10", "--d", "0"), "features"),
        (("--n", "1", "--d", "3"), "samples"),
        (("--n", "10", "--d", "3", "--k", "14"), "d + n = 13"),
        (("--n", "10", "--d", "3", "--k", "0"), "not 0"),
        (("--n", "10", "--d", "3", "--k", "4:2"), "A:B"),
        (("--n", "10", "--d", "3", "--k", "x"), "A:B"),
        (("--n", "10", "--d", "9999", "--k", "1:9999"), "fewer"),
        (("--n", "10", "--d", "3", "--norm", "0.9"), "p >= 1"),
        (("--d", "3"), "--n"),
    ],
)
def test_bad_sizes(capsys, arguments, word):
    status, out, err = call(capsys, "bounds", *arguments)
    assert (status, out) == (2, "")
    assert len(err.strip().splitlines()) == 1
    assert word in err


def test_parameters_are_counted_at_one_ratio(capsys, tmp_path):
    picture = tmp_path / "bits.png"
    asked = ("bounds", "--n", "1797", "--d", "64", "--parameters", "--ratio", "0.9", "--classes", "10")
    status, out, _ = call(capsys, *asked, "--json", "--figure", str(picture))
    assert status == 0
    found = json.loads(out)
    counting = next(row for row in found["rows"] if row["name"] == "counting")
    assert counting["total_bits"] == 5970  # 1797 log2 10 = 5969.5
    assert picture.read_bytes().startswith(b"\x89PNG")
    status, out, _ = call(capsys, *asked, "--explain")
    assert "constant not stated" in out
    assert "no float holds" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--parameters", "--k", "5"], "without --k"),
        (["--parameters", "--norm", "inf"], "without --k and --norm"),
        (["--ratio", "0.5"], "belong to --parameters"),
        (["--parameters", "--ratio", "1"], "below 1"),
        (["--parameters", "--figure", "x.txt"], ".png"),
    ],
)
def test_options_of_parameters_that_do_not_fit_are_named(capsys, arguments, word):
    status, _, err = call(capsys, "bounds", "--n", "100", "--d", "5", *arguments)
    assert status == 2
    assert word in " ".join(err.split())
