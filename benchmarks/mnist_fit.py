"""Raw measurement: MNIST's 60,000 training images as one certified network (a JSON line).

    python benchmarks/mnist_fit.py --data mnist_train.npz [--ratio 0.9] [--rank 64] [--map map.npz] [--faiss] [--save RUN]

Separation, map (or that of `--map`, array T, checked), greedy cover, network, its ONNX bytes and the certificate are made
from nothing. The line holds the run's summary, seconds per stage and peak memory; with `--faiss` also the seconds of two
passes of IndexFlatL2 (nearest other-class image of every image), one before the fit and one after it. Seconds by the clock
and, as `…_cpu_seconds`, of the processor, which count on a busy machine.
"""

import os
import resource
import time
from pathlib import Path
from statistics import mean

import numpy as np

import logwidth as lw
from kernels import checked_kernels
from lines import add_line, options_of


class Steps:
    """Prints every stage once."""

    def __init__(self) -> None:
        self.stage = ""

    def __call__(self, stage: str, share: float) -> None:  # noqa: ARG002
        if stage != self.stage:
            print(stage, flush=True)
        self.stage = stage


def faiss_pass(data: lw.Dataset) -> tuple[float, float]:
    """Seconds by the clock, and of the processor, of a brute-force pass over all opposite pairs."""
    import faiss

    points, started, spent = data.points.astype(np.float32), time.perf_counter(), time.process_time()
    for label in range(data.n_classes):
        own = data.labels == label
        index = faiss.IndexFlatL2(points.shape[1])
        index.add(points[~own])
        index.search(points[own], 1)
    return time.perf_counter() - started, time.process_time() - spent


def main() -> None:
    parser = options_of(__doc__, "mnist_fit")
    parser.add_argument("--data", required=True)
    parser.add_argument("--scale", type=float, default=255.0)
    parser.add_argument("--ratio", type=float, default=0.9)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--faiss", action="store_true")
    parser.add_argument("--save", type=Path)
    options = parser.parse_args()
    data = lw.load(options.data, scale=options.scale)
    kernels = checked_kernels(["faiss"] if options.faiss else [])
    passes = [faiss_pass(data)] if options.faiss else []
    start = None if options.map is None else lw.check_map(data, np.load(options.map)["T"], method="search")
    started, spent = time.perf_counter(), time.process_time()
    run = lw.memorize(data, ratio=options.ratio, start=start, width=options.rank + 3, pieces="cover", progress=Steps())
    seconds, cpu = time.perf_counter() - started, time.process_time() - spent
    passes += [faiss_pass(data)] if options.faiss else []
    if options.save is not None:
        run.save(options.save)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    row = {
        **run.summary,
        "fit_seconds": seconds,
        "fit_cpu_seconds": cpu,
        "faiss_seconds": [wall for wall, _ in passes],
        "faiss_cpu_seconds": [spent for _, spent in passes],
        "kernels": kernels,
        "data_source": data.name,
        "peak_rss_bytes": peak,
        "map_given": options.map is not None,
    }
    add_line(options.out, row | {"cpus": os.cpu_count(), "numpy": np.__version__})
    if passes:
        walls, spents = zip(*passes, strict=True)
        ratios = f"{seconds / mean(walls):.2f} by the clock, {cpu / mean(spents):.2f} of the processor"
        print(f"fit in passes of faiss over all opposite pairs: {ratios}; width {row['width']}, depth {row['depth']}")


if __name__ == "__main__":
    main()
