"""Raw measurements of the main job on digits: seconds per stage, as JSON lines.

    python benchmarks/main_job.py [--repeats 3] [--out benchmarks/raw/main_job.jsonl]

Separation against a plain float32 GEMM pass over the same pairs is measured by benchmarks/separation.py.
"""

import argparse
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import logwidth as lw

REQUESTS = [
    {"data": "digits", "ratio": 0.99},
    {"data": "digits", "ratio": 0.99, "width": 18},
    {"data": "digits", "ratio": 0.9},
    {"data": "digits", "ratio": 0.68},
]
KEPT = ("construction", "map_rank", "map_ratio_lower", "width", "depth", "n_nonzero", "certified", "undecided", "seconds")


def environment() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        **{name: version(name) for name in ("logwidth", "numpy", "scipy", "onnx", "onnxruntime")},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "raw" / "main_job.jsonl")
    options = parser.parse_args()
    lines = []
    for repeat in range(options.repeats):
        for request in REQUESTS:
            arguments = {name: value for name, value in request.items() if name != "data"}
            run = lw.memorize(lw.load(request["data"]), **arguments, rng=0)
            measured = {name: run.summary[name] for name in KEPT}
            lines.append({"benchmark": "main_job", "repeat": repeat, **request, "seed": 0, **measured, **environment()})
            print({**request, **{stage: round(seconds, 3) for stage, seconds in run.summary["seconds"].items()}})
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text("".join(json.dumps(line) + "\n" for line in lines))


if __name__ == "__main__":
    main()
