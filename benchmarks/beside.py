"""This tree beside another commit: the same jobs in turns, as JSON lines with CPU seconds, results and BLAS kernels.

    python benchmarks/beside.py dfc6f0a [--jobs digits letter-small clouds] [--repeats 2] [--mnist mnist_train.npz]

The other commit is checked out into a temporary folder and runs with this environment's libraries, so that both use the same
kernels. Every job is a process of its own; processes alternate. CPU seconds of a process and its children are compared:
wall times on shared cores say little. Both are kept. The last lines print, per job, the ratio of medians (now / then), and
what the networks are: one that is wider, more than one in a hundred deeper, or not certified whole is no improvement.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
CLOUD = """
rng = np.random.default_rng(0)
centres = rng.normal(size=(1000, 32))
labels = np.arange({n}) % 1000
data = lw.Dataset(centres[labels] + {noise} * rng.normal(size=({n}, 32)), labels)
"""
LETTER = """
rng = np.random.default_rng(0)
labels = np.arange({n}) % 26
centres = rng.integers(2, 14, (26, 4, 16))[labels, rng.integers(0, 4, {n})]
points = np.clip(np.round(centres + 1.5 * rng.normal(size=({n}, 16))), 0, 15)
_, first = np.unique(points, axis=0, return_index=True)
first.sort()
data = lw.Dataset(points[first], labels[first])
"""
JOBS = {
    "digits": ("data = lw.load('digits')", "ratio=0.99"),
    "letter": (LETTER.format(n=20_000), "ratio=0.9"),
    "letter-small": (LETTER.format(n=5_000), "ratio=0.9"),
    "clouds": (CLOUD.format(n=10_000, noise=0.25), "ratio=0.9"),
    "clouds-large": (CLOUD.format(n=100_000, noise=0.25), "ratio=0.9"),
}
CHILD = """
import json, sys
import numpy as np
import logwidth as lw
sys.path.insert(0, {benchmarks!r})
from kernels import checked_kernels
{data}
run = lw.memorize(data, {request})
kept = ("construction", "map_rank", "width", "depth", "n_pieces", "n_nonzero", "certified", "undecided", "seconds")
found = {{name: run.summary[name] for name in kept if name in run.summary}}
print(json.dumps(found | {{"kernels": checked_kernels()}}, default=dict))
"""


def measured(source: Path, job: tuple[str, str]) -> dict[str, object]:
    """Return what one process of a job gave with the package at `source`."""
    data, request = job
    script = CHILD.format(benchmarks=str(ROOT / "benchmarks"), data=data, request=request)
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode:
        sys.exit(f"the job failed: {done.stderr.strip().splitlines()[-1]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "cpu_seconds": cpu, "wall_seconds": wall, "load": os.getloadavg()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit", help="what to compare with")
    parser.add_argument("--jobs", nargs="+", choices=list(JOBS), default=["digits", "letter", "clouds"])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw" / "beside.jsonl")
    options = parser.parse_args()
    jobs = {name: JOBS[name] for name in options.jobs}
    if options.mnist:
        jobs["mnist"] = (f"data = lw.load({options.mnist!r}, scale=255.0)", "ratio=0.9, width=67, pieces='cover'")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "then"
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "-q", "--detach", str(other), options.commit], check=True)
        try:
            for name, job in jobs.items():
                _compared(name, job, {"then": other / "src", "now": ROOT / "src"}, options)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(other)], check=True)


def _compared(name: str, job: tuple[str, str], sources: dict[str, Path], options: argparse.Namespace) -> None:
    seconds: dict[str, list[float]] = {side: [] for side in sources}
    last: dict[str, dict[str, object]] = {}
    for repeat in range(options.repeats):
        for side, source in sources.items():
            last[side] = measured(source, job)
            seconds[side].append(float(last[side]["cpu_seconds"]))
            line = {"benchmark": "beside", "job": name, "side": side, "then": options.commit, "repeat": repeat, **last[side]}
            with options.out.open("a") as out:
                out.write(json.dumps(line | {"time": datetime.now(UTC).isoformat(timespec="seconds")}) + "\n")
    now, then = (statistics.median(seconds[side]) for side in ("now", "then"))
    shown = {side: f"width {r['width']}, depth {r['depth']}, {r['certified']} certified" for side, r in last.items()}
    print(
        f"{name}: {now:.1f} s beside {then:.1f} s, ratio {now / then:.2f}; now {shown['now']}; then {shown['then']}",
        flush=True,
    )


if __name__ == "__main__":
    main()
