"""Raw timings of separation and of `predict` on a GPU beside the processor, as JSON lines; without one it says so.

    python benchmarks/gpu.py RUN [--rows 100000] [--device cuda] [--out benchmarks/raw/gpu.jsonl]

Separation is that of the run's data, with per-sample distances: every number must agree. Rows to predict are samples with
noise: labels must agree. `--device cpu` tries the script out where there is no GPU.
"""

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import logwidth as lw
from lines import add_line, options_of
from logwidth.certify import reload_data


def timed(work) -> tuple[float, object]:
    """Return the seconds of the second call, and what it returns."""
    work()  # first uses
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def separation_row(data: lw.Dataset, device: str) -> dict:
    """Return both times of a separation, and whether all bounds and neighbours are the same."""
    here, expected = timed(lambda: lw.separation(data))

    def elsewhere() -> lw.Separation:
        with lw.device_of(device):
            return lw.separation(data)

    there, found = timed(elsewhere)
    fields = ("lower", "upper", "pair", "sample_lower", "sample_upper", "neighbor")
    same = all(np.array_equal(getattr(found, name), getattr(expected, name)) for name in fields)
    return {"task": "separation", "n": data.n_samples, "d": data.n_features, "gpu": there, "cpu": here, "same": same}


def predict_row(run: lw.StoredRun, data: lw.Dataset, count: int, device: str) -> dict:
    """Return both times of the labels of many rows, and whether these are the same."""
    import torch

    rng = np.random.default_rng(0)
    rows = data.points[rng.integers(0, data.n_samples, count)]
    rows = rows + rng.normal(size=rows.shape) * run.certificate.radius / np.sqrt(rows.shape[1])
    tensor = torch.tensor(rows, device=device)
    there, labels = timed(lambda: run.class_indices(tensor))
    here, expected = timed(lambda: run.class_indices(rows))
    row = {"task": "predict", "rows": count, "n_pieces": run.summary["n_pieces"], "gpu": there, "cpu": here}
    return row | {"same": bool((labels == expected).all())}


def main() -> None:
    parser = options_of(__doc__, "gpu")
    parser.add_argument("run", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--device", default="cuda")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("no GPU is measured: torch is not installed")
    gpu = options.device != "cpu"
    if gpu and not torch.cuda.is_available():
        sys.exit("no GPU is measured: torch sees none on this machine")
    run = lw.open_run(options.run)
    data = reload_data(run.summary)
    about = {"device": torch.cuda.get_device_name() if gpu else "cpu", "cpus": os.cpu_count()}
    about |= {"torch": torch.__version__, "logwidth": lw.__version__}
    for measure in (
        lambda: separation_row(data, options.device),
        lambda: predict_row(run, data, options.rows, options.device),
    ):
        row = about | measure() | {"time": datetime.now(UTC).isoformat(timespec="seconds")}
        add_line(options.out, row)


if __name__ == "__main__":
    main()
