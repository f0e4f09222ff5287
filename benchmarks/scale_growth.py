"""Metrics and figure: growth exponents of the stages of `fit` from the raw lines of `benchmarks/scale.py`.

    python benchmarks/scale_growth.py [--noise 0.25] [--raw benchmarks/raw/scale.jsonl] [--out benchmarks/raw/scale]

The exponent of a stage is the slope of log CPU seconds against log N, by least squares over all sizes and, in `ends`,
between the smallest and the largest. Where a stage takes less than a hundredth of a second there is none. Writes OUT.json
and OUT.svg.
"""

import argparse
import json
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("svg")
from matplotlib import pyplot as plt

LEAST = 0.01


def latest(path: Path, noise: float) -> list[dict]:
    """Return the last line of every size at a noise, by size."""
    lines = [row for row in map(json.loads, path.read_text().splitlines()) if row["noise"] == noise]
    return [row for _, row in sorted({row["n_samples"]: row for row in lines}.items())]


def growth(rows: list[dict]) -> dict[str, dict[str, float]]:
    found = {}
    for stage in rows[-1]["stages"]:
        points = [(row["n_samples"], row["stages"][stage]["cpu_seconds"]) for row in rows if stage in row["stages"]]
        n, seconds = np.array([point for point in points if point[1] >= LEAST]).reshape(-1, 2).T
        if len(n) > 1:
            x, y = np.log(n), np.log(seconds)
            ends = (y[-1] - y[0]) / (x[-1] - x[0])
            found[stage] = {"exponent": round(float(np.polyfit(x, y, 1)[0]), 2), "ends": round(float(ends), 2)}
    return found


def figure(rows: list[dict], exponents: dict[str, dict[str, float]], path: Path) -> None:
    drawn, (left, right) = plt.subplots(1, 2, figsize=(12.5, 4.6), constrained_layout=True)
    n = [row["n_samples"] for row in rows]
    for stage, slopes in exponents.items():
        seconds = [row["stages"][stage]["cpu_seconds"] for row in rows]
        left.loglog(n, seconds, "o-", label=f"{stage}, N^{slopes['exponent']:.2f}")
    left.set(xlabel="samples N", ylabel="CPU seconds", title="What a stage costs")
    left.legend(fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    peaks = [max(stage["peak_rss_bytes"] or 0 for stage in row["stages"].values()) / 2**30 for row in rows]
    right.semilogx(n, peaks, "o-", label="peak resident memory")
    right.semilogx(n, [8.0 * 32 * count / 2**30 for count in n], "--", label="the points in double precision")
    right.set(xlabel="samples N", ylabel="GiB", title="Memory")
    right.legend(fontsize=8)
    drawn.savefig(path)


def main() -> None:
    raw = Path(__file__).parent / "raw"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, default=raw / "scale.jsonl")
    parser.add_argument("--noise", type=float, default=0.1)
    parser.add_argument("--out", type=Path, default=raw / "scale")
    options = parser.parse_args()
    rows = latest(options.raw, options.noise)
    exponents = growth(rows)
    table = [
        {name: row[name] for name in ("n_samples", "noise", "map_rank", "width", "n_pieces", "certified", "check_passed")}
        | {"seconds": round(sum(stage["seconds"] for stage in row["stages"].values()), 1)}
        | {"cpu_seconds": round(sum(stage["cpu_seconds"] for stage in row["stages"].values()), 1)}
        | {"peak_rss_gib": round(max(stage["peak_rss_bytes"] or 0 for stage in row["stages"].values()) / 2**30, 2)}
        for row in rows
    ]
    options.out.with_suffix(".json").write_text(json.dumps({"exponents": exponents, "rows": table}, indent=1) + "\n")
    figure(rows, exponents, options.out.with_suffix(".svg"))
    print(json.dumps(exponents, indent=1))


if __name__ == "__main__":
    main()
