"""How the stored numbers of the published √N memorizer grow with the samples: formulas up to 10⁶, real networks up to 10⁴.

    python benchmarks/parameters.py [--build 10000] [--data iris,wine,breast_cancer] [--out benchmarks/raw/parameters]

Generated data: N different whole points of a cube in four dimensions, three in four of its points, two classes at random, so
that δ = 1 up to 10⁶ samples. The ratio is 1/(5·10⁶·√4) at every size, which the theorem serves at all of them. A size up to
`--build` is built in exact numbers and every ball certified; beyond, cells and keys are those of the data and the sizes
are the formulas', which equal the built ones wherever both are there. Real data are built at the largest ratio that the
theorem serves. Writes a raw line per size and data set to OUT.jsonl and the figure to OUT.svg.
"""

import argparse
import json
import math
import os
import time
from importlib.metadata import version
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
from matplotlib import pyplot as plt

from logwidth.construct import cells_of, shape_of
from logwidth.dataset import Dataset, load
from logwidth.pipeline import ExactRun, memorize_exactly
from logwidth.separation import separation
from logwidth.theory import LatticeShape, lattice_ratio_lower
from logwidth.theory.parameters import counting_bits, register_entries

FEATURES, LARGEST = 4, 10**6
SIZES = (100, 300, 1000, 3000, 10_000, 100_000, 1_000_000)


def points_of(n: int) -> Dataset:
    """Return N different whole points of a cube that they fill to three quarters, in two classes."""
    rng, side = np.random.default_rng(n), math.ceil((4 * n / 3) ** (1 / FEATURES))
    chosen = rng.choice(side**FEATURES, n, replace=False)
    points = np.stack(np.unravel_index(chosen, (side,) * FEATURES), axis=1).astype(float)
    return Dataset(points, rng.permutation(np.arange(n) % 2), name=f"cube {n}")


def line_of(name: str, data: Dataset, ratio: float, run: ExactRun | None, shape: LatticeShape, seconds: float) -> dict:
    """Return a raw line: sizes by formula, by what was built where it was, and what a register and counting need."""
    built = {} if run is None else {
        "depth": run.network.depth, "width": run.network.width, "entries": run.network.entries,
        "n_nonzero": run.network.n_nonzero, "bits_per_weight": run.network.bits, "certified": run.summary["certified"],
        "file_bytes": len(run.content),
    }  # fmt: skip
    register, _ = register_entries(data.n_samples, data.n_features, data.n_features)
    return {
        "data": name, "n_samples": data.n_samples, "n_features": data.n_features, "n_classes": data.n_classes,
        "ratio": ratio, "cells": shape.cells, "key_bits": shape.key_bits, "groups": shape.groups,
        "depth": shape.depth, "width": shape.width, "entries": shape.entries_built, "published_entries": shape.entries,
        "bits_per_weight": shape.bits_per_weight, "total_bits": shape.entries_built * shape.bits_per_weight,
        "register_entries": register, "register_bits": 32 * register,
        "counting_bits": counting_bits(data.n_samples, data.n_classes), "built": built,
        "cpu_seconds": round(seconds, 1), "load": os.getloadavg()[0], "version": version("logwidth"),
    }  # fmt: skip


def measured(name: str, data: Dataset, ratio: float, *, build: bool) -> dict:
    """Return the raw line of one data set."""
    started, run = time.process_time(), None
    if build:
        run = memorize_exactly(data, ratio=ratio)
        shape = run.shape
    else:
        delta = 1.0 if name == "cube" else separation(data, norm=2).lower
        cells = cells_of(data.points, delta)
        shape = shape_of(data.n_samples, data.n_features, data.n_classes, cells.count)
    return line_of(name, data, ratio, run, shape, time.process_time() - started)


def exponents(lines: list[dict], key: str) -> dict[str, float]:
    """Return the slope of log `key` against log N: by least squares, between the ends, and with a key's bits divided out."""
    n, y = (np.log([line[name] for line in lines]) for name in ("n_samples", key))
    bits = np.log([line["key_bits"] for line in lines])
    ends = float((y[-1] - y[0]) / (n[-1] - n[0]))
    fitted, pure = (float(np.polyfit(n, values, 1)[0]) for values in (y, y - bits))
    return {"exponent": round(fitted, 3), "ends": round(ends, 3), "per_key_bit": round(pure, 3)}


def figure(lines: list[dict], path: Path) -> None:
    """Draw entries and bits in all against N."""
    drawn, (left, right) = plt.subplots(1, 2, figsize=(11, 4.4), constrained_layout=True)
    n = [line["n_samples"] for line in lines]
    built = [line for line in lines if line["built"]]
    slopes = exponents(lines, "entries")
    left.loglog(n, [line["entries"] for line in lines], "-", label=f"lattice-paper, formula, N^{slopes['exponent']:.2f}")
    sizes = [(line["n_samples"], line["built"]["entries"]) for line in built]
    left.loglog(*zip(*sizes, strict=True), "o", label="built, certified")
    left.loglog(n, [line["register_entries"] for line in lines], "--", label="register, one piece a sample")
    left.set(xlabel="samples N", ylabel="entries", title="Stored numbers")
    right.loglog(n, [line["total_bits"] for line in lines], "-", label="lattice-paper")
    right.loglog(n, [line["register_bits"] for line in lines], "--", label="register, 32 bits each")
    right.loglog(n, [line["counting_bits"] for line in lines], ":", label="needed: N log2 C")
    right.set(xlabel="samples N", ylabel="bits in all", title="Stored bits")
    for axes in (left, right):
        axes.legend(fontsize=8)
    drawn.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=int, default=10_000, help="largest size that is built and certified")
    parser.add_argument("--data", default="iris,wine,breast_cancer", help="real data that are built, too")
    parser.add_argument("--formulas", default="digits", help="real data of which only the sizes are worked out")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw" / "parameters")
    options = parser.parse_args()
    lines, ratio = [], lattice_ratio_lower(LARGEST, FEATURES)
    with options.out.with_suffix(".jsonl").open("w", encoding="utf-8") as stream:
        named = [(name, True) for name in options.data.split(",") if name]
        named += [(name, False) for name in options.formulas.split(",") if name]
        tasks = [("cube", points_of(n), ratio, n <= options.build) for n in SIZES]
        for name, build in named:
            data = load(name)
            tasks.append((name, data, lattice_ratio_lower(data.n_samples, data.n_features), build))
        for name, data, wanted, build in tasks:
            lines.append(measured(name, data, wanted, build=build))
            stream.write(json.dumps(lines[-1]) + "\n")
            stream.flush()
            print(json.dumps(lines[-1]), flush=True)
    cubes = [line for line in lines if line["data"] == "cube"]
    for key in ("entries", "bits_per_weight", "total_bits"):
        print(key, exponents(cubes, key))
    figure(cubes, options.out.with_suffix(".svg"))


if __name__ == "__main__":
    main()
