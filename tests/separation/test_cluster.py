"""Dask workers: the same bytes as without them, whatever happens to a worker; errors in one line; a tidy end."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import psutil
import pytest

import logwidth as lw
from logwidth.certify import BallProof, recognise
from logwidth.cli import main
from logwidth.compute.aligned_pickle import AlignedPickle
from logwidth.construct.pruning.cover import covering_rows
from logwidth.construct.pruning.problem import PruningProblem
from logwidth.errors import InputError, MissingExtraError
from logwidth.pipeline import memorize
from logwidth.separation import nearest_opposite

pytest.importorskip("distributed")
executor, cluster = (sys.modules[f"logwidth.compute.{name}"] for name in ("executor", "dask_executor"))
FIELDS = ("lower", "upper", "neighbor", "close")


@pytest.fixture(scope="module")
def client():
    """A client of two local workers, which do all that is asked for, however small."""
    with pytest.MonkeyPatch.context() as patch, cluster.cluster_of(workers=2):
        patch.setattr(executor, "WORTH", 0.0)
        yield executor.executor_for()._client


@pytest.fixture
def here():
    """Return what a function returns without workers."""

    def alone(function):
        token = executor._chosen.set(None)
        try:
            return function()
        finally:
            executor._chosen.reset(token)

    return alone


def cloud(n=600, d=6, classes=7):
    rng = np.random.default_rng(3)
    return rng.standard_normal((n, d)), rng.integers(0, classes, n)


def killer(client, at=0.3):
    """Return a progress callback that kills a worker once, and the list of the killed."""
    killed = []

    def progress(share):
        if share >= at and not killed:
            killed.extend(list(client.run(os.getpid).values())[:1])
            os.kill(killed[0], signal.SIGKILL)

    return progress, killed


def same(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in FIELDS)


@pytest.mark.parametrize("norm", [2.0, 3.0])
def test_workers_find_what_threads_find(client, here, norm):
    points, labels = cloud()
    expected = here(lambda: nearest_opposite(points, labels, norm, memory_bytes=2**18))
    assert same(nearest_opposite(points, labels, norm, memory_bytes=2**18), expected)


@pytest.mark.slow  # by day a worker is killed below, while balls are proven, and in test_foreign_cluster.py
def test_a_killed_worker_costs_time_only(client, here):
    points, labels = cloud(1000)
    expected = here(lambda: nearest_opposite(points, labels, memory_bytes=1))
    progress, killed = killer(client)
    found = nearest_opposite(points, labels, memory_bytes=1, progress=progress)
    assert killed
    assert same(found, expected)


@pytest.mark.slow
def test_what_the_last_worker_held_is_made_again(client, here):
    points, labels = cloud(1000)
    expected = here(lambda: nearest_opposite(points, labels, memory_bytes=1))
    shots = []

    def progress(share):
        if share > 0.3 and not shots:
            shots.extend(client.run(os.getpid).values())
            for process in shots:
                os.kill(process, signal.SIGKILL)

    assert same(nearest_opposite(points, labels, memory_bytes=1, progress=progress), expected)
    assert len(shots) == 2


def files(run, folder):
    run.save(folder)
    content = {path.name: path.read_bytes() for path in folder.iterdir()}
    summary = json.loads(content.pop("summary.json"))
    summary.pop("seconds")
    return content, summary


def test_a_run_has_the_same_bytes_though_a_worker_is_killed_while_its_balls_are_proven(client, here, tmp_path):
    data = lw.load("codebook:n=400,d=8,classes=8,noise=0.5")
    start = here(lambda: lw.check_map(data, np.eye(8)))
    expected = here(lambda: memorize(data, ratio=0.5, pieces="cover", start=start))
    shoot, killed = killer(client, at=0.0)
    report = lambda stage, share: shoot(share) if stage == "certification" else None  # noqa: E731
    found = memorize(data, ratio=0.5, pieces="cover", start=start, progress=report)
    assert killed
    assert files(found, tmp_path / "found") == files(expected, tmp_path / "expected")
    checked, alone = lw.check(tmp_path / "found", data), here(lambda: lw.check(tmp_path / "found", data))
    assert checked == alone
    assert checked.passed


@pytest.mark.parametrize("large", [10**9, 10**4])
def test_parts_of_a_proof_are_whole_blocks(monkeypatch, large):
    """With parts of one block each, and with all rows in one part, every radius is the same, with a sieve and without."""
    data = lw.load("codebook:n=1200,d=12,classes=2,noise=0.5")
    run = memorize(data, ratio=0.5, pieces="all", start=lw.check_map(data, np.eye(12)))
    meter, radii, counts = sys.modules["logwidth.certify.leads.meter"], [], []
    monkeypatch.setattr(meter, "LARGE", large)
    monkeypatch.setattr(meter, "SIEVE_POINTS", 256)
    values = data.values[data.labels]
    for rows in (1, 10**6):
        monkeypatch.setattr(meter, "ROWS", rows)
        proof = BallProof(recognise(run.network), data.points, run.certificate.radius, 2.0)
        counts.append(len(list(proof.parts(values))))
        for part in proof.parts(values):
            requirement = proof.comparisons[part.number]
            own = np.flatnonzero(np.isin(values, list(requirement.values)))
            wanted = meter.SIEVE_POINTS if len(own) * requirement.opposite.size >= large else 0
            blocks = meter.blocks_of(requirement, len(own), proof.meter.memory, wanted)
            assert np.searchsorted(own, part.rows[0]) in {block.start for block in blocks}
        radii.append(proof.radii(data.points, values))
    assert counts[0] > counts[1] == 2
    assert (radii[0] == radii[1]).all()


def test_workers_find_the_same_two_sided_radii_and_covers(client, here, tmp_path):
    data = lw.load("codebook:n=60,d=5,classes=4,noise=0.5")
    here(lambda: memorize(data, ratio=0.5, pieces="all")).save(tmp_path / "run")
    found = lw.attack_run(tmp_path / "run", data, evaluations=0)
    expected = here(lambda: lw.attack_run(tmp_path / "run", data, evaluations=0))
    assert (found.radius_lower == expected.radius_lower).all()
    assert (found.radius_upper == expected.radius_upper).all()
    for name, values in expected.details.items():
        assert np.array_equal(found.details[name], values, equal_nan=True)
    problem = PruningProblem(data.points, data.labels, 0.2, 0.1)
    assert covering_rows(problem).tolist() == here(lambda: covering_rows(problem)).tolist()


def test_little_work_stays_here(client, monkeypatch):
    monkeypatch.setattr(executor, "WORTH", 1e9)
    assert isinstance(executor.executor_for(work=1e8), executor.SerialExecutor)
    assert isinstance(executor.executor_for(work=1e10), cluster.DaskExecutor)


def test_no_dashboard_is_served_and_nobody_else_can_reach_the_workers(client):
    scheduler = client.cluster.scheduler
    assert scheduler.address.startswith("tcp://127.0.0.1:")
    assert all(address.startswith("tcp://127.0.0.1:") for address in client.nthreads())
    assert scheduler.http_server.port != 8787
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"http://127.0.0.1:{scheduler.http_server.port}/status", timeout=10)


def test_a_worker_of_another_release_is_refused():
    with pytest.raises(InputError, match="a worker has logwidth"):
        cluster.work("0.0.0", len, AlignedPickle([]), AlignedPickle([]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": 0}, "at least 1, not 0"),
        ({"workers": 2, "scheduler": "tcp://127.0.0.1:1"}, "not both"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "no Dask scheduler with workers answers at 'tcp://127.0.0.1:1'"),
        ({"scheduler": "carrier pigeon"}, "no Dask scheduler with workers answers at 'carrier pigeon'"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(monkeypatch, options, message):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 1)
    with pytest.raises(InputError, match=message), cluster.cluster_of(**options):
        raise AssertionError


def test_the_extra_is_named_where_it_is_missing(monkeypatch, tmp_path, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"logwidth\[dask\]"), cluster.cluster_of(workers=1):
        raise AssertionError
    with pytest.raises(SystemExit) as ended:
        main(["fit", "iris", "--workers", "1", "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


INTERRUPTED = """
import contextlib, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)  # what a shell starts in the background ignores it from birth
import logwidth.cli.resources as resources
from logwidth.cli import main

given = resources.cluster_of

@contextlib.contextmanager
def told(**options):
    with given(**options):
        print("ready", flush=True)
        yield

resources.cluster_of = told
if __name__ == "__main__":
    main(["fit", "codebook:n=4000,d=16,classes=40", "--workers", "1", "--out", sys.argv[1]])
"""


def test_an_interrupt_ends_everything_in_silence(tmp_path):
    (tmp_path / "job.py").write_text(INTERRUPTED)
    command = [sys.executable, str(tmp_path / "job.py"), str(tmp_path / "run")]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, start_new_session=True, **pipes) as started:
        assert started.stdout.readline() == "ready\n"
        workers = psutil.Process(started.pid).children()
        os.killpg(started.pid, signal.SIGINT)
        try:
            assert started.communicate(timeout=120)[1] == ""
        finally:
            if started.returncode is None:
                os.killpg(started.pid, signal.SIGKILL)
    assert started.returncode == 130
    assert workers
    assert not psutil.wait_procs(workers, timeout=60)[1]
    assert not (tmp_path / "run").exists()


def test_products_take_one_thread_until_the_last_block_ends():
    """Workers may have several threads: the first one that ends leaves the setting to the others."""
    threads = sys.modules["logwidth.compute.threads"]
    used = lambda: {library["num_threads"] for library in threads._controller().info() if library["user_api"] == "blas"}  # noqa: E731
    with threads._controller().limit(limits=2, user_api="blas"):
        first, second = threads.one_thread_each(), threads.one_thread_each()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert used() == {1}
        second.__exit__(None, None, None)
        assert used() == {2}


def test_bundles_grow_until_they_are_worth_sending():
    sizes = [len(bundle) for bundle in cluster._bundles(iter(range(5000)), lambda _task: cluster.BUNDLE / 100)]
    sent = np.cumsum([0, *sizes])
    assert sent[-1] == 5000
    assert sizes[:5] == [1] * 5
    assert all(size <= max(1, start * cluster.GROWTH + 1) for size, start in zip(sizes, sent[:-1], strict=True))
    assert set(sizes[-10:-1]) == {100}
