"""The competition's own steps on a benchmark folder: generate, prepare, run, score."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from logwidth.dataset import Dataset
from logwidth.pipeline import BenchmarkRequest, NetworkOrder, benchmark

TOOL = Path(__file__).parents[2] / "tools" / "competition.py"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("bench")
    rng = np.random.default_rng(3)
    data = Dataset(rng.integers(-30, 30, size=(12, 3)), np.arange(12) % 3)
    request = BenchmarkRequest(count=8, balls=0, centres=3, orders=(NetworkOrder("one", 6, 2, 0.9),), pairs=0)
    for name, content in benchmark(data, request).items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(content)
    return home


def competed(folder, work, *options):
    command = [sys.executable, str(TOOL), str(folder), "--work", str(work), "--seed", "4", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.stdout else done.stderr


def test_the_tool_that_samples_is_never_wrong(folder, tmp_path):
    code, told = competed(folder, tmp_path, "--track", "2.0", "--most", "3")
    assert (code, told["points"]) == (0, 10 * told["right_sat"])
    assert told["right_sat"] > 0
    assert (told["false_alarms"], told["unconfirmed"], told["foreign"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [("open(sys.argv[-1], 'w').write('unsat')", "unsound"), ("open(sys.argv[-1], 'w').write('sat')", "false_alarms")],
)
def test_wrong_answers_cost(folder, tmp_path, body, wrong):
    script = tmp_path / "tool.py"
    script.write_text(f"import sys\n{body}\n")
    tool = f"{sys.executable} {script} {{onnx}} {{vnnlib}} {{timeout}} {{out}}"
    code, told = competed(folder, tmp_path / "work", "--tool", tool)
    assert code == 1
    assert told[wrong] == 4
    assert told["points"] == 10 * told["right_unsat"] - 150 * (told[wrong] + told["unconfirmed"])
