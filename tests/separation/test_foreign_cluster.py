"""A Dask cluster that somebody else runs: `logwidth fit --scheduler` gives the same bytes on it, and leaves it as it was."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

import pytest

distributed = pytest.importorskip("distributed")
DATA = ["codebook:n=1200,d=8,classes=8,noise=0.5", "--pieces", "all", "--lanes", "64", "--no-bracket", "--effort", "low"]
SMALL = """
import sys

import logwidth.compute.dask_executor as cluster
import logwidth.compute.executor as executor
from logwidth.cli import main

executor.WORTH, cluster.BUNDLE = 0.0, 1e5  # whatever is small is sent too, in many bundles
main(sys.argv[1:])
"""
LOOPBACK = ["--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0", "--no-dashboard"]


@dataclass
class Foreign:
    """A scheduler, its workers as `dask worker` starts them, and a client of ours that watches them."""

    address: str
    workers: list[subprocess.Popen]
    client: distributed.Client

    def done(self):
        """How many bundles of ours have been done since the cluster was started."""
        groups = self.client.run_on_scheduler(
            lambda dask_scheduler: {name: kind.state_counts["memory"] for name, kind in dask_scheduler.task_prefixes.items()}
        )
        return groups.get("work", 0)

    def executed(self):
        """How many tasks every worker has done."""
        return self.client.run(lambda dask_worker: dask_worker.state.executed_count)

    def held(self):
        """How many tasks the scheduler still knows."""
        return self.client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks))


@contextlib.contextmanager
def started(*words, **options):
    """A process of a group of its own, as of a shell, with all its children; killed in the end."""
    with subprocess.Popen([sys.executable, *words], start_new_session=True, **options) as process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def soon(condition, seconds=60.0):
    """Wait until something holds, and say whether it did."""
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:
        time.sleep(0.005)
    return held


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    """A cluster of two workers with two threads each, what `dask worker` makes of two cores."""
    place = tmp_path_factory.mktemp("cluster")
    note = place / "scheduler.json"
    with (place / "log").open("w") as log, contextlib.ExitStack() as stack:
        start = lambda *words: stack.enter_context(started("-m", *words, stderr=log, stdout=log, cwd=place))  # noqa: E731
        start("dask", "scheduler", "--port", "0", "--scheduler-file", str(note), *LOOPBACK)
        assert soon(lambda: note.exists() and note.stat().st_size)
        address = json.loads(note.read_text())["address"]
        assert address.startswith("tcp://127.0.0.1:")
        options = ["--nthreads", "2", "--local-directory", str(place), *LOOPBACK]
        workers = [start("dask", "worker", address, *options) for _ in range(2)]
        with distributed.Client(address, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=60)
            yield Foreign(address, workers, client)


def fit(folder, *options):
    return started(
        *("-c", SMALL, "fit", *DATA, "--quiet", "--out", str(folder), *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process, folder):
    """What a run left: its files, and its summary without times."""
    said = process.communicate(timeout=300)[1]
    assert process.returncode == 0, said
    assert f"written: {folder}   check it with: logwidth check {folder}" in said.splitlines()  # Dask may tell of a death
    summary = json.loads((folder / "summary.json").read_text())
    assert summary.pop("seconds")["total"] > 0
    return [(folder / name).read_bytes() for name in ("network.onnx", "certificate.json")], summary


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("alone") / "run"
    with fit(folder) as process:
        return finished(process, folder)


def usable(foreign):
    """Whether the cluster still serves others, and nothing of ours is left on it."""
    return foreign.client.submit(sum, [20, 22], pure=False).result(timeout=60) == 42 and soon(lambda: not foreign.held())


@pytest.mark.slow  # by day a worker is killed meanwhile
def test_a_fit_on_it_has_the_same_bytes_and_leaves_it_running(foreign, alone, tmp_path):
    before = foreign.executed()
    with fit(tmp_path / "run", "--scheduler", foreign.address) as process:
        assert finished(process, tmp_path / "run") == alone
    after = foreign.executed()
    assert len(before) == 2
    assert before.keys() == after.keys()
    assert all(after[worker] > before[worker] + 3 for worker in before)
    assert usable(foreign)
    assert all(worker.poll() is None for worker in foreign.workers)


def test_a_worker_killed_in_the_middle_changes_nothing(foreign, alone, tmp_path):
    before = foreign.done()
    with fit(tmp_path / "run", "--scheduler", foreign.address) as process:
        assert soon(lambda: foreign.done() > before + 5)
        os.killpg(foreign.workers[0].pid, signal.SIGKILL)
        at_death = foreign.done()
        assert finished(process, tmp_path / "run") == alone
    assert foreign.done() > at_death + 5
    assert len(foreign.client.run(os.getpid)) == 1
    assert foreign.workers[1].poll() is None
    assert usable(foreign)
