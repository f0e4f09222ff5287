"""Raw timings of the same work by threads of one process and by Dask workers on the same machine, as JSON lines.

    python benchmarks/workers.py [--workers 2] [--repeats 2] [--mnist mnist_train.npz] [--out benchmarks/raw/workers.jsonl]

The two take turns, and what they find is compared bit by bit. `start` is the time until the workers are there. Separation:
threads use all cores already, so workers on one machine can only add the sending. Exact radii of 100 digits: one thread
otherwise, so workers help.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np

import logwidth as lw
from lines import add_line, machine, options_of
from logwidth.certify import recognise


def separations(options) -> Iterator[tuple[str, Callable[[], np.ndarray]]]:
    for name in ("codebook:n=100000,d=32,classes=1000,noise=0.25", "codebook:n=20000,d=784,classes=10,noise=0.9"):
        data = lw.load(name)
        yield f"separation {name}", lambda data=data: lw.separation(data).sample_lower
    if options.mnist:
        data = lw.load(options.mnist, scale=255)
        yield "separation mnist", lambda: lw.separation(data).sample_lower


def radii() -> tuple[str, Callable[[], np.ndarray]]:
    digits = lw.load("digits")
    some = lw.Dataset(digits.points[:100], digits.labels[:100])
    run = lw.memorize(some, ratio=0.5, pieces="all", start=lw.pca_map(some, 32))
    form, values = recognise(run.network), some.values[some.labels]
    return (
        "exact radii of 100 digits",
        lambda: lw.two_sided_radii(form, some.points, values, (run.certificate.radius, 2.0)).rule_lower,
    )


def main() -> None:
    parser = options_of(__doc__, "workers")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"))
    options = parser.parse_args()
    about = machine("distributed")
    for what, work in (radii(), *separations(options)):
        for repeat in range(options.repeats):
            load, begun = os.getloadavg()[0], time.perf_counter()
            alone = work()
            seconds, begun = time.perf_counter() - begun, time.perf_counter()
            with lw.cluster_of(workers=options.workers):
                start, begun = time.perf_counter() - begun, time.perf_counter()
                shared = work()
                shared_seconds = time.perf_counter() - begun
            row = {"work": what, "repeat": repeat, "workers": options.workers, "seconds": seconds, "start_seconds": start}
            row |= {"workers_seconds": shared_seconds, "ratio": shared_seconds / seconds, "load": load}
            row |= {"same": bool(np.array_equal(alone, shared, equal_nan=True))}
            row |= {"time": datetime.now(UTC).isoformat(timespec="seconds")} | about
            add_line(options.out, row)


if __name__ == "__main__":
    main()
