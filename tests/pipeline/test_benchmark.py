"""Benchmark folders: every answer is checked again by other means than those that wrote it."""

import csv
import itertools
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from logwidth.certify import BallProof, read_onnx, recognise_classifier
from logwidth.dataset import Dataset, load
from logwidth.errors import InputError
from logwidth.export.properties import _box_answer
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark

ORDERS = (
    NetworkOrder("plain", 8, 3, 0.9),
    NetworkOrder.hidden("wide", 6, 9, 0.9, (0, 2, 4)),
    NetworkOrder.hidden("mixed", 12, 3, 0.99, (2, 2, 2)),
)
REQUEST = BenchmarkRequest(count=24, balls=4, centres=4, seed=5, orders=ORDERS)
TOLERANCE = Fraction(1, 10_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    for name, content in benchmark(_digits(), REQUEST).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def _digits():
    data = load("digits")
    return Dataset(data.points[:100, 10:30], data.labels[:100])


def truth(home):
    with (home / "truth.csv").open() as stream:
        return list(csv.DictReader(stream))


def box_of(text):
    found = re.findall(r"\(assert \((<=|>=) X_(\d+) (\S+)\)\)", text)
    sides = {side: {int(i): Fraction(v) for s, i, v in found if s == side} for side in ("<=", ">=")}
    return [(sides[">="][i], sides["<="][i]) for i in range(len(sides["<="]))]


def witness_of(home, row):
    pairs = re.findall(r"\(X_(\d+) (\S+)\)", (home / row["witness"]).read_text())
    return [float(v) for _, v in sorted(((int(i), v) for i, v in pairs))]


def test_every_box_has_its_answer(folder):
    rows = [row for row in truth(folder) if row["kind"] != "ball"]
    assert len(rows) >= REQUEST.count
    boxes = [row["answer"] for row in rows if row["kind"] == "box"]
    assert boxes.count("sat") == boxes.count("unsat") == REQUEST.count // 2
    sessions = {}
    for row in rows:
        box = box_of((folder / "vnnlib" / f"{row['vnnlib']}.vnnlib").read_text())
        middle = np.array([float((a + b) / 2) for a, b in box])
        if row["answer"] == "unsat":
            assert all((b - a) / 2 + TOLERANCE <= Fraction(row["certified_radius"]) + Fraction(1, 10**5) for a, b in box)
            continue
        session = sessions.setdefault(row["onnx"], onnxruntime.InferenceSession(folder / "onnx" / f"{row['onnx']}.onnx"))
        witness = witness_of(folder, row)
        assert all(a < Fraction(w) < b for (a, b), w in zip(box, witness, strict=True))
        assert np.array_equal(np.float32(witness), witness)
        scores, there = (session.run(None, {"X": np.float32([x])})[0][0] for x in (witness, middle))
        label = int(row["label"])
        assert max(s for c, s in enumerate(scores) if c != label) - scores[label] == float(row["margin"]) >= 1
        assert np.argmax(there) == label


def test_unsat_boxes_are_proven_again_from_the_files(folder):
    """With centres and half-widths read from the queries: the widened box lies in a ball that is certified afresh."""
    rows = [row for row in truth(folder) if row["kind"] == "box" and row["answer"] == "unsat"]
    for name in {row["onnx"] for row in rows}:
        form = recognise_classifier(read_onnx((folder / "onnx" / f"{name}.onnx").read_bytes()).network)
        own = [row for row in rows if row["onnx"] == name]
        boxes = [box_of((folder / "vnnlib" / f"{row['vnnlib']}.vnnlib").read_text()) for row in own]
        centres = np.array([[float((a + b) / 2) for a, b in box] for box in boxes])
        reach = max(float((b - a) / 2) for box in boxes for a, b in box) * 1.01
        proof = BallProof(form, centres, reach, np.inf)
        radii = proof.radii(centres, np.array([float(row["label"]) for row in own]))
        for centre, box, radius in zip(centres, boxes, radii, strict=True):
            room = max(max(b - Fraction(x), Fraction(x) - a) for x, (a, b) in zip(centre, box, strict=True))
            assert room + TOLERANCE <= Fraction(radius) * (1 + Fraction(1, 10**6))


def test_no_input_of_an_unsat_box_is_misread(folder):
    """Corners and random points of the boxes, replayed in onnxruntime."""
    rng = np.random.default_rng(0)
    for row in truth(folder):
        if row["kind"] == "ball" or row["answer"] == "sat":
            continue
        session = onnxruntime.InferenceSession(folder / "onnx" / f"{row['onnx']}.onnx")
        low, high = np.array(box_of((folder / "vnnlib" / f"{row['vnnlib']}.vnnlib").read_text()), dtype=float).T
        for share in [*rng.integers(0, 2, size=(8, low.size)), *rng.random((4, low.size))]:
            scores = session.run(None, {"X": (low + share * (high - low))[None].astype(np.float32)})[0][0]
            assert np.argmax(scores) == int(row["label"])
            assert np.sort(scores)[-1] - np.sort(scores)[-2] >= 1


def test_a_box_is_unsat_only_if_all_that_scorers_tolerate_is_proven_too():
    centre = {"point": [0.0, 1.0], "radius_lower": 0.5, "witness": [0.75, 1.25]}
    assert _box_answer(centre, 0.5 - 2e-4) == "unsat"
    assert _box_answer(centre, 0.5 - 5e-5) == ""
    assert _box_answer(centre, 0.6) == ""  # the witness is inside in one coordinate only
    assert _box_answer(centre, 0.8) == "sat"


def test_balls_and_their_boxes(folder):
    rows = truth(folder)
    balls = [row for row in rows if row["kind"] == "ball"]
    assert {row["answer"] for row in balls} == {"sat", "unsat"}
    for row in balls:
        radius, label = float(row["epsilon"]), row["label"]
        partners = {r["kind"]: r for r in rows if r["vnnlib"].startswith(row["vnnlib"]) and r["kind"] != "ball"}
        if row["answer"] == "unsat":
            assert radius < float(row["certified_radius"])
            assert partners.get("inscribed", row)["answer"] == "unsat"
        else:
            text = (folder / "l2/vnnlib" / f"{row['vnnlib']}.vnnlib").read_text()
            centre = [
                (-1 if s == "+" else 1) * Fraction(v) for s, v in re.findall(r"\(\* \(([-+]) X\[0,\d+\] (\S+)\)", text)
            ]
            bound = Fraction(re.search(r"\)\)? (\S+)\)\)\n", text).group(1))
            gaps = [Fraction(w) - x for w, x in zip(witness_of(folder, row), centre, strict=True)]
            assert sum(g * g for g in gaps) < bound
            assert partners["circumscribed"]["answer"] == "sat"
        for kind, partner in partners.items():
            half = radius / np.sqrt(20) if kind == "inscribed" else radius
            assert float(partner["epsilon"]) == pytest.approx(half)
            assert partner["label"] == label


def test_the_same_seed_gives_the_same_bytes(folder):
    assert benchmark(_digits(), REQUEST) == {
        str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_the_script_rewrites_the_properties(folder, tmp_path):
    names = ["instances.csv", "truth.csv", "2.0/instances.csv", "l2/instances.csv", "vnnlib/p0000.vnnlib"]
    for seed, same in ((5, True), (6, False)):
        out = tmp_path / str(seed)
        command = [sys.executable, "-I", str(folder / "generate_properties.py"), str(seed), str(out)]
        subprocess.run(command, check=True, capture_output=True)
        assert ((out / "truth.csv").read_bytes() == (folder / "truth.csv").read_bytes()) is same
        if same:
            assert all((out / name).read_bytes() == (folder / name).read_bytes() for name in names)
            assert sorted(p.name for p in (out / "2.0/vnnlib").iterdir()) == sorted(
                p.name for p in (folder / "2.0/vnnlib").iterdir()
            )


def test_files_keep_to_what_tools_read(folder):
    rows = truth(folder)
    assert len({(row["onnx"], row["vnnlib"]) for row in rows}) == len(rows)
    for track in ("", "2.0", "l2"):
        lines = (folder / track / "instances.csv").read_text().splitlines()
        for line in lines:
            onnx, vnnlib, limit = line.split(",")
            assert (folder / track / onnx).exists()
            text = (folder / track / vnnlib).read_text()
            assert not re.search(r"\d[eE][-+]?\d", text)
            assert int(limit) > 0
        assert sum(int(line.split(",")[2]) for line in lines) <= 6 * 3600
    for path in (folder / "onnx").iterdir():
        session = onnxruntime.InferenceSession(path)
        assert session.get_inputs()[0].shape == [1, 20]
        assert session.get_inputs()[0].type == "tensor(float)"


def test_the_official_parser_takes_version_two(folder):
    vnnlib = pytest.importorskip("vnnlib")
    for path in itertools.chain((folder / "2.0/vnnlib").iterdir(), (folder / "l2/vnnlib").iterdir()):
        vnnlib.parse_query_file(str(path))


def test_what_cannot_be_served_is_refused():
    with pytest.raises(InputError, match="at least two instances"):
        benchmark(_digits(), BenchmarkRequest(count=1))
    with pytest.raises(InputError, match="three samples"):
        benchmark(Dataset([[0.0], [1.0]], [0, 1]), REQUEST)
    close = Dataset(np.arange(6)[:, None] * 1e-5, [0, 1, 0, 1, 0, 1])
    with pytest.raises(InputError, match="nothing could be proven"):
        benchmark(close, BenchmarkRequest(orders=(NetworkOrder("close", 6, 1),)))


def test_witnesses_are_whole_files(folder):
    assert {row["witness"] for row in truth(folder) if row["answer"] == "sat"} <= {
        str(Path("witnesses") / path.name) for path in (folder / "witnesses").iterdir()
    }
