"""Assignments in tensors of ONNX, and queries on two networks, from table and tool to verdict."""

import csv
import gzip
import json
import sys

import numpy as np
import onnx
import pytest

from logwidth.cli import main
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark
from logwidth.verifiers import verifier_named
from logwidth.verifiers.assignment import read_assignment
from logwidth.verifiers.tensor_files import as_text, assignment_of

KINDS = ("float32", "float64", "int64")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    rng = np.random.default_rng(1)
    data = Dataset(rng.integers(-30, 30, size=(14, 3)), np.arange(14) % 3)
    request = BenchmarkRequest(
        count=8, balls=0, centres=3, orders=(NetworkOrder("one", 6, 2, 0.9),), twins=0, pairs=1, forms=0
    )
    for name, content in benchmark(data, request).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def rows_of(home, track=""):
    with (home / track / "truth.csv").open() as stream:
        return list(csv.DictReader(stream))


def witness(home, row):
    lines = (home / row["witness"]).read_text().replace("(", "").replace(")", "").split("\n")
    return [float(line.split()[1]) for line in lines if "X_" in line]


def tensor(values, kind="float32", name="X"):
    return onnx.numpy_helper.from_array(np.array([values], dtype=kind), name).SerializeToString()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_tensors_are_read(tmp_path, kind, packed):
    for name, values in (("A", [1, -2, 3]), ("B", [0])):
        content = tensor(values, kind)
        (tmp_path / f"{name}.pb{'.gz' if packed else ''}").write_bytes(gzip.compress(content) if packed else content)
    found = assignment_of(tmp_path)
    assert found == {"A": [1.0, -2.0, 3.0], "B": [0.0]}
    assert read_assignment(as_text(found)) == found


def _with(**fields):
    made = onnx.TensorProto.FromString(tensor([1.0, 2.0]))
    for name, value in fields.items():
        if isinstance(value, list):
            del getattr(made, name)[:]
            getattr(made, name).extend(value)
        else:
            setattr(made, name, value)
    return made.SerializeToString()


BROKEN = {
    "nothing": b"",
    "text": b"sat\nX float32 [1,2]\n1\n2\n",
    "cut": tensor([1.0, 2.0])[:-3],
    "too many": _with(dims=[1, 3]),
    "huge": _with(dims=[2**40, 2**20]),
    "negative": _with(dims=[-1, -2]),
    "words": _with(data_type=8),
    "elsewhere": _with(data_location=1),
    "not a number": tensor([1.0, np.nan]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_tensors_that_cannot_be_read_are_named(tmp_path, name):
    (tmp_path / "X.pb").write_bytes(BROKEN[name])
    with pytest.raises(InputError, match=r"X\.pb"):
        assignment_of(tmp_path)


def _judge(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["judge", *map(str, arguments), "--json"])
    return end.value.code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("where", ["a file", "a folder", "beside"])
@pytest.mark.parametrize(("change", "status"), [("none", 0), ("harmless", 1), ("unread", 3)])
def test_a_table_with_tensors(folder, tmp_path, capsys, where, change, status):
    """Named or beside the table: right ones are credited, harmless ones exit with 1, those that cannot be read with 3."""
    lines = ["onnx,vnnlib,result,seconds,counterexample"]
    for row in rows_of(folder):
        shown = ""
        if row["answer"] == "sat":
            point = json.loads((folder / "pool.json").read_text())["centres"][0]["point"]
            inputs = point if change == "harmless" else witness(folder, row)
            stem = f"{row['onnx']}_{row['vnnlib']}.counterexample"
            place = tmp_path / stem
            place.mkdir()
            (place / "X.pb").write_bytes(b"what" if change == "unread" else tensor(inputs))
            if where == "a file":
                (place / "X.pb").rename(tmp_path / f"{row['vnnlib']}.pb")
                place.rmdir()
            shown = {"a file": f"{row['vnnlib']}.pb", "a folder": stem, "beside": ""}[where]
        lines.append(f"{row['onnx']},{row['vnnlib']},{row['answer']},1,{shown}")
    (tmp_path / "results.csv").write_text("\n".join(lines))
    code, found = _judge(capsys, tmp_path / "results.csv", "--benchmark", folder)
    n_sat = sum(row["answer"] == "sat" for row in rows_of(folder))
    assert code == status
    assert found["replayed"] == (n_sat if change == "none" else 0)
    assert found["unread"] == (n_sat if change == "unread" else 0)
    assert (found["verdict"] == "all right") == (change == "none")


PAIRS_TOOL = """
import pathlib, sys
import numpy as np, onnx
arguments, known = sys.argv[1:], {known!r}
networks = [a.split("=", 1) for a in arguments if "=" in a]
vnnlib = pathlib.Path(next(a for a in arguments if a.endswith(".vnnlib")))
assert [n for n, _ in networks] == ["f", "g"] and all(pathlib.Path(p).exists() for _, p in networks)
shown = known[vnnlib.stem]
print("sat" if shown else "unsat")
if shown:
    out = pathlib.Path(arguments[arguments.index("--to") + 1])
    out.mkdir()
    for name in {names!r}:
        made = onnx.numpy_helper.from_array(np.array([shown], dtype=np.float32), name)
        (out / (name + ".pb")).write_bytes(made.SerializeToString())
"""


@pytest.mark.parametrize("bogus", [False, True])
def test_a_tool_is_run_on_two_networks(folder, tmp_path, capsys, bogus):
    """`{networks}` names each by the query's declaration; its tensors are replayed on both."""
    rows = rows_of(folder, "pairs")
    known = {row["vnnlib"]: witness(folder, row) if row["answer"] == "sat" else [] for row in rows}
    centres = {row["vnnlib"]: row for row in rows}
    names = [part.split()[1] for part in _declared(folder, rows[0]) if part.startswith("declare-input")]
    script = tmp_path / "tool.py"
    moved = {k: [x + 1e6 for x in v] if bogus else v for k, v in known.items()}
    script.write_text(PAIRS_TOOL.format(known=moved, names=names))
    template = f"{sys.executable} {script} {{vnnlib}} {{networks}} --to {{assignments}}"
    options = ("--benchmark", folder, "--track", "pairs", "--verifier", template, "--most", 3)
    code, found = _judge(capsys, tmp_path / "mine.csv", *options)
    first = [line.split(",")[1][7:-7] for line in (folder / "pairs/instances.csv").read_text().splitlines()[:3]]
    n_sat = sum(centres[name]["answer"] == "sat" for name in first)
    assert n_sat > 0
    assert (code, found["replayed"]) == ((1, 0) if bogus else (0, n_sat))


def _declared(home, row):
    text = (home / "pairs/vnnlib" / f"{row['vnnlib']}.vnnlib").read_text()
    return [part.strip() for part in text.replace(")", "(").split("(")]


def test_a_tool_for_one_network_says_so(folder, tmp_path):
    tool = verifier_named("tool {networks} {vnnlib}")
    query = next((folder / "pairs/vnnlib").iterdir())
    with pytest.raises(InputError, match="declares 2 networks"):
        tool(folder / "a.onnx", query, 1.0)
