"""This tree beside another commit: the same jobs in turns, as JSON lines with CPU seconds, results and BLAS kernels.

    python benchmarks/beside.py dfc6f0a [--jobs digits letter codebook-large] [--repeats 2] [--mnist mnist_train.npz]

The other commit is checked out into a temporary folder and runs with this environment's libraries: both multiply with the
same kernels. Every job is a process of its own; processes alternate. `cpu_seconds` are those of a process until its `fit`
has ended, `check_cpu` those of `check` on the run, `predict_cpu` those of labels of many rows near samples, `product_cpu`
those of an argmax over the same scores by plain products, which proves nothing. `copies` is what memory grew by until `fit`
had ended, in copies of the points, tables included. Wall times on shared cores say little. The last lines print, per job,
the ratios of medians (now / then), and what the networks are: one that is wider, more than one in a hundred deeper, or not
certified whole is no improvement.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from lines import add_line, options_of

ROOT = Path(__file__).parents[1]
CLOUD = """
rng = np.random.default_rng(0)
centres = rng.normal(size=(1000, 32))
labels = np.arange({n}) % 1000
data = lw.Dataset(centres[labels] + {noise} * rng.normal(size=({n}, 32)), labels)
"""
CODEBOOK = "data = lw.load('codebook:n={n},d=32,classes=1000,noise=0.25')  # as in scale.py"
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
    "letter-in-16": (LETTER.format(n=20_000), "ratio=0.9, width=16"),  # what dfc6f0a needs, for depths at equal width
    "letter-small": (LETTER.format(n=5_000), "ratio=0.9"),
    "clouds": (CLOUD.format(n=10_000, noise=0.25), "ratio=0.9"),
    "clouds-large": (CLOUD.format(n=100_000, noise=0.25), "ratio=0.9"),
    "clouds-million": (CLOUD.format(n=1_000_000, noise=0.25), "ratio=0.9"),
    "codebook-large": (CODEBOOK.format(n=100_000), "ratio=0.9"),
    "codebook-million": (CODEBOOK.format(n=1_000_000), "ratio=0.9"),
}
CHILD = """
import json, resource, sys, tempfile, time
import numpy as np
import logwidth as lw
from threadpoolctl import threadpool_limits
sys.path.insert(0, {benchmarks!r})
from kernels import checked_kernels

def spent(work):
    before = time.process_time()
    work()
    return time.process_time() - before

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def product():
    fused, block = stored.fusion.network, 256
    (T, b), (W, c) = ((layer.dense(), layer.bias) for layer in (fused.first, fused.scores))
    with threadpool_limits(1):
        for k in range(0, len(rows), block):
            z = np.maximum(rows[k : k + block].astype(T.dtype) @ T.T + b, 0)
            (z @ W.T + c).argmax(axis=1)

lw.memorize  # loaded now
start = peak()
{data}
run = lw.memorize(data, {request})
found = dict(cpu_seconds=time.process_time(), peak_rss_bytes=peak(), copies=(peak() - start) / data.points.nbytes)
kept = ("construction", "map_rank", "width", "depth", "n_pieces", "n_nonzero", "certified", "undecided", "seconds")
found |= {{name: run.summary[name] for name in kept if name in run.summary}}
with tempfile.TemporaryDirectory() as folder:
    run.save(folder + "/run")
    found["check_cpu"] = spent(lambda: lw.check(folder + "/run", data))
    stored = lw.open_run(folder + "/run")
rng = np.random.default_rng(0)
rows = data.points[rng.integers(0, data.n_samples, {rows})]
rows += rng.normal(size=rows.shape) * (run.summary["radius"] / 2 / data.n_features**0.5)
if stored.fusion is not None:
    found["predict_cpu"] = min(spent(lambda: stored.outputs(rows)) for _ in range(3))
    found["product_cpu"] = min(spent(product) for _ in range(3))
print(json.dumps(found | {{"kernels": checked_kernels()}}, default=dict))
"""
RATIOS = {"fit": "cpu_seconds", "check": "check_cpu", "predict": "predict_cpu"}


def measured(source: Path, job: tuple[str, str]) -> dict[str, object]:
    """Return what one process of a job gave with the package at `source`."""
    data, request = job
    rows = 10_000 if "MNIST" in data else 200_000
    script = CHILD.format(benchmarks=str(ROOT / "benchmarks"), data=data, request=request, rows=rows)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"the job failed: {done.stderr.strip().splitlines()[-1]}")
    return {**json.loads(done.stdout.splitlines()[-1]), "wall_seconds": wall, "load": os.getloadavg()[0]}


def main() -> None:
    parser = options_of(__doc__, "beside")
    parser.add_argument("commit", help="what to compare with")
    parser.add_argument("--jobs", nargs="*", choices=list(JOBS), default=["digits", "letter", "codebook-large"])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"))
    options = parser.parse_args()
    jobs = {name: JOBS[name] for name in options.jobs}
    if options.mnist:
        jobs["mnist"] = (f"data = lw.load({options.mnist!r}, scale=255.0)  # MNIST", "ratio=0.9, width=67, pieces='cover'")
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "then"
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "-q", "--detach", str(other), options.commit], check=True)
        try:
            for name, job in jobs.items():
                _compared(name, job, {"then": other / "src", "now": ROOT / "src"}, options)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(other)], check=True)


def _compared(name: str, job: tuple[str, str], sources: dict[str, Path], options: argparse.Namespace) -> None:
    lines: dict[str, list[dict[str, object]]] = {side: [] for side in sources}
    for repeat in range(options.repeats):
        for side, source in sources.items():
            found = measured(source, job)
            lines[side].append(found)
            line = {"benchmark": "beside", "job": name, "side": side, "then": options.commit, "repeat": repeat, **found}
            add_line(options.out, line | {"time": datetime.now(UTC).isoformat(timespec="seconds")})
    for what, key in RATIOS.items():
        seconds = {side: [float(row[key]) for row in rows if key in row] for side, rows in lines.items()}
        if all(seconds.values()):
            now, then = (statistics.median(seconds[side]) for side in ("now", "then"))
            print(f"{name} {what}: {now:.1f} s beside {then:.1f} s, ratio {now / then:.2f}", flush=True)
    for side, rows in lines.items():
        row = rows[-1]
        of_product = row["predict_cpu"] / row["product_cpu"] if "predict_cpu" in row else float("nan")
        print(
            f"  {side}: width {row['width']}, depth {row['depth']}, {row['certified']} certified, peak "
            f"{row['peak_rss_bytes'] / 1e6:.0f} MB ({row['copies']:.1f} copies), predict {of_product:.2f} of the argmax",
            flush=True,
        )


if __name__ == "__main__":
    main()
