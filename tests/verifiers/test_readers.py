"""What real tools write is read for what it says, or refused by name: words, tables, counterexamples in every layout."""

import bz2
import gzip
import itertools
import json
import lzma
import math
import sys

import numpy as np
import pytest

from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark
from logwidth.truth import Replay
from logwidth.verifiers import judge, read_results, read_tracks
from logwidth.verifiers.answers import Answer, read_answers, stem
from logwidth.verifiers.assignment import read_assignment
from logwidth.verifiers.judge import read_truth
from logwidth.verifiers.query import Box, input_set
from logwidth.verifiers.replay import counterexample
from logwidth.verifiers.tables import answer_word, seconds_of


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    rng = np.random.default_rng(3)
    data = Dataset(rng.integers(-30, 30, size=(12, 3)), np.arange(12) % 3)
    orders = (NetworkOrder("one", 6, 2, 0.9), NetworkOrder("two", 9, 2, 0.9))
    for name, content in benchmark(data, BenchmarkRequest(count=12, balls=4, centres=4, orders=orders)).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def boxes(folder):
    return [row for row in read_truth(folder).values() if row["kind"] != "ball"]


def witness(folder, row):
    return list(counterexample((folder / row["witness"]).read_text(), 3).inputs)


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return ended.value.code, capsys.readouterr()


# --- words

WORDS = {
    "sat": "sat SAT violated falsified unsafe unsafe-pgd unsafe-bab unsafe-mip unsafe-clean unsafe-pgd-bab sat,1.5",
    "unsat": "unsat holds verified safe safe-bab safe-incomplete safe-incomplete-refine safe-mip Holds unsat,12.3456",
    "unknown": "unknown UNKNOWN unknown-mip unknown,60",
    "timeout": "timeout TIMEOUT timed_out timed-out run_instance_timeout timed-out,60.2",
    "error": "error no_result_in_file error_exit_code_1 error_exit_code_139 error_exit_code_-9 prepare_instance_error_1 "
    "prepare_instance_error_139",
}


@pytest.mark.parametrize(("meaning", "word"), [(m, w) for m, words in WORDS.items() for w in words.split()])
def test_words_of_tools_have_their_meaning(meaning, word):
    assert answer_word(word) == meaning
    assert answer_word(f"  {word} ") == meaning
    assert "," in word or answer_word(f' "{word}" ') == meaning


@pytest.mark.parametrize(
    "word", ["", "-", "robust", "safe-ish", "satisfied", "unsat?", "1", "sat because", "safe-", "unsafely"]
)
def test_other_words_have_none(word):
    assert answer_word(word) is None


def test_words_may_be_apart():
    assert [answer_word(w) for w in ("timed out", "Run Instance Timeout", "no result in file")] == [
        "timeout",
        "timeout",
        "error",
    ]


def test_late_answers_of_abcrown_are_timeouts():
    assert answer_word("safe (timed out)") == answer_word("unknown (timed out)") == "timeout"
    assert answer_word("maybe (timed out)") is None


@pytest.mark.parametrize("header", ["onnx,vnnlib,result,seconds\n", ""])
def test_unknown_words_are_an_error_with_their_rows(folder, tmp_path, capsys, header):
    table = tmp_path / "results.csv"
    lines = [f"onnx/{r['onnx']}.onnx,vnnlib/{r['vnnlib']}.vnnlib,{r['answer']},1" for r in boxes(folder)]
    lines[2], lines[5], lines[7] = (
        f"{lines[k].rsplit(',', 2)[0]},{w},1" for k, w in ((2, "robust"), (5, "robust"), (7, ""))
    )
    table.write_text(header + "\n".join(lines) + "\n")
    code, shown = call(capsys, "judge", table, "--benchmark", folder, "--json")
    first = 4 if header else 3
    assert (code, shown.out, len(shown.err.strip().splitlines())) == (2, "", 1)
    assert f"'robust' (row {first}, row {first + 3})" in shown.err
    assert f"'' (row {first + 5})" in shown.err


# --- tables


def _cells(row, folder="vnnlib"):
    return f"onnx/{row['onnx']}.onnx", f"{folder}/{row['vnnlib']}.vnnlib", row["answer"]


TABLES = {
    "three columns": (None, lambda o, v, r: (o, v, r)),
    "four columns": (None, lambda o, v, r: (o, v, r, "1.5")),
    "four with a category": (None, lambda o, v, r: ("mem", o, v, r)),
    "five with a category": (None, lambda o, v, r: ("mem", o, v, r, "1.5")),
    "five with preparation": (None, lambda o, v, r: (o, v, "0.3", r, "1.5")),
    "six columns": (None, lambda o, v, r: ("mem", o, v, ".026", r, "1.5")),
    "six with seconds unsaid": (None, lambda o, v, r: ("mem", o, v, "-", r, "-")),
    "six with units": (None, lambda o, v, r: ("mem", o, v, "0.1s", r, "1.5s")),
    "six of stems": (None, lambda o, v, r: ("mem", o[5:-5], v[7:-7], "0.1", r, "1.5")),
    "gzipped names": (None, lambda o, v, r: (o + ".gz", v + ".gz", r, "1.5")),
    "windows": (None, lambda o, v, r: (o.replace("/", "\\"), v.replace("/", "\\"), r, "1.5")),
    "ours": ("onnx,vnnlib,result,seconds", lambda o, v, r: (o, v, r, "1.5")),
    "run_time": ("category,onnx,vnnlib,prepare_time,result,run_time", lambda o, v, r: ("m", o, v, "1", r, "1.5")),
    "upper case": ("CATEGORY,ONNX,VNNLIB,PREPARE_TIME,RESULT,RUN_TIME", lambda o, v, r: ("m", o, v, "1", r.upper(), "1.5")),
    "nnv": (
        "subfolder,category,onnx,vnnlib,status,status_str,time_s,error_message",
        lambda o, v, r: ("1.0", "mem", o, v, "0" if r == "sat" else "1", r, "1.5", ""),
    ),
    "spaced": ("onnx , vnnlib , result , time (s)", lambda o, v, r: (o, v, r, "1.5")),
    "other order": ("result,run_time,vnnlib,onnx", lambda o, v, r: (r, "1.5", v, o)),
    "longer rows": ("onnx,vnnlib,result,seconds", lambda o, v, r: (o, v, r, "1.5", "")),
}


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("name", TABLES)
def test_tables_of_every_form(folder, tmp_path, name, ending, mark):
    header, cells = TABLES[name]
    rows = [",".join(cells(*_cells(row))) for row in boxes(folder)]
    table = tmp_path / "results.csv"
    table.write_bytes((mark + ending.join([*([header] if header else []), *rows]) + ending).encode())
    answers = read_answers(table)
    found = judge(answers, folder, tmp_path)
    assert (found.verdict, len(found.right), found.foreign) == ("all right", len(boxes(folder)), [])
    unsaid = name in ("three columns", "four with a category", "six with seconds unsaid")
    assert all(math.isnan(a.seconds) if unsaid else a.seconds == 1.5 for a in answers)
    summary = found.summary()
    assert summary["seconds_unsaid"] == (len(answers) if unsaid else 0)
    assert summary["seconds"] == (0 if unsaid else 1.5 * len(answers))
    assert json.dumps(summary, allow_nan=False)


@pytest.mark.parametrize("packing", [gzip, lzma, bz2], ids=["gzip", "xz", "bzip2"])
def test_tables_with_tabs_and_semicolons_packed(folder, tmp_path, packing):
    for mark in "\t;":
        table = tmp_path / "results.csv"
        table.write_bytes(packing.compress("\n".join(mark.join(_cells(row)) for row in boxes(folder)).encode()))
        assert len(judge(read_answers(table), folder).right) == len(boxes(folder))


def test_headers_in_the_middle_of_a_table(folder, tmp_path):
    rows, table = boxes(folder), tmp_path / "all.csv"
    text = "onnx,vnnlib,result,seconds\n" + "".join(",".join(_cells(r)) + ",2\n" for r in rows[:3])
    text += "result,onnx,run_time,vnnlib\n" + "".join(f"{r['answer']},{r['onnx']},3,{r['vnnlib']}\n" for r in rows[3:])
    table.write_text(text)
    answers = read_answers(table)
    assert [a.seconds for a in answers] == [2.0] * 3 + [3.0] * (len(rows) - 3)
    assert len(judge(answers, folder).right) == len(rows)


@pytest.mark.parametrize("times", [2, 27])
def test_warm_up_rows_are_foreign(folder, tmp_path, times):
    table = tmp_path / "all.csv"
    warm = "test,b/test/onnx/test_nano.onnx,b/test/vnnlib/test_nano.vnnlib,.026,unsat,7.02\n"
    rows = [f"mem,b/mem/{_cells(r)[0]},b/mem/{_cells(r)[1]},4.1,{r['answer']},6.0\n" for r in boxes(folder)]
    table.write_text(warm + warm.join(rows[:1]) + warm * (times - 1) + "".join(rows[1:]))
    found = judge(read_answers(table), folder)
    assert (found.verdict, len(found.right), len(found.foreign)) == ("all right", len(rows), times)


@pytest.mark.parametrize("place", ["folder", "category"])
def test_versions_of_the_format_are_judged_each_for_itself(folder, tmp_path, place):
    table, rows = tmp_path / "all.csv", boxes(folder)
    lines = []
    for version, row in itertools.product(("1.0", "2.0"), rows):
        onnx, vnnlib, answer = _cells(row)
        inner = f"b/mem/{version}/" if place == "folder" else ""
        if version == "2.0" and row is rows[0]:
            answer = {"sat": "unsat", "unsat": "sat"}[answer]
        if version == "2.0" and row is rows[1]:
            continue
        lines.append(f"{'mem' if inner else 'mem_' + version},{inner}{onnx},{inner}{vnnlib},1,{answer},2\n")
    table.write_text("".join(lines))
    found = judge(read_answers(table), folder)
    assert (len(found.right), len(found.wrong), len(found.missing)) == (2 * len(rows) - 2, 1, 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no answers"),
        ("a,b\n", "2 columns"),
        ("a,b,c,d,e,f,g\n", "7 columns"),
        ("a,b,sat,soon\n", "'soon' where seconds"),
        ("onnx,vnnlib,result,seconds\na,b,sat,1 lightyear\n", "'1 lightyear' where seconds"),
        ("onnx,vnnlib,status\na,b,7\n", "'7'"),
        ("\udcff\udcfe", "cannot read"),
    ],
)
def test_other_tables_are_refused_by_name(tmp_path, text, message):
    table = tmp_path / "results.csv"
    table.write_bytes(text.encode("utf-8", "surrogateescape") + (b"\x80" if "\udcff" in text else b""))
    with pytest.raises(InputError, match=r"results\.csv") as raised:
        read_answers(table)
    assert message in str(raised.value)


def test_seconds():
    known = {
        "6.07s": 6.07,
        "6.07 s": 6.07,
        "6,07": 6.07,
        ".026": 0.026,
        "1e2": 100.0,
        "250ms": 0.25,
        "2 min": 120.0,
        "3 seconds": 3.0,
        "5.": 5.0,
    }
    assert {text: seconds_of(text) for text in known} == known
    assert all(math.isnan(seconds_of(text)) for text in ("-", "", "n/a", "None", " - ", "-1", "-1.0s"))
    assert [seconds_of(text) for text in ("soon", "1:30", "s", "--1", "1 2", "1,234", "1,2,3")] == [None] * 7


# --- result files


def test_a_folder_may_hold_a_packed_table(folder, tmp_path):
    rows = boxes(folder)
    text = "onnx,vnnlib,result,seconds\n" + "".join(",".join(_cells(row)) + ",1\n" for row in rows)
    (tmp_path / "results.csv.gz").write_bytes(gzip.compress(text.encode()))
    answers, home = read_results(tmp_path, read_truth(folder))
    assert (home, [a.key for a in answers]) == (tmp_path, [(row["onnx"], row["vnnlib"]) for row in rows])


def test_result_files_of_one_line(folder, tmp_path):
    rows = boxes(folder)
    for k, row in enumerate(rows):
        text = row["answer"] + (f",{k}.25" if k % 2 else "")
        if row["answer"] == "sat":
            text += "\n" + (folder / row["witness"]).read_text()
        (tmp_path / f"{row['onnx']}_{row['vnnlib']}{('.txt', '.csv', '.result.csv')[k % 3]}").write_text(text + "\n")
    (tmp_path / "other_q.txt").write_text("unsat\n")
    answers, home = read_results(tmp_path, read_truth(folder))
    found = judge(answers, folder, home)
    assert (found.verdict, len(found.right), len(found.foreign)) == ("all right", len(rows), 1)
    assert len(found.replayed) == sum(row["answer"] == "sat" for row in rows)
    assert sorted(a.seconds for a in answers if a.seconds > 0)[0] == 1.25
    (tmp_path / "last_p.txt").write_text("perhaps\n")
    with pytest.raises(InputError, match=r"'perhaps' \(last_p.txt\)"):
        read_results(tmp_path, read_truth(folder))


def test_a_lone_result_line_needs_the_name_of_its_instance(folder, tmp_path, capsys):
    row = next(r for r in boxes(folder) if r["answer"] == "unsat")
    named, other = tmp_path / f"{row['onnx']}_{row['vnnlib']}.csv", tmp_path / "results.csv"
    named.write_text("unsat,12.3456")
    other.write_text("unsat,12.3456")
    code, shown = call(capsys, "judge", named, "--benchmark", folder, "--json")
    found = json.loads(shown.out)
    assert (code, found["right"], found["seconds"]) == (0, 1, 12.3456)
    code, shown = call(capsys, "judge", other, "--benchmark", folder, "--json")
    assert code == 2
    assert "ONNX_VNNLIB" in shown.err


# --- counterexamples

VALUES, SCORES = [0.5, -2.0, 1e-5], [0.0, 1.0]


def pairs(values, name="X", glue=" ", shape="({} {})"):
    return glue.join(shape.format(f"{name}_{k}", repr(v)) for k, v in enumerate(values))


LAYOUTS = {
    "1.0": f"({pairs(VALUES)} {pairs(SCORES, 'Y')})",
    "1.0 after sat": f"sat\n({pairs(VALUES)} {pairs(SCORES, 'Y')})",
    "1.0 after violated": f"violated\n({pairs(VALUES)})",
    "1.0 in lines": f"({pairs(VALUES, glue=chr(10))}\n{pairs(SCORES, 'Y', chr(10))})",
    "1.0 spaced": f"(\n  {pairs(VALUES, glue='   ', shape='( {}   {} )')}\n  )",
    "1.0 broken": f"({pairs(VALUES, glue=chr(10), shape='({}' + chr(10) + '{})')})",
    "1.0 dense": f"({pairs(VALUES, glue='')}{pairs(SCORES, 'Y', '')})",
    "1.0 without an outer pair": pairs(VALUES, glue="\n"),
    "1.0 outputs first": f"({pairs(SCORES, 'Y')} {pairs(VALUES)})",
    "1.0 shuffled": "((X_2 1e-05) (Y_1 1.0) (X_0 0.5) (Y_0 0.0) (X_1 -2.0))",
    "1.0 windows": f"sat\r\n({pairs(VALUES, glue=chr(13) + chr(10))})\r\n",
    "1.0 tabs": f"({pairs(VALUES, glue=chr(9), shape='({}' + chr(9) + '{})')})",
    "1.0 with a comment": f"; found by luck (X_0 9.0)\n({pairs(VALUES)})",
    "1.0 in SMT-LIB's terms": "((X_0 (/ 1 2)) (X_1 (- 2.0)) (X_2 0.00001))",
    "1.0 as a model": "sat\n(model (define-fun X_0 () Real (/ 1 2)) (define-fun Y_0 () Real 0.0)\n"
    "(define-fun X_1 () Real (- 2.0)) (define-fun X_2 () Real 0.00001))",
    "1.0 as equations": "(and (= X_0 0.5) (= X_1 (- 2)) (= X_2 1e-05))",
    "1.0 as lines": "sat\nX_0 = 0.5\nX_1 = -2.0,\n  X_2=1e-05\nY_0: 1\n",
    "lines of Marabou": "sat\nInput assignment:\n\tX0 = 0.5\n\tX1 = -2.0\n\tX2 = 0.00001\nOutput:\n\tY0 = 0.0\nLayer1: 3\n",
    "1.0 indexed": "((X[0,0] 0.5) (X[0,1] -2) (X[0,2] 1E-5))",
    "1.0 truncated in the outputs": f"({pairs(VALUES)} (Y_0 1.0",
    "1.0 with a mark": f"\ufeffsat\n({pairs(VALUES)})",
    "2.0": "sat\nX float32 [1,3]\n0.5\n-2.0\n1e-05\nY float32 [1,2]\n0.0\n1.0\n",
    "2.0 without an answer": "X float32 [1,3]\n0.5\n-2.0\n1e-05\n",
    "2.0 real": "sat\nX Real [1,3]\n0.5\n-2\n+1e-05\nY real [1,2]\n0\n1\n",
    "2.0 spaced": "sat\n\n  X   float32   [ 1 , 3 ]  \n 0.5 \n\n -2.0\n1e-05\n\n",
    "2.0 in one line": "sat\nX float32 [1,3]\n0.5 -2.0 1e-05\nY float32 [1,2]\n0.0 1.0\n",
    "2.0 windows": "sat\r\nX float32 [1,3]\r\n0.5\r\n-2.0\r\n1e-05\r\n",
    "2.0 other names": "sat\nimage float32 [1,3]\n0.5\n-2.0\n1e-05\nscores float32 [1,2]\n0.0\n1.0\n",
    "2.0 other shapes": "sat\nX float32 [1,1,3,1]\n0.5\n-2.0\n1e-05\nY float32 [2]\n0.0\n1.0\n",
    "2.0 outputs first": "sat\nY float32 [1,3]\n9\n9\n9\nX float32 [1,3]\n0.5\n-2.0\n1e-05\n",
    "2.0 hidden": "sat\nX float32 [1,3]\n0.5\n-2.0\n1e-05\nH float32 [1,4]\n1\n2\n3\n4\nY float32 [1,2]\n0\n1\n",
    "2.0 without types": "sat\nX [1,3]\n0.5\n-2.0\n1e-05\n",
    "2.0 and a log": "sat\nX float32 [1,3]\n0.5\n-2.0\n1e-05\nDone in some seconds.\n",
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_counterexamples_in_every_layout(name):
    found = counterexample(LAYOUTS[name], 3)
    assert found.inputs == tuple(float(np.float32(v)) for v in VALUES)
    assert counterexample(found.text(), 3) == found


BROKEN = {
    "": "no counterexample",
    "sat\n": "no counterexample",
    "here it is": "no counterexample",
    "((X_0 0.5) (X_2 1))": "2 of 3 values of X",
    "((X_0 0.5) (X_1 2) (X_0 0.75) (X_2 1))": "given twice",
    "((X_0 0.5) (X_1 two) (X_2 1))": "'two' is no finite number",
    "((X_0 0.5) (X_1 nan) (X_2 1))": "no finite number",
    "((X_0 0.5) (X_1 inf) (X_2 1))": "no finite number",
    "((X_0 0.5) (X_1 1e999999999) (X_2 1))": "no number that a float can hold",
    "((X_0 0.5) (X_1 1e400) (X_2 1))": "larger than a float",
    "((X_0 0.5) (X_1 (/ 1 0)) (X_2 1))": "no finite number",
    "((X_0 0.5) (X_1 1))": "X has 2 numbers, the network takes 3",
    "X float32 [1,3]\n0.5\n1\n": "1 numbers less",
    "X float32 [1,3]\n0.5\n1\n2\n3\n": "more numbers",
    "X float32 [1,3]\n0.5\nabout 1\n2\n": "no finite number",
    "X float32 [1,2]\n0.5\n1\nY float32 [1,2]\n1\n2\n": "X has 2 numbers, the network takes 3",
    "X float32 [1,3]\n1\n2\n3\nX float32 [1,3]\n1\n2\n4\n": "given twice",
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_counterexamples_say_what_is_wrong(text):
    with pytest.raises(InputError, match=BROKEN[text]):
        counterexample(text, 3)


def test_shuffled_arrays_keep_their_order():
    assert read_assignment("((X[1,0] 3) (X[0,1] 2) (X[0,0] 1) (X[1,1] 4))") == {"X": [1.0, 2.0, 3.0, 4.0]}


# --- counterexamples of a table


def in_2(values, names=("X", "Y"), scores=(0.0, 1.0)):
    lines = ["sat"]
    for name, numbers in zip(names, (values, scores), strict=True):
        lines += [f"{name} float32 [1,{len(numbers)}]", *map(repr, numbers)]
    return "\n".join(lines) + "\n"


STYLES = {
    "1.0": lambda values: f"({pairs(values)})",
    "2.0": in_2,
    "2.0, names of the file": lambda values: in_2(values, ("inp", "out")),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gz"])
@pytest.mark.parametrize("where", ["named", "beside", "below", "named without gz"])
def test_only_counterexamples_that_violate_are_credited(folder, tmp_path, style, packed, where):
    """Bogus ones are those that violate nothing: centres of balls that are proven."""
    centres = {c["witness_file"]: c["point"] for c in json.loads((folder / "pool.json").read_text())["centres"]}
    rows = boxes(folder)
    for bogus in (False, True):
        home = tmp_path / f"{bogus}"
        place = home / "2026_mem" if where == "below" else home
        place.mkdir(parents=True)
        named = where.startswith("named")
        lines = [f"onnx,vnnlib,result,seconds{',counterexample' if named else ''}\n"]
        for row in rows:
            file = f"{row['onnx']}_{row['vnnlib']}.counterexample"
            if row["answer"] == "sat":
                text = STYLES[style](centres[row["witness"]] if bogus else witness(folder, row)).encode()
                (place / (f"{file}.gz" if packed else file)).write_bytes(gzip.compress(text, mtime=0) if packed else text)
            shown = f",{file + ('.gz' if packed and where == 'named' else '') if row['answer'] == 'sat' else ''}"
            lines.append(",".join(_cells(row)) + ",1.0" + (shown if named else "") + "\n")
        (home / "results.csv").write_text("".join(lines))
        found = judge(read_answers(home / "results.csv"), folder, home)
        n_sat = sum(row["answer"] == "sat" for row in rows)
        assert (len(found.replayed), len(found.unconfirmed)) == ((0, n_sat) if bogus else (n_sat, 0))
        assert found.verdict == ("wrong counterexamples" if bogus else "all right")
        assert len(found.unread) == 0
        assert found.unwitnessed == []


CUT = gzip.compress(b"x", mtime=0)[:-9]


@pytest.mark.parametrize("content", [b"what", b"", b"\x1f\x8bcut", CUT, b"\xff\xfe\x00", None])
def test_counterexamples_that_cannot_be_read_are_named(folder, tmp_path, capsys, content):
    rows = boxes(folder)
    sat = next(row for row in rows if row["answer"] == "sat")
    for row in rows:
        if row["answer"] == "sat":
            (tmp_path / f"{row['onnx']}_{row['vnnlib']}.counterexample").write_text((folder / row["witness"]).read_text())
    file = f"{sat['onnx']}_{sat['vnnlib']}.counterexample"
    (tmp_path / file).unlink()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    named = "onnx,vnnlib,result,seconds,counterexample\n"
    lines = [",".join(_cells(row)) + f",1,{file if row is sat else ''}\n" for row in rows]
    (tmp_path / "results.csv").write_text(named + "".join(lines))
    code, shown = call(capsys, "judge", tmp_path / "results.csv", "--benchmark", folder, "--json")
    found = json.loads(shown.out)
    assert code == 3
    assert (found["verdict"], found["unread"], found["unconfirmed"]) == ("unread counterexamples", 1, 1)
    assert found["unread_counterexamples"][0]["file"] == file
    assert found["unread_counterexamples"][0]["reason"]
    code, shown = call(capsys, "judge", tmp_path / "results.csv", "--benchmark", folder)
    assert "all right" not in shown.out
    assert file in "".join(shown.out.split())


def test_a_sat_without_a_counterexample_where_others_have_one(folder, tmp_path):
    rows = [row for row in boxes(folder) if row["answer"] == "sat"]
    (tmp_path / f"{rows[0]['onnx']}_{rows[0]['vnnlib']}.counterexample").write_text(
        (folder / rows[0]["witness"]).read_text()
    )
    answers = [Answer(*_cells(row)) for row in rows]
    found = judge(answers, folder, tmp_path)
    assert (len(found.right), len(found.unconfirmed), len(found.unwitnessed)) == (1, len(rows) - 1, 0)
    bare = judge(answers, folder)
    assert (len(bare.right), len(bare.unwitnessed)) == (len(rows), len(rows))
    assert len(judge(answers, folder, held=True).unconfirmed) == len(rows)


def test_an_input_of_another_class_outside_the_set_is_no_counterexample(folder, tmp_path):
    """Witnesses of other boxes on the same network violate the scores' part of a query, but not where it asks."""
    rows = [row for row in boxes(folder) if row["answer"] == "sat"]
    checked = 0
    for row in rows:
        box = Box(tuple(input_set(folder / "vnnlib" / f"{row['vnnlib']}.vnnlib")))
        scores = Replay((folder / "onnx" / f"{row['onnx']}.onnx").read_bytes())
        for other in rows:
            x = witness(folder, other)
            if other["onnx"] == row["onnx"] and not box.near(x) and np.argmax(scores(np.array(x))) != int(row["label"]):
                (tmp_path / "w.txt").write_text(f"({pairs(x)})")
                found = judge([Answer(row["onnx"], row["vnnlib"], "sat", 1.0, "w.txt")], folder, tmp_path)
                assert found.problems[0].reason == "the input lies more than 1e-4 outside the set"
                checked += 1
    assert checked > 0


def test_counterexamples_of_balls_are_replayed(folder, tmp_path):
    rows = [row for row in read_truth(folder).values() if row["kind"] == "ball" and row["answer"] == "sat"]
    assert rows
    for row in rows:
        right = witness(folder, row)
        centre = np.array(json.loads((folder / "pool.json").read_text())["centres"][0]["point"])
        for inputs, good in ((right, True), ((np.array(right) * 3 + 50).tolist(), False), (centre.tolist(), False)):
            (tmp_path / "w.txt").write_text(f"({pairs(inputs)})")
            found = judge([Answer(row["onnx"], row["vnnlib"], "sat", 1.0, "w.txt")], folder, tmp_path, "l2")
            assert bool(found.right) == good


def test_a_counterexample_against_the_truth_is_loud(folder, tmp_path):
    """A truth that is turned round is found out by a counterexample that violates."""
    rows = (folder / "truth.csv").read_text().splitlines()
    key = next(k for k, line in enumerate(rows) if ",sat," in line and ",box," in line)
    cells = rows[key].split(",")
    other = tmp_path / "bench"
    other.mkdir()
    for name in ("onnx", "vnnlib"):
        (other / name).symlink_to(folder / name)
    (other / "truth.csv").write_text("\n".join([*rows[:key], rows[key].replace(",sat,", ",unsat,"), *rows[key + 1 :]]))
    (tmp_path / "w.txt").write_text((folder / cells[5]).read_text())
    found = judge([Answer(cells[0], cells[1], "sat", 1.0, "w.txt")], other, tmp_path)
    assert found.verdict == "truth contradicted"


# --- tools


def tool(tmp_path, body):
    script = tmp_path / "tool.py"
    script.write_text("import sys, pathlib\nonnx, vnnlib, out = sys.argv[1:]\n" + body)
    return f"{sys.executable} {script} {{onnx}} {{vnnlib}} {{out}}"


BOGUS = {
    "2.0 in the file": "pathlib.Path(out).write_text({bogus2!r})",
    "1.0 in the file": "pathlib.Path(out).write_text({bogus1!r})",
    "2.0 printed": "print({bogus2!r})",
    "1.0 printed": "print({bogus1!r})",
    "rubbish in the file": "pathlib.Path(out).write_text('sat\\nrubbish')",
    "rubbish printed": "print('sat\\nrubbish')",
    "nothing": "print('sat')",
}


@pytest.mark.parametrize("track", ["", "2.0"])
@pytest.mark.parametrize("name", BOGUS)
def test_a_tool_with_bogus_counterexamples_gets_no_credit(folder, tmp_path, capsys, track, name):
    centre = json.loads((folder / "pool.json").read_text())["centres"][0]["point"]
    body = BOGUS[name].format(bogus2=in_2(centre), bogus1=f"sat\n({pairs(centre)})")
    table = tmp_path / "mine.csv"
    options = ("--benchmark", folder, "--verifier", tool(tmp_path, body), "--track", track, "--most", 6, "--json")
    _, shown = call(capsys, "judge", table, *options)
    found = json.loads(shown.out)
    asked = read_tracks(folder)[track]
    lines = (folder / track / "instances.csv").read_text().splitlines()[:6]
    n_sat = sum(asked[tuple(stem(cell) for cell in line.split(",")[:2])]["answer"] == "sat" for line in lines)
    assert (found["right"], found["unconfirmed"], found["false_alarms"]) == (0, n_sat, 6 - n_sat)
    again = json.loads(call(capsys, "judge", table, "--benchmark", folder, "--track", track, "--json")[1].out)
    assert {k: v for k, v in again.items() if k != "seconds"} == {k: v for k, v in found.items() if k != "seconds"}


@pytest.mark.parametrize(
    ("where", "style"),
    [
        ("file", "1.0"),
        ("printed", "2.0"),
        ("printed before", "1.0"),
        pytest.param("file", "2.0", marks=pytest.mark.slow),
        pytest.param("printed", "1.0", marks=pytest.mark.slow),
        pytest.param("printed before", "2.0", marks=pytest.mark.slow),
    ],
)
def test_a_tool_with_right_counterexamples_gets_credit(folder, tmp_path, capsys, style, where):
    rows = read_tracks(folder)["2.0"].values()
    texts = {row["vnnlib"]: STYLES[style](witness(folder, row)) for row in rows if row["answer"] == "sat"}
    texts = {name: text.removeprefix("sat\n") for name, text in texts.items()}
    say = {
        "file": "pathlib.Path(out).write_text(f'{word}\\n{text}')",
        "printed": "print(f'reading\\n{word}\\n{text}')",
        "printed before": "print(f'reading\\n{text}\\n{word}')",
    }[where]
    body = f"text = {texts!r}.get(pathlib.Path(vnnlib).stem, '')\nword = 'sat' if text else 'unsat,1.5'\n{say}"
    options = ("--benchmark", folder, "--verifier", tool(tmp_path, body), "--track", "2.0", "--json")
    code, shown = call(capsys, "judge", tmp_path / "mine.csv", *options)
    found = json.loads(shown.out)
    assert (code, found["verdict"], found["right"], found["replayed"]) == (0, "all right", len(rows), len(texts))


def test_a_tool_with_a_word_of_its_own_is_named(folder, tmp_path, capsys):
    for body in ("print('log'); print('robust')", "pathlib.Path(out).write_text('robust')"):
        table = tmp_path / "mine.csv"
        table.unlink(missing_ok=True)
        options = ("--benchmark", folder, "--verifier", tool(tmp_path, body), "--most", 2)
        code, shown = call(capsys, "judge", table, *options)
        assert code == 2
        assert "'robust' (row 2, row 3)" in shown.err
    table.unlink()
    options = ("--benchmark", folder, "--verifier", tool(tmp_path, "print('log'); sys.exit(3)"), "--most", 2, "--json")
    code, shown = call(capsys, "judge", table, *options)
    assert (code, json.loads(shown.out)["unknown"]) == (0, 2)


def test_a_gzipped_benchmark_is_judged(folder, tmp_path):
    for path in folder.rglob("*"):
        if path.is_file():
            target = tmp_path / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            (target.with_name(target.name + ".gz")).write_bytes(gzip.compress(path.read_bytes()))
    rows = [row for row in boxes(folder) if row["answer"] == "sat"]
    answers = [Answer(*_cells(row), 1.0, row["witness"]) for row in rows]
    assert len(judge(answers, tmp_path, tmp_path).replayed) == len(rows)
