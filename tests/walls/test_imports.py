"""The walls between the rooms hold, and a hole in one is seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as run; run()"


def _lint(folder):
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--config", "pyproject.toml", "--no-cache"],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path):
    pytest.importorskip("importlinter")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_walls_hold(copy):
    code, text = _lint(copy)
    assert code == 0, text
    assert " 0 broken" in text


HOLES = {
    "certify/rows.py": "logwidth.construct",
    "certify/witness.py": "logwidth.maps",
    "truth/centre.py": "logwidth.construct",
    "construct/gap.py": "logwidth.certify",
    "network/layer.py": "logwidth.dataset",
    "network/relu.py": "onnx",
    "dataset/data.py": "rich",
    "pipeline/clock.py": "logwidth.estimator",
    "rounding/exact.py": "logwidth.network",
}


@pytest.mark.parametrize("place", list(HOLES))
def test_a_planted_import_is_seen(copy, place):
    path = copy / "src" / "logwidth" / place
    path.write_text(f"import {HOLES[place]}\n" + path.read_text())
    code, text = _lint(copy)
    assert code != 0
    assert "BROKEN" in text, text


def test_a_certificate_room_that_reaches_the_builder_through_a_friend_is_seen(copy):
    """The wall is about chains of imports, not only direct ones."""
    (copy / "src" / "logwidth" / "rounding" / "back.py").write_text("import logwidth.construct\n")
    path = copy / "src" / "logwidth" / "certify" / "rows.py"
    path.write_text("import logwidth.rounding.back\n" + path.read_text())
    code, text = _lint(copy)
    assert code != 0
    assert "a certificate never rests on the builder BROKEN" in text
