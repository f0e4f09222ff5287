"""Running a tool from a command line: what it starts does not outlive its turn."""

import os
import sys
import time
from pathlib import Path

import pytest

from logwidth.verifiers import verifier_named


def _runs(pid):
    """Whether a process is there and has not ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes have groups on POSIX only")
@pytest.mark.parametrize(
    ("after", "limit", "answer"), [("time.sleep(60)", 3.0, "timeout"), ("print('unsat')", 30.0, "unsat")]
)
def test_what_a_tool_has_started_ends_with_it(tmp_path, monkeypatch, after, limit, answer):
    """Workers of a tool that was stopped, or that leaves them behind, do not slow the next instance."""
    monkeypatch.setattr("logwidth.verifiers.command.GRACE", 0.0)
    script, told = tmp_path / "tool.py", tmp_path / "pid"
    worker = f"subprocess.Popen([{sys.executable!r}, '-c', 'import time; time.sleep(60)'])"
    note = f"pathlib.Path({str(told)!r}).write_text(str(worker.pid))"
    script.write_text(f"import pathlib, subprocess, time\nworker = {worker}\n{note}\n{after}\n")
    tool = verifier_named(f"{sys.executable} {script} {{onnx}} {{vnnlib}}")
    assert tool(tmp_path / "a", tmp_path / "b", limit) == (answer, None)
    pid = int(told.read_text())
    end = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < end:
        time.sleep(0.01)
    assert not _runs(pid)
