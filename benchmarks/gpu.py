"""Raw timings of `predict` on a GPU beside this machine's processor, as JSON lines; without a GPU it says so.

    python benchmarks/gpu.py RUN [--rows 100000] [--out benchmarks/raw/gpu.jsonl]

Rows are samples of the run's data with noise; labels must agree.
"""

import argparse
import json
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import logwidth as lw
from logwidth.certify import reload_data


def timed(work) -> tuple[float, np.ndarray]:
    work()  # first uses
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw" / "gpu.jsonl")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        sys.exit("no GPU is measured: torch is not installed")
    if not torch.cuda.is_available():
        sys.exit("no GPU is measured: torch sees none on this machine")
    run = lw.open_run(options.run)
    points, rng = reload_data(run.summary).points, np.random.default_rng(0)
    rows = points[rng.integers(0, len(points), options.rows)]
    rows = rows + rng.normal(size=rows.shape) * run.certificate.radius / np.sqrt(rows.shape[1])
    tensor = torch.tensor(rows, device="cuda")
    there, labels = timed(lambda: run.class_indices(tensor))
    here, expected = timed(lambda: run.class_indices(rows))
    row = {"device": torch.cuda.get_device_name(), "rows": options.rows, "n_pieces": run.summary["n_pieces"]}
    row |= {"gpu_seconds": there, "cpu_seconds": here, "cpus": os.cpu_count(), "same": bool((labels == expected).all())}
    row |= {"torch": torch.__version__, "logwidth": lw.__version__}
    row |= {"time": datetime.now(UTC).isoformat(timespec="seconds")}
    with options.out.open("a") as out:
        out.write(json.dumps(row) + "\n")
    print(row)


if __name__ == "__main__":
    main()
