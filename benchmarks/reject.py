"""Decoding a code book that rejects: every word with one flipped bit, what lies beyond, and the time beside argmax(X @ W).

    python benchmarks/reject.py CODES.npz [--rows N] [--repeat K] >> benchmarks/raw/reject.jsonl

CODES.npz holds `X` (words of bits) and `y`. One JSON object a line: versions, load, counts of wrong answers, and CPU and
wall seconds, the median and the least of K runs, of `predict` on N random rows and of `argmax(X @ W)` on the same rows in
the same process, alternating. `W` holds the words less a half, as floats of single precision: what a look-up without
"none" computes.
"""

import argparse
import json
import os
import statistics
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

import logwidth as lw


def timed(work, repeat):
    """CPU and wall seconds of `repeat` runs each of several pieces of work, taken in turn."""
    seen = {name: [] for name in work}
    for _ in range(repeat):
        for name, run in work.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            seen[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return seen


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("codes", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--reject", type=float, default=1.5)
    options = parser.parse_args()
    stored = np.load(options.codes)
    X, y = stored["X"].astype(np.float64), stored["y"]
    begun = time.process_time()
    run = lw.memorize(lw.Dataset(X, y), norm=1, radius=1.0, reject=options.reject, lanes=2 * X.shape[1])
    seconds = time.process_time() - begun
    flips = (X[:, None, :] + np.eye(X.shape[1]) * (1 - 2 * X[:, None, :])).reshape(-1, X.shape[1])
    answers = run.predict(flips)
    flipped_wrong = int(sum(a != b for a, b in zip(answers, np.repeat(y, X.shape[1]), strict=True)))
    draw = np.random.default_rng(0)
    rows = draw.integers(0, 2, size=(options.rows, X.shape[1])).astype(np.float64)
    words = np.unique(rows, axis=0)
    nearest = np.concatenate([np.abs(part[:, None, :] - X[None]).sum(axis=2) for part in np.array_split(words, 64)])
    distance, owner = nearest.min(axis=1), nearest.argmin(axis=1)
    told = run.predict(words)
    beyond_wrong = int(sum(told[i] is not None for i in np.flatnonzero(distance > options.reject)))
    near_wrong = int(sum(told[i] != y[owner[i]] for i in np.flatnonzero(distance <= 1)))
    W, single = (X - 0.5).T.astype(np.float32), rows.astype(np.float32)
    run.predict(rows[:100])
    reals = draw.uniform(-1, 2, size=rows.shape)
    work = {
        "argmax": lambda: np.argmax(single @ W, axis=1),
        "predict": lambda: run.predict(rows),
        "predict_single": lambda: run.predict(single),
        "predict_reals": lambda: run.predict(reals),
    }
    seen = timed(work, options.repeat)
    line = {
        "codes": options.codes.name, "logwidth": version("logwidth"), "numpy": version("numpy"), "rows": options.rows,
        "load": os.getloadavg()[0], "threads": os.environ.get("OPENBLAS_NUM_THREADS"),
        "width": run.network.width, "depth": run.network.depth, "certified": run.summary.certified,
        "holds": run.certificate.holds,
        "fit_cpu": round(seconds, 3), "flipped": len(flips), "flipped_wrong": flipped_wrong, "words": len(words),
        "beyond_wrong": beyond_wrong, "near_wrong": near_wrong,
        **{f"{name}_cpu": round(statistics.median(c for c, _ in v), 4) for name, v in seen.items()},
        **{f"{name}_cpu_least": round(min(c for c, _ in v), 4) for name, v in seen.items()},
        **{f"{name}_wall": round(statistics.median(w for _, w in v), 4) for name, v in seen.items()},
    }  # fmt: skip
    line["ratio_cpu"] = round(line["predict_cpu"] / line["argmax_cpu"], 3)
    line["ratio_cpu_least"] = round(line["predict_cpu_least"] / line["argmax_cpu_least"], 3)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
