"""Raw measurement: MNIST's 60,000 training images as one certified network (a JSON line).

    python benchmarks/mnist_fit.py --data mnist_train.npz [--ratio 0.9] [--rank 64] [--map map.npz] [--save RUN] [--out FILE]

The map of the given rank is searched for, or read from `--map` (array T) and checked; the greedy cover, the network, its
ONNX bytes and the certificate are made from nothing. The line holds the run's summary, seconds per stage and peak memory.
"""

import argparse
import json
import os
import resource
from pathlib import Path

import numpy as np

import logwidth as lw


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--scale", type=float, default=255.0)
    parser.add_argument("--ratio", type=float, default=0.9)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--map", type=Path)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw" / "mnist_fit.jsonl")
    options = parser.parse_args()
    data = lw.load(options.data, scale=options.scale)
    if options.map is None:
        found = lw.search_map(data, options.rank, rng=0)
    else:
        found = lw.check_map(data, np.load(options.map)["T"], method="search")
    run = lw.memorize(
        data,
        ratio=options.ratio,
        start=found,
        width=found.rank + 3,
        pieces="cover",
        progress=lambda stage, share: print(f"{stage} {share:.0%}", flush=True),
    )
    if options.save is not None:
        run.save(options.save)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    row = {**run.summary, "data_source": data.name, "peak_rss_bytes": peak, "map_given": options.map is not None}
    with options.out.open("a") as out:
        out.write(json.dumps(row | {"cpus": os.cpu_count(), "numpy": np.__version__}) + "\n")
    print(json.dumps(row, indent=1))


if __name__ == "__main__":
    main()
