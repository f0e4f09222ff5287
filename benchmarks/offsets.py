"""Offsets far beyond the spread: what each construction certifies in float32, and what `fit` without a name does.

    python benchmarks/offsets.py [--samples 40,300] [--offsets 1e4,1e5] [--seeds 1] [--ways all|none] [--out FILE]

Every feature has unit spread around the offset. One JSON line per case: samples certified by every construction with all
kinds of pieces ('least', 'cover', 'all'), by the default, what the default tried, and seconds. `missed` is true where some
construction certifies every ball and the default does not; the last line counts these cases.
"""

import itertools
import json
import time
from typing import Any

import numpy as np

import logwidth as lw
from lines import options_of
from logwidth.construct import CONSTRUCTIONS, constructions_for
from logwidth.errors import InputError

FAMILIES = {"blobs apart": 0.1, "blobs near": 0.35, "one cloud": 1.0}
SHAPES = ((2, 2), (5, 3), (10, 5))
KINDS = ("least", "cover", "all")


def cloud(family: str, n: int, shape: tuple[int, int], offset: float, seed: int) -> lw.Dataset:
    """`n` samples of classes with centres at unit distance, blurred, then every feature at unit spread plus the offset."""
    d, classes = shape
    rng = np.random.default_rng([seed, n, d, classes])
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    points = rng.normal(size=(classes, d))[labels] + FAMILIES[family] * rng.normal(size=(n, d))
    return lw.Dataset((points - points.mean(axis=0)) / points.std(axis=0) + offset, labels)


def certified(data: lw.Dataset, ratio: float, **asked: Any) -> tuple[int, float, Any]:
    """Samples certified (−1: refused), seconds, and the run."""
    started = time.perf_counter()
    try:
        run = lw.memorize(data, ratio=ratio, **asked)
    except InputError:
        return -1, time.perf_counter() - started, None
    return run.summary["certified"], time.perf_counter() - started, run


def measured(data: lw.Dataset, ratio: float, *, every: bool) -> dict[str, Any]:
    """One case: the ways by name, then the default."""
    ways, sizes = {}, np.bincount(data.labels).tolist()
    names = [spec.name for spec in constructions_for("float32", sizes) if not spec.reference] if every else []
    for name in names:
        for kind in KINDS if CONSTRUCTIONS[name].by_scores else KINDS[:1]:
            count, seconds, _ = certified(data, ratio, construction=name, pieces=kind)
            ways[f"{name} {kind}"] = [count, round(seconds, 2)]
    count, seconds, run = certified(data, ratio)
    summary = {} if run is None else run.summary
    return {
        "delta": lw.separation(data).lower,
        "ways": ways,
        "default": count,
        "seconds": round(seconds, 2),
        "construction": summary.get("construction"),
        "width": summary.get("width"),
        "tried": [[t["construction"], t["pieces"], t["lanes"], t["certified"]] for t in summary.get("tried", [])],
        "missed": count < data.n_samples and any(found == data.n_samples for found, _ in ways.values()),
    }


def main() -> None:
    """Measure the grid and append one line per case."""
    parser = options_of(__doc__, "offsets")
    parser.add_argument("--samples", default="40,300")
    parser.add_argument("--offsets", default="0,1e4,1e5,1e6,1e8")
    parser.add_argument("--ratios", default="0.5,0.9")
    parser.add_argument("--families", default=",".join(FAMILIES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--ways", choices=("all", "none"), default="all")
    options = parser.parse_args()
    counts, offsets = map(int, options.samples.split(",")), map(float, options.offsets.split(","))
    ratios, families = map(float, options.ratios.split(",")), options.families.split(",")
    total = missed = 0
    with options.out.open("a") as out:
        grid = itertools.product(counts, families, SHAPES, offsets, ratios, range(options.seeds))
        for n, family, shape, offset, ratio, seed in grid:
            case = {"n": n, "family": family, "d": shape[0], "classes": shape[1], "offset": offset}
            case |= {"ratio": ratio, "seed": seed}
            row = case | measured(cloud(family, n, shape, offset, seed), ratio, every=options.ways == "all")
            total, missed = total + 1, missed + row["missed"]
            print(json.dumps(row), file=out, flush=True)
            print(case, row["default"], row["construction"], row["seconds"], "missed" if row["missed"] else "", flush=True)
        print(json.dumps({"cases": total, "missed": missed, "logwidth": lw.__version__}), file=out)


if __name__ == "__main__":
    main()
