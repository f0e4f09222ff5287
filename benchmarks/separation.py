"""Raw timings of the separation beside a plain float32 product over the same opposite pairs, as JSON lines.

    python benchmarks/separation.py --sizes 20000x784x10 --repeats 5 [--sklearn] [--no-faiss] [--mnist mnist_train.npz]

Every line is one measurement of one `method` on one data set, `seconds` by the clock and `cpu_seconds` of the processor; the
methods alternate within a repeat. The ratio of medians that is printed is computed from the latter, which a busy machine
disturbs less. The plain product is the best of several tile sides, with the same two-threads-of-one-thread-BLAS scheme and
preallocated output, and takes no minima. Nothing is measured where the libraries' BLAS kernels are of different classes
(kernels.py).
"""

import argparse
import importlib.util
import os
import resource
import statistics
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
from sklearn.metrics import pairwise_distances_argmin_min

from kernels import checked_kernels
from lines import add_line, machine, options_of
from logwidth.compute.threads import thread_pool
from logwidth.separation import nearest_opposite
from logwidth.separation.blocks import Block, blocks, class_order, tiles

SIDES = (512, 1024, 2048)


def plain_product(stored, counts, side) -> tuple[float, float]:
    """Seconds (as :func:`timed`) for one float32 product of every opposite pair, `stored` in class order."""
    buffers = threading.local()

    def product(tile: tuple[Block, Block]) -> None:
        x, y = (stored[b.where] for b in tile)
        if not hasattr(buffers, "flat"):
            buffers.flat = np.empty(side * side, dtype=np.float32)
        np.matmul(x, y.T, out=buffers.flat[: len(x) * len(y)].reshape(len(x), len(y)))

    work = list(tiles(blocks(counts, side)))
    with thread_pool() as pool:
        return timed(lambda: list(pool.map(product, work)))


def timed(function: Callable[[], object]) -> tuple[float, float]:
    """Return seconds by the clock, and of the processor over all threads."""
    start, spent = time.perf_counter(), time.process_time()
    function()
    return time.perf_counter() - start, time.process_time() - spent


def sklearn_per_class(points, labels) -> None:
    for label in np.unique(labels):
        own = labels == label
        pairwise_distances_argmin_min(points[own], points[~own])


def faiss_per_class(points, labels) -> None:
    import faiss

    for label in np.unique(labels):
        own = labels == label
        index = faiss.IndexFlatL2(points.shape[1])
        index.add(points[~own].astype(np.float32))
        index.search(points[own].astype(np.float32), 1)


def measurements(points, labels, options) -> Iterator[tuple[str, tuple[float, float]]]:
    order, counts = class_order(labels)
    stored = points[order].astype(np.float32)
    some = slice(None, None, max(1, len(points) // 1000))
    nearest_opposite(points[some], labels[some])
    for _ in range(options.repeats):
        for side in options.sides:
            yield f"plain_product_{side}", plain_product(stored, counts, side)
        yield "separation", timed(lambda: nearest_opposite(points, labels))
    if options.sklearn:
        yield "sklearn", timed(lambda: sklearn_per_class(points, labels))
    if options.faiss:
        try:
            yield "faiss", timed(lambda: faiss_per_class(points, labels))
        except ImportError:
            return


def data_sets(options) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    for size in options.sizes:
        n, d, classes = (int(part) for part in size.split("x"))
        rng = np.random.default_rng(options.seed)
        yield f"normal_{size}", rng.standard_normal((n, d)), rng.integers(0, classes, n)
    if options.mnist:
        with np.load(options.mnist) as stored:
            yield "mnist", stored["X"].reshape(len(stored["X"]), -1) / 255.0, stored["y"].astype(np.int64)


def report(name: str, seconds: dict[str, list[float]]) -> str:
    median = {method: statistics.median(values) for method, values in seconds.items()}
    ours = median["separation"]
    ratios = (f"{method} {value:.3f} s ({value / ours:.2f})" for method, value in median.items())
    return f"{name}: medians in seconds of the processor (ratio to the separation): " + ", ".join(ratios)


def main() -> None:
    parser = options_of(__doc__, "separation")
    parser.add_argument("--sizes", nargs="*", default=["20000x784x10", "20000x16x10"], metavar="NxDxC")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sklearn", action="store_true")
    parser.add_argument("--faiss", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--sides", nargs="*", type=int, default=SIDES, help="tile sides of the plain product")
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"))
    options = parser.parse_args()
    print(checked_kernels(["faiss"] if options.faiss and importlib.util.find_spec("faiss") else []))
    for name, points, labels in data_sets(options):
        seconds: dict[str, list[float]] = {}
        for method, (wall, cpu) in measurements(points, labels, options):
            seconds.setdefault(method, []).append(cpu)
            rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            line = {"data": name, "seed": options.seed, "method": method, "seconds": wall, "cpu_seconds": cpu}
            line["peak_rss_bytes"] = rss
            add_line(options.out, line | machine("scipy", "scikit-learn") | {"kernels": checked_kernels()})
        print(report(name, seconds), flush=True)


if __name__ == "__main__":
    main()
