"""The proofs' Makefile on a machine without Coq: it says what to install, and leaves nothing that breaks the next call."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROOFS = Path(__file__).parents[2] / "proofs"
TOOLS = ("make", "sh", "bash", "env", "mv", "rm")


@pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in TOOLS) or not PROOFS.exists(), reason="needs make and proofs/"
)
def test_without_coq_no_dependencies_are_written(tmp_path):
    """An empty .depend is newer than every proof: once Coq was installed, theorems were compiled before what they need."""
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(str(shutil.which(tool)))
    copy = tmp_path / "proofs"
    shutil.copytree(PROOFS, copy, ignore=shutil.ignore_patterns(".depend*", "*.vo", "*.log", "logwidth-proof"))
    done = subprocess.run(
        ["make", "packages"],
        cwd=copy,
        env={**os.environ, "PATH": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "apt-get install coq libcoq-flocq" in done.stdout
    assert not (copy / ".depend").exists()
