"""What lattices store: the largest ratios at which one exists on real data, bits beside other ways, and growth with N.

    python benchmarks/lattice.py real [--data iris,wine,breast_cancer,digits] [--mnist mnist_train.npz --rows 1000]
    python benchmarks/lattice.py growth [--sizes 100,1000,10000,100000] [--build 10000]
    python benchmarks/lattice.py beside --sizes 100,300 --data table.npz [--others lattice,boxes]

`real` finds by bisection the largest ratio in l2 at which walls leave no cell with two labels: along the features, along all
directions that the builder tries, in float32 and float64; and beside them that of a tree, whose walls need to stay clear of
the balls of their own branch only. Then it builds at nine tenths of the float32 ratio what `--others` names, all certified.
`growth` takes N different whole points of a cube in four dimensions, three in four of its points, in two classes at random,
at ratio 0.5. Up to `--build` networks are built and certified, beyond walls and words are chosen and counted: entries are
then about the formula's. `free_entries` is what words of any length would take: the square root of the theorems.
`beside` builds small cubes, and tables in l-infinity at 0.99, in other ways too.
Raw lines go to standard output, one JSON object each, with CPU seconds and the load of the machine.
"""

import argparse
import json
import math
import os
import time
from collections.abc import Iterator
from importlib.metadata import version

import numpy as np

import logwidth as lw
from logwidth.construct import LATTICE, Plan
from logwidth.construct.lattice.build import designed
from logwidth.construct.lattice.choice import Gaps, cells_of
from logwidth.construct.lattice.memory import RUN_ENTRIES, WORD_ENTRIES, Runs, Words
from logwidth.construct.lattice.separating import largest_radius, pools
from logwidth.errors import InputError
from logwidth.separation import separation
from logwidth.theory.parameters import counting_bits, lattice_cost

FEATURES, FLOAT_BITS = 4, 32
OTHERS = "lattice,register,smallest,list,cells,boxes"


def plan_of(data: lw.Dataset, ratio: float, dtype: str = "float32") -> Plan:
    delta = separation(data).lower
    eye = np.eye(data.n_features)
    return Plan(data.points, data.labels, data.values, eye, ratio * delta / 2, delta, dtype)


def tree_separates(images: np.ndarray, labels: np.ndarray, clear: np.ndarray) -> bool:
    """Whether walls that stay clear of the balls of their own branch alone leave no cell with two labels.

    Every wall that a branch allows is taken: that cannot stand in the way of others.
    """
    left = [np.arange(len(labels))]
    while left:
        rows = left.pop()
        if len(np.unique(labels[rows])) == 1:
            continue
        cells = cells_of(Gaps.of(images[rows], clear, np.zeros(len(clear))).below)
        if cells.max() == 0:
            return False
        left += [rows[cells == cell] for cell in range(int(cells.max()) + 1)]
    return True


def largest_tree(data: lw.Dataset, steps: int = 12) -> float:
    """The largest ratio, about, at which a tree along the features exists, without roundings."""
    low, high, delta = 0.0, 1.0, separation(data).lower
    for _ in range(steps):
        middle = (low + high) / 2
        clear = np.full(data.n_features, middle * delta / 2)
        low, high = (middle, high) if tree_separates(data.points, data.labels, clear) else (low, middle)
    return low


def reachable(data: lw.Dataset) -> dict:
    """The largest ratios at which lattices exist, by format and directions; None where there is none."""
    found = {}
    for dtype in ("float32", "float64"):
        plan = plan_of(data, 0.5, dtype)
        for name, rows in zip(("features", "all"), pools(plan), strict=False):
            radius = largest_radius(plan, rows)
            found[f"{dtype} {name}"] = None if radius is None else 2 * radius / plan.distance
    return found


def real(options: argparse.Namespace) -> Iterator[dict]:
    names = [name for name in options.data.split(",") if name]
    sets = [lw.load(name) for name in names]
    if options.mnist:
        whole = lw.load(options.mnist)
        rows = np.arange(whole.n_samples)[:: max(1, whole.n_samples // options.rows)][: options.rows]  # sorted by label
        sets.append(lw.Dataset(whole.points[rows], whole.labels[rows], name=f"mnist {options.rows}"))
    for data in sets:
        begin, found = time.process_time(), reachable(data)
        limit = max(found["float32 features"] or 0.0, found["float32 all"] or 0.0)
        paper = 1 / (5 * data.n_samples * math.sqrt(data.n_features))
        line = {
            "part": "ratios", "data": data.name, "n_samples": data.n_samples, "n_features": data.n_features,
            "largest_ratio": found, "tree_ratio": largest_tree(data), "paper_ratio": paper,
            "counting_bits": counting_bits(data.n_samples, data.n_classes), "cpu_seconds": time.process_time() - begin,
        }  # fmt: skip
        yield line
        ratio = float(f"{options.share * limit:.2g}")
        for name in options.others.split(","):
            yield built(data, name, ratio)


def built(data: lw.Dataset, name: str, ratio: float, norm: object = 2) -> dict:
    begin = time.process_time()
    asked = {"smallest": True} if name == "smallest" else {"construction": name}
    line = {"part": "built", "data": data.name, "construction": name, "ratio": ratio, "norm": str(norm)}
    try:
        run = lw.memorize(data, ratio=ratio, norm=norm, **asked)
    except InputError as refused:
        return line | {"refused": str(refused)[:200], "cpu_seconds": time.process_time() - begin}
    keys = ("width", "depth", "n_nonzero", "n_entries", "total_bits", "map_rank", "n_pieces", "dtype", "certified")
    return line | {key: run.summary[key] for key in keys} | {"cpu_seconds": time.process_time() - begin}


def cube(n: int) -> lw.Dataset:
    rng, side = np.random.default_rng(n), math.ceil((4 * n / 3) ** (1 / FEATURES))
    chosen = rng.choice(side**FEATURES, n, replace=False)
    points = np.stack(np.unravel_index(chosen, (side,) * FEATURES), axis=1).astype(float)
    return lw.Dataset(points, rng.permutation(np.arange(n) % 2), name=f"cube {n}")


def growth(options: argparse.Namespace) -> Iterator[dict]:
    for n in (int(size) for size in options.sizes.split(",")):
        data, begin = cube(n), time.process_time()
        eye = np.eye(FEATURES)
        plan = Plan(data.points, data.labels, data.values, eye, 0.25 * (1 - 2.0**-20), 1.0, "float32")
        line = {"part": "growth", "data": data.name, "n_samples": n, "ratio": 0.5, "counting_bits": counting_bits(n, 2)}
        if n <= options.build:
            made = LATTICE.build(plan)
            proof = lw.certify(made.network, data, plan.radius)
            line |= {"built_entries": made.network.n_entries, "n_nonzero": made.network.n_nonzero}
            line |= {"depth": made.network.depth, "width": made.network.width, "certified": int((proof.status == 0).sum())}
        design = designed(plan)
        memory = design.keys.memory
        line |= {
            "walls": len(design.walls), "memory": type(memory).__name__.lower(), "memory_entries": memory.entries,
            "words": len(memory.words) if isinstance(memory, Words) else None,
            "entries_about": design.entries,
        }  # fmt: skip
        line |= {"total_bits": FLOAT_BITS * line.get("built_entries", line["entries_about"])}
        line |= free_bits(plan, data) | {"published_bits": lattice_cost(n, FEATURES, 1e-7, 2, 2.0 * n**0.25).total_bits}
        yield line | {"cpu_seconds": time.process_time() - begin}


def free_bits(plan: Plan, data: lw.Dataset) -> dict:
    """What words of any length would take on the same keys, in mixed radix: the best length and its entries."""
    side = int(data.points.max()) + 1
    keys = (data.points @ (float(side) ** np.arange(FEATURES))).astype(np.int64)
    order = np.argsort(keys)
    runs = Runs.of(keys[order], plan.labels[order])
    best = (RUN_ENTRIES * len(runs.starts), 1)
    for bits in {int(2.0**k) for k in np.arange(1, 13, 0.5)}:
        words = 1 + (side**FEATURES - 1) // bits
        best = min(best, (WORD_ENTRIES * (words - 1) + 60 * bits, bits))
    return {"free_entries": best[0], "free_bits_per_weight": best[1]}


def beside(options: argparse.Namespace) -> Iterator[dict]:
    """Cubes in l2 at ratio 0.5, and tables in l-infinity at 0.99, built in other ways too."""
    for n in (int(size) for size in options.sizes.split(",") if size):
        for name in options.others.split(","):
            yield built(cube(n), name, 0.5)
    for path in (path for path in options.data.split(",") if path.endswith(".npz")):
        data = lw.load(path)
        for name in options.others.split(","):
            yield built(data, name, 0.99, "inf")


PARTS = {"real": real, "growth": growth, "beside": beside}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=tuple(PARTS))
    parser.add_argument("--data", default="iris,wine,breast_cancer,digits")
    parser.add_argument("--mnist", default="")
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--others", default=OTHERS)
    parser.add_argument("--share", type=float, default=0.9)
    parser.add_argument("--sizes", default="100,300,1000,3000,10000,30000,100000")
    parser.add_argument("--build", type=int, default=10_000)
    options = parser.parse_args()
    for line in PARTS[options.part](options):
        line |= {"load": os.getloadavg()[0], "version": version("logwidth")}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
