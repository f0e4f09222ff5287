"""Raw measurements: the map search on MNIST beside brute-force passes of faiss, in one process, as JSON lines.

    python benchmarks/maps_mnist.py --mnist mnist_train.npz [--rank 24]

`search` is everything from the data set on: separation, span, search and the exact check of all pairs. `faiss` is one
IndexFlatL2 pass, all samples against all, two neighbours each (the first is the sample itself); if a tenth of the
queries says that a pass would take more than 90 s, only they are timed, `seconds` is scaled, and `scaled_from` says how
many they were. A pass is timed before and after the search, for the load may change. `ceiling` is the dual search from
the weights that the search leaves, the proof of its certificate and, on its own, the check of that proof. faiss-cpu is
needed for this benchmark only.
"""

import json
import os
import resource
import time
from datetime import UTC, datetime

import faiss
import numpy as np

from lines import options_of, versions
from logwidth.certify import prove_width_bound
from logwidth.certify.lower_bounds.width_proof import check_width_bound
from logwidth.dataset import Dataset
from logwidth.maps import rank_ceiling, trace_search
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


class Job:
    """The search and the ceiling that starts from what it leaves."""

    def __init__(self, data: Dataset, rank: int) -> None:
        self.data, self.rank = data, rank

    def searched(self) -> dict[str, object]:
        ticks = [time.perf_counter()]
        start, cpu = time.perf_counter(), time.process_time()
        self.sep = separation(self.data)
        apart = time.perf_counter() - start
        ticks.append(time.perf_counter())
        tick = lambda *_: ticks.append(time.perf_counter())  # noqa: E731
        self.trace = trace_search(self.data, self.rank, rng=SEED, separation=self.sep, progress=tick)
        found, seconds = self.trace.map.ratio_lower, time.perf_counter() - start
        row = {"method": "search", "rank": self.rank, "ratio_lower": found, "seconds": seconds}
        row |= {"cpu_seconds": time.process_time() - cpu, "separation_seconds": apart}
        return row | {"longest_silence": float(np.diff(ticks[1:]).max())}

    def bounded(self) -> dict[str, object]:
        begun, start = time.perf_counter(), (self.trace.pairs, self.trace.weights)
        dual = rank_ceiling(self.data, self.rank, separation=self.sep, start=start)
        proof = prove_width_bound(self.data, self.rank, dual.pairs, dual.weights, norm=2, separation=self.sep)
        done = time.perf_counter()
        problems = check_width_bound(proof, self.data, separation=self.sep)
        row = {"method": "ceiling", "rank": self.rank, "ratio_upper": proof.ratio_excluded, "seconds": done - begun}
        return row | {"pairs": len(proof.pairs), "check_seconds": time.perf_counter() - done, "problems": problems}


def main() -> None:
    parser = options_of(__doc__, "maps_mnist")
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"), required="LOGWIDTH_MNIST" not in os.environ)
    parser.add_argument("--rank", type=int, default=24)
    options = parser.parse_args()
    with np.load(options.mnist) as stored:
        data = Dataset(stored["X"].reshape(len(stored["X"]), -1) / 255.0, stored["y"])
    machine = versions()
    machine |= {"faiss": faiss.__version__, "cpus": os.cpu_count(), "seed": SEED}
    options.out.parent.mkdir(exist_ok=True)
    with options.out.open("a") as out:
        work, brute = Job(data, options.rank), lambda: faiss_pass(data.points)
        for job in (brute, work.searched, brute, work.bounded):
            row = {"data": "mnist", **job(), "load": os.getloadavg()[0]}
            row |= {"peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
            row |= {"time": datetime.now(UTC).isoformat(timespec="seconds"), **machine}
            out.write(json.dumps(row) + "\n")
            out.flush()
            print(row, flush=True)


if __name__ == "__main__":
    main()
