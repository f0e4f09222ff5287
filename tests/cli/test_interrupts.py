"""Ctrl-C ends a command also where Python would drop it."""

import subprocess
import sys

import pytest

LOST = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from logwidth.cli.interrupts import kept_interrupts

class Dropping:
    def __del__(self):
        raise {error}

try:
    with kept_interrupts():
        Dropping()
        time.sleep(60)  # a wait, which has to end at once
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.mark.parametrize(
    ("error", "status", "said"), [("KeyboardInterrupt", 130, ""), ("ValueError('other')", 0, "ValueError")]
)
def test_an_interrupt_that_is_dropped_is_sent_again_and_nothing_else_is(error, status, said):
    script = LOST.format(error=error) if status else LOST.format(error=error).replace("sleep(60)", "sleep(0.1)")
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=40, check=False)
    assert done.returncode == status
    assert (said in done.stderr) if said else done.stderr == ""
