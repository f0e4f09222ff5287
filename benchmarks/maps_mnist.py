"""Raw measurements: the map search on MNIST beside brute-force passes of faiss, in one process, as JSON lines.

    python benchmarks/maps_mnist.py --mnist mnist_train.npz [--rank 24]

`search` is everything from the data set on: separation, span, search and the exact check of all pairs. `faiss` is one
IndexFlatL2 pass, all samples against all, two neighbours each (the first is the sample itself); if a tenth of the
queries says that a pass would take more than 90 s, only they are timed, `seconds` is scaled, and `scaled_from` says how
many they were. A pass is timed before and after the search, for the load may change. faiss-cpu is needed for this
benchmark only.
"""

import argparse
import json
import os
import platform
import resource
import time
from datetime import UTC, datetime
from pathlib import Path

import faiss
import numpy as np

import logwidth
from logwidth.dataset import Dataset
from logwidth.maps import search_map
from logwidth.separation import separation

SEED = 0
LONG = 90.0


def faiss_pass(points) -> dict[str, object]:
    stored = points.astype(np.float32)
    index = faiss.IndexFlatL2(stored.shape[1])
    index.add(stored)
    some = np.random.default_rng(SEED).permutation(len(stored))[: len(stored) // 10]
    start = time.perf_counter()
    index.search(stored[some], 2)
    seconds = 10.0 * (time.perf_counter() - start)
    if seconds > LONG:
        return {"method": "faiss", "seconds": seconds, "scaled_from": len(some)}
    start = time.perf_counter()
    index.search(stored, 2)
    return {"method": "faiss", "seconds": time.perf_counter() - start, "scaled_from": len(stored)}


def searched(data: Dataset, rank: int) -> dict[str, object]:
    ticks = [time.perf_counter()]
    start, cpu = time.perf_counter(), time.process_time()
    sep = separation(data)
    apart = time.perf_counter() - start
    ticks.append(time.perf_counter())
    found = search_map(data, rank, rng=SEED, separation=sep, progress=lambda *_: ticks.append(time.perf_counter()))
    row = {"method": "search", "rank": rank, "ratio_lower": found.ratio_lower, "seconds": time.perf_counter() - start}
    row |= {"cpu_seconds": time.process_time() - cpu, "separation_seconds": apart}
    return row | {"longest_silence": float(np.diff(ticks[1:]).max())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"), required="LOGWIDTH_MNIST" not in os.environ)
    parser.add_argument("--rank", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw" / "maps_mnist.jsonl")
    options = parser.parse_args()
    with np.load(options.mnist) as stored:
        data = Dataset(stored["X"].reshape(len(stored["X"]), -1) / 255.0, stored["y"])
    machine = {"logwidth": logwidth.__version__, "python": platform.python_version(), "numpy": np.__version__}
    machine |= {"faiss": faiss.__version__, "cpus": os.cpu_count(), "seed": SEED}
    options.out.parent.mkdir(exist_ok=True)
    with options.out.open("a") as out:
        for job in (lambda: faiss_pass(data.points), lambda: searched(data, options.rank), lambda: faiss_pass(data.points)):
            row = {"data": "mnist", **job(), "load": os.getloadavg()[0]}
            row |= {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
            row |= {"time": datetime.now(UTC).isoformat(timespec="seconds"), **machine}
            out.write(json.dumps(row) + "\n")
            out.flush()
            print(row, flush=True)


if __name__ == "__main__":
    main()
