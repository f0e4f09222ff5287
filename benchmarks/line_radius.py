"""Raw measurements: how the robust radius of the line network falls with the number of samples, on digits.

Run `python benchmarks/line_radius.py`; it writes one JSON object a line to `benchmarks/raw/line_radius.jsonl`, then the
figure `benchmarks/raw/line_radius.svg` from those lines, and prints the slopes. `radius_lower` is proven for every sample;
`radius_upper` is the distance of a witness: an input that the network labels unlike the sample it is near.
"""

import json
import platform
import time
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import logwidth as lw
from logwidth.report import scaling_figure, slope_of

SIZES = (100, 150, 225, 340, 510, 770, 1160, 1797)
SEEDS = range(12)
VERSIONS = {"python": platform.python_version(), "numpy": np.__version__}
RAW = Path(__file__).parent / "raw"


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
        scaling_figure(rows, ("n_samples", "samples N"), series, "robust radius of the line network on digits", ".svg")
    )


if __name__ == "__main__":
    main()
