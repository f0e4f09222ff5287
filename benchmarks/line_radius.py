"""Raw measurements: how the robust radius of the line network falls with the number of samples, on digits.

Run `python benchmarks/line_radius.py`; it writes one JSON object a line to `benchmarks/raw/line_radius.jsonl`, then the
figure `benchmarks/raw/line_radius.svg` from those lines, and prints the slopes. `radius_lower` is proven for every sample;
`radius_upper` is the distance of a witness: an input that the network labels unlike the sample it is near.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import logwidth as lw
from lines import RAW, versions
from logwidth.report.drawing import figure_bytes, new_figure

SIZES = (100, 150, 225, 340, 510, 770, 1160, 1797)
SEEDS = range(12)
VERSIONS = versions()
COLOURS = ("tab:red", "tab:blue", "tab:gray", "tab:green")


def witness_radius(run: lw.Run, data: lw.Dataset) -> float:
    """Return the distance of the nearest wrong label found along the line from the two ends of its narrowest gap."""
    direction = run.map.matrix[0] / np.linalg.norm(run.map.matrix[0])
    images = data.points @ direction
    order = np.argsort(images, kind="stable")
    opposite = np.flatnonzero(data.labels[order[1:]] != data.labels[order[:-1]])
    gaps = images[order[opposite + 1]] - images[order[opposite]]
    left, right = order[opposite[gaps.argmin()]], order[opposite[gaps.argmin()] + 1]
    return min(
        _crossing(run, data, int(left), direction * gaps.min()), _crossing(run, data, int(right), -direction * gaps.min())
    )


def _crossing(run: lw.Run, data: lw.Dataset, i: int, step: np.ndarray) -> float:
    value, low, high = data.values[data.labels[i]], 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        right = lw.evaluate(run.network, [data.points[i] + middle * step])[0, 0] == value
        low, high = (middle, high) if right else (low, middle)
    return float(high * np.linalg.norm(step))


def slope_of(rows: Sequence[Mapping[str, Any]], x: str, y: str) -> float:
    """Return the least-squares slope of `log y` against `log x`: the measured exponent.

    >>> slope_of([{"n": 1, "r": 3.0}, {"n": 10, "r": 0.03}], "n", "r")
    -2.0
    """
    log_x, log_y = (np.log([float(row[key]) for row in rows]) for key in (x, y))
    centred = log_x - log_x.mean()
    return float(round((centred @ log_y) / (centred @ centred), 12))


def scaling_figure(
    rows: Sequence[Mapping[str, Any]],
    axis: tuple[str, str],
    series: Sequence[tuple[str, str, str]],
    title: str,
) -> bytes:
    """Return the figure of keys of `rows` against the key `axis[0]`, on log axes, as the bytes of an .svg file.

    `series` lists `(key, name, marker)`; each gets the line of its slope, which its name states.
    """
    figure = new_figure(7.0, 4.5)
    axes = figure.subplots()
    x = np.array([float(row[axis[0]]) for row in rows])
    for (key, name, marker), colour in zip(series, COLOURS, strict=False):
        y = np.array([float(row[key]) for row in rows])
        slope = slope_of(rows, axis[0], key)
        axes.loglog(x, y, marker, color=colour, markersize=4, alpha=0.7, label=f"{name}, slope {slope:.2f}")
        level = np.exp(np.log(y).mean() - slope * np.log(x).mean())
        ends = np.array([x.min(), x.max()])
        axes.loglog(ends, level * ends**slope, "-", color=colour, linewidth=1)
    axes.set_xlabel(axis[1])
    axes.set_ylabel("radius σ")
    axes.set_title(title)
    axes.grid(alpha=0.3, which="both")
    axes.legend(fontsize=8)
    return figure_bytes(figure, ".svg")


def main() -> None:
    points, labels = load_digits(return_X_y=True)
    rows = []
    RAW.mkdir(exist_ok=True)
    with (RAW / "line_radius.jsonl").open("w") as out:
        for n in SIZES:
            data = lw.Dataset(points[:n], labels[:n])
            for seed in SEEDS:
                begin = time.perf_counter()
                run = lw.memorize(data, construction="line", rng=seed)
                s = run.summary
                row = {"data": "digits", "n_samples": n, "seed": seed, "width": s["width"], "depth": s["depth"]}
                row |= {"delta": s["delta"], "certified": s["certified"], "radius_lower": s["radius_lower_min"]}
                row |= {"radius_upper": witness_radius(run, data), "half_delta": s["delta"] / 2}
                row |= {"seconds": round(time.perf_counter() - begin, 3), **VERSIONS}
                rows.append(row)
                out.write(json.dumps(row) + "\n")
                out.flush()
    for key in ("radius_lower", "radius_upper"):
        print(key, "slope", round(slope_of(rows, "n_samples", key), 3))
    series = [
        ("radius_upper", "witnessed", "v"),
        ("radius_lower", "proven", "o"),
        ("half_delta", "largest possible, δ/2", "x"),
    ]
    (RAW / "line_radius.svg").write_bytes(
        scaling_figure(rows, ("n_samples", "samples N"), series, "robust radius of the line network on digits")
    )


if __name__ == "__main__":
    main()
