"""The command line: results, exit statuses, and one clear line for every kind of bad input."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.numpy_helper
import pandas as pd
import pytest

from logwidth.cli import main

Call = Callable[..., tuple[int, str, str]]
QUICK = {"fit": ("--effort", "low")}


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run the command line in an empty folder, fits with low effort; return exit status, standard output and error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(a) for a in (*arguments, *QUICK.get(arguments[0], ()))])
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def refused(outcome: tuple[int, str, str]) -> str:
    status, out, err = outcome
    assert status == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err
    return err


def two_blobs(n: int = 12, d: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n, d))
    points[: n // 2, 0] += 6.0
    return points, np.repeat([4, 9], [n // 2, n - n // 2])


@pytest.fixture
def mine() -> str:
    """The name of a file of three small classes in the folder that `call` works in."""
    rng = np.random.default_rng(0)
    labels = np.arange(24) % 3
    np.savez("mine.npz", X=rng.normal(size=(24, 4)) + 2.0 * rng.normal(size=(3, 4))[labels], y=labels)
    return "mine.npz"


def test_fit_check_predict_agree(call: Call) -> None:
    status, out, err = call("fit", "iris", "--ratio", 0.9, "--json", "--quiet")
    summary = json.loads(out)
    assert status == 0
    assert summary["certified"] == summary["n_samples"] == 150
    assert summary["undecided"] == summary["falsified"] == 0
    assert "written" in err
    status, out, _ = call("check", "runs/iris", "--json")
    assert status == 0
    assert json.loads(out)["passed"] is True
    status, out, _ = call("check", "runs/iris", "iris")
    assert status == 0
    status, out, _ = call("predict", "runs/iris", "iris", "--radii", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["labels"] == [0] * 50 + [1] * 50 + [2] * 50
    assert min(found["radii"]) >= summary["radius"] * (1 - 1e-6)


def test_predict_gives_the_chains_labels_and_radii(call: Call, mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for construction in ("register", "lanes"):
        assert call("fit", mine, "--ratio", 0.5, "--construction", construction, "--out", construction)[0] == 0
        np.save("x.npy", np.random.default_rng(0).normal(size=(300, 4)) * 3)
        found = {
            how: json.loads(call("predict", construction, "x.npy", "--radii", "--json", *how)[1])
            for how in ((), ("--chain",))
        }
        assert found[()] == found["--chain",]
    monkeypatch.setattr(import_module("logwidth.certify.runs.stored_run"), "evaluate", lambda *_: 1 / 0)
    assert call("predict", "register", mine)[1].split()[1:] == [str(c % 3) for c in range(24)]
    with pytest.raises(ZeroDivisionError):
        main(["predict", "register", mine, "--chain"])


def test_summary_names_everything_promised(call: Call, mine: str) -> None:
    _, out, _ = call("fit", mine, "--ratio", 0.5, "--json")
    promised = (
        "n_samples n_features n_classes norm delta radius ratio construction map_rank width depth n_nonzero n_pieces "
        "width_lower paper_width paper_depth dtype certified falsified undecided seconds logwidth_version data_sha256 "
        "network_sha256"
    ).split()
    assert set(promised) <= set(json.loads(out))
    assert set(promised) <= set(json.loads(Path("runs/mine/summary.json").read_text()))


def test_table_says_what_was_asked_built_and_needed(call: Call, mine: str) -> None:
    _, out, _ = call("fit", mine, "--ratio", 0.5)
    for word in ("asked", "built", "Theorem 4.2", "provably needed", "24 of 24"):
        assert word in out


def test_same_seed_same_bytes(call: Call, mine: str) -> None:
    for name in ("a", "b"):
        assert call("fit", mine, "--ratio", 0.5, "--seed", 3, "--out", name)[0] == 0
    for file in ("network.onnx", "certificate.json"):
        assert Path("a", file).read_bytes() == Path("b", file).read_bytes()


def test_users_own_files_with_string_labels(call: Call) -> None:
    points, labels = two_blobs()
    names = np.array(["cat", "dog"])[(labels == 9).astype(int)]
    np.savez("mine.npz", X=points, y=names)
    np.save("x.npy", points)
    np.save("y.npy", names)
    frame = pd.DataFrame(points, columns=["a", "b", "c"]).assign(kind=names)
    frame.to_csv("mine.csv", index=False)
    frame.to_parquet("mine.parquet")
    digests = set()
    for arguments in (("mine.npz",), ("x.npy", "--labels", "y.npy"), ("mine.parquet", "--label", "kind"), ("mine.csv",)):
        status, out, _ = call("fit", *arguments, "--ratio", 0.8, "--out", "r", "--json")
        assert status == 0
        digests.add(json.loads(out)["data_sha256"])
        assert call("check", "r")[0] == 0
    assert len(digests) == 1
    status, out, _ = call("predict", "r", "x.npy", "--by-position", "--json")
    assert json.loads(out)["labels"] == names.tolist()
    status, out, _ = call("predict", "r", "mine.csv")
    assert out.split() == ["label", *names.tolist()]


def test_integer_labels_are_the_output_itself(call: Call) -> None:
    import onnxruntime

    points, labels = two_blobs()
    np.savez("mine.npz", X=points, y=labels)
    assert call("fit", "mine.npz", "--ratio", 0.9, "--out", "r")[0] == 0
    session = onnxruntime.InferenceSession("r/network.onnx")
    (output,) = session.run(None, {"X": points.astype(np.float32)})
    assert output.dtype == np.float32
    assert output[:, 0].tolist() == labels.tolist()


def test_narrow_budget_takes_the_narrower_form(call: Call, mine: str) -> None:
    _, out, _ = call("fit", mine, "--ratio", 0.5, "--json")
    default = json.loads(out)
    status, out, _ = call("fit", mine, "--ratio", 0.5, "--width", default["width"] - 1, "--out", "n", "--json")
    narrow = json.loads(out)
    assert status == 0
    assert (default["construction"], narrow["construction"]) == ("register", "cells")
    assert narrow["width"] == narrow["map_rank"] + 2 < default["width"]


@pytest.mark.parametrize("construction", ["register", "telescope", "collapse", "parallel"])
def test_float64_constructions(call: Call, construction: str) -> None:
    points, labels = two_blobs()
    np.savez("mine.npz", X=points, y=labels)
    arguments = ("mine.npz", "--ratio", 0.99, "--dtype", "float64", "--construction", construction)
    status, out, _ = call("fit", *arguments, "--out", "r", "--json")
    assert status == 0
    assert json.loads(out)["construction"] == construction
    assert call("check", "r")[0] == 0
    _, out, _ = call("predict", "r", "mine.npz", "--json")
    assert json.loads(out)["labels"] == labels.tolist()


BAD = {
    "nan": lambda x, y: x.__setitem__((3, 1), np.nan),
    "infinite": lambda x, y: x.__setitem__((2, 0), np.inf),
    "one class": lambda x, y: y.__setitem__(slice(None), 1),
    "same point, two labels": lambda x, y: x.__setitem__(11, x[0]),
}
NAMED = {
    "nan": ["row 3", "column 1"],
    "infinite": ["row 2", "column 0"],
    "one class": ["class"],
    "same point, two labels": ["0", "11"],
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_data_is_named_in_one_line(call: Call, kind: str) -> None:
    points, labels = two_blobs()
    BAD[kind](points, labels)
    np.savez("bad.npz", X=points, y=labels)
    message = refused(call("fit", "bad.npz"))
    for word in NAMED[kind]:
        assert word in message


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("fit", "iris", "--ratio", 1), "between 0 and 1"),
        (("fit", "iris", "--ratio", 0), "between 0 and 1"),
        (("fit", "iris", "--ratio", "nan"), "between 0 and 1"),
        (("fit", "iris", "--radius", 5), "below delta/2"),
        (("fit", "iris", "--radius", -1), "below delta/2"),
        (("fit", "iris", "--ratio", 0.5, "--radius", 1), "not both"),
        (("fit", "codebook:n=30,d=4,classes=3,noise=0.5", "--ratio", 0.9, "--width", 2), "too small"),
        (("fit", "iris", "--ratio", 0.9, "--width", 1), "at least 2"),
        (("fit", "iris", "--norm", 0.5), "p >= 1"),
        (("fit", "iris", "--dtype", "float16"), "float32 or float64"),
        (("fit", "iris", "--construction", "magic"), "register"),
        (("fit", "iris", "--construction", "parallel"), "not available"),
        (("fit", "irs"), "iris"),
        (("fit", "nowhere.csv"), "nowhere.csv"),
        (("fit", "empty.csv"), "empty"),
        (("fit", "table.csv", "--label", "colour"), "color"),
        (("fit", "flat.npz"), "shape"),
        (("fit",), "argument"),
        (("fitt",), "fit"),
        (("fit", "iris", "--ratio", "much"), "'--ratio'"),
        (("check", "nowhere"), "nowhere"),
        (("predict", "nowhere", "iris"), "nowhere"),
        (("fit", "iris", "--out", "file"), "not a directory"),
        (("fit", "iris", "--out", "file/below"), "file"),
        (("fit", "iris", "--out", "/proc/no"), "/proc/no"),
    ],
)
def test_bad_requests_are_refused_in_one_line(call: Call, arguments: tuple[object, ...], word: str) -> None:
    Path("empty.csv").write_text("")
    Path("file").write_text("")
    Path("table.csv").write_text("a,color\n1,red\n2,blue\n")
    np.savez("flat.npz", X=np.arange(4.0), y=np.arange(4))
    assert word in refused(call(*arguments))


def test_width_too_small_says_what_is_reachable(call: Call, mine: str) -> None:
    message = refused(call("fit", mine, "--ratio", 0.99, "--width", 3))
    assert "keeps 0." in message


def test_failed_fit_leaves_an_old_run_alone(call: Call, mine: str) -> None:
    assert call("fit", mine, "--ratio", 0.5, "--out", "r")[0] == 0
    before = {path.name: path.read_bytes() for path in Path("r").iterdir()}
    points, labels = two_blobs()
    points[0] = 1e6
    np.savez("hard.npz", X=points * 1e3 + 1e7, y=labels)
    status, _, err = call("fit", "hard.npz", "--ratio", 0.9999999, "--construction", "register", "--out", "r", "--force")
    assert status in (1, 3)
    assert "nothing written" in err
    assert "float64" in err
    assert {path.name: path.read_bytes() for path in Path("r").iterdir()} == before
    assert sorted(path.name for path in Path().iterdir()) == ["hard.npz", "mine.npz", "r"]


def test_folder_with_other_files_is_not_replaced(call: Call) -> None:
    Path("precious").mkdir()
    Path("precious/thesis.txt").write_text("years")
    assert "other files" in refused(call("fit", "iris", "--out", "precious"))
    assert Path("precious/thesis.txt").read_text() == "years"


def nudge_a_weight(path: str) -> None:
    """Move one weight of a middle layer to the next float32."""
    model = onnx.load(path)
    (tensor,) = (t for t in model.graph.initializer if t.name == "W3")
    weights = onnx.numpy_helper.to_array(tensor).copy()
    row, column = np.argwhere(weights[:, 0] != 0)[-1, 0], 0
    weights[row, column] = np.nextafter(weights[row, column], np.float32(np.inf))
    tensor.CopyFrom(onnx.numpy_helper.from_array(weights, "W3"))
    onnx.save(model, path)


def edited(path: str, change: Callable[[dict[str, Any]], None]) -> None:
    content = json.loads(Path(path).read_text())
    change(content)
    Path(path).write_text(json.dumps(content))


def test_check_fails_with_a_reason_when_anything_is_changed(call: Call) -> None:
    points, labels = two_blobs()
    np.savez("mine.npz", X=points, y=labels)
    fit = ("fit", "mine.npz", "--ratio", 0.9, "--out", "r")

    def fails(word: str, *data: str) -> None:
        status, out, err = call("check", "r", *data)
        assert status == 1
        assert word in " ".join((out + err).split())

    assert call(*fit)[0] == 0
    nudge_a_weight("r/network.onnx")
    fails("network.onnx")
    assert call(*fit)[0] == 0
    edited("r/certificate.json", lambda body: body.update(radius=float(np.nextafter(body["radius"], 9.0))))
    fails("altered")
    assert call(*fit)[0] == 0
    edited("r/summary.json", lambda body: body.update(width=body["width"] - 1))
    fails("width")
    assert call(*fit)[0] == 0
    np.savez("moved.npz", X=np.nextafter(points, np.inf), y=labels)
    fails("data", "moved.npz")
    labels[0] = 9
    np.savez("relabelled.npz", X=points, y=labels)
    fails("data", "relabelled.npz")
    whole = Path("r/network.onnx").read_bytes()
    Path("r/network.onnx").write_bytes(whole[: len(whole) // 2])
    refused(call("check", "r"))


def test_a_fused_network_is_written_beside_the_chain_and_proven_by_check(call: Call, mine: str) -> None:
    assert call("fit", mine, "--ratio", 0.5, "--out", "r")[0] == 0
    status, out, _ = call("fuse", "r", "--json")
    assert status == 0
    counts = {"certified": 24, "falsified": 0, "undecided": 0}
    assert json.loads(out) == {"network": "r/network_fused.onnx", "storage": None, "arithmetic": None, **counts}
    assert call("check", "r")[0] == 0
    Path("r/network_fused.onnx").write_bytes(Path("r/network.onnx").read_bytes())
    assert "not a fused network" in refused(call("check", "r"))
    assert call("fit", mine, "--ratio", 0.3, "--construction", "cells", "--out", "c")[0] == 0
    assert "cannot be fused" in refused(call("fuse", "c"))
    np.savez("other.npz", X=np.eye(4), y=np.arange(4))
    assert "not those" in refused(call("fuse", "r", "other.npz"))
