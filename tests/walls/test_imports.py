"""The walls between the rooms hold, and a hole in one is seen."""

import re
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
    "certify/forms/shared/trace.py": "logwidth.construct",
    "certify/balls/witness.py": "logwidth.maps",
    "certify/leads/pieces.py": "logwidth.certify.forms.catalogue",
    "certify/onnx/graph.py": "logwidth.certify.runs.certificate",
    "certify/lower_bounds/pieces_proof.py": "logwidth.certify.forms.register",
    "certify/forms/telescope.py": "logwidth.certify.forms.lanes",
    "certify/trained.py": "logwidth.certify.balls.certify",
    "compute/threads.py": "logwidth.separation",
    "truth/centre.py": "logwidth.construct",
    "construct/plan.py": "logwidth.certify",
    "attack/outside.py": "logwidth.maps",
    "runtimes/probes.py": "logwidth.maps",
    "network/layer.py": "logwidth.dataset",
    "network/relu.py": "onnx",
    "dataset/data.py": "rich",
    "pipeline/session.py": "logwidth.estimator",
    "rounding/exact.py": "logwidth.network",
}


def test_planted_imports_are_seen(copy):
    """Every contract is broken by the holes together, and the report names every hole."""
    for place, module in HOLES.items():
        path = copy / "src" / "logwidth" / place
        path.write_text(f"import {module}\n" + path.read_text())
    code, text = _lint(copy)
    assert code != 0
    assert "0 kept" in text, text
    said = re.sub(r"\s+", " ", text)
    unseen = {place for place in HOLES if f"logwidth.{place.removesuffix('.py').replace('/', '.')} -> " not in said}
    assert not unseen


def test_a_certificate_room_that_reaches_the_builder_through_a_friend_is_seen(copy):
    """The wall is about chains of imports, not only direct ones."""
    (copy / "src" / "logwidth" / "rounding" / "back.py").write_text("import logwidth.construct\n")
    path = copy / "src" / "logwidth" / "certify" / "outcome.py"
    path.write_text("import logwidth.rounding.back\n" + path.read_text())
    code, text = _lint(copy)
    assert code != 0
    assert "a certificate never rests on the builder BROKEN" in text


def test_no_folder_of_certify_is_crowded():
    """A reader can take in a room at a glance: at most 20 files."""
    folders = [f for f in (ROOT / "src" / "logwidth" / "certify").rglob("*") if f.is_dir() and f.name != "__pycache__"]
    assert len(folders) > 8
    crowded = {f.name: len(set(f.glob("*.py")) - {f / "__init__.py"}) for f in folders}
    assert not {name: count for name, count in crowded.items() if count > 20}
