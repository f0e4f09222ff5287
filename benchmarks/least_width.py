"""Raw measurement: the least width of digits at ratio 0.995 from both sides. 15 units are excluded, 16 are built.

Run `python benchmarks/least_width.py`; it writes a line for float32 and one for float64 to
`benchmarks/raw/least_width.jsonl`. The folds are read from `raw/least_width_folds.npz`: three folds of 14 linear units and
2 hinges, found by `logwidth.maps.folding` in steps that were begun one by one, about 80 seconds of one core. The command
with its default seed need not find as good ones. Nothing rests on how they were found: the network is certified from its
bytes and the data.
"""

import json
import platform
import time

import numpy as np

import logwidth as lw
from lines import RAW
from logwidth.certify import Outcome, certify, read_onnx
from logwidth.construct import Folds, Plan
from logwidth.construct.folded import build_folded
from logwidth.export import to_onnx
from logwidth.pipeline.lower import width_excluded
from logwidth.separation import target_of

RATIO = 0.995


def main() -> None:
    data = lw.load("digits")
    sep = lw.separation(data)
    radius = target_of(sep, ratio=RATIO).radius
    with np.load(RAW / "least_width_folds.npz", allow_pickle=False) as stored:
        parts = {name: stored[name] for name in stored.files}
    folds = Folds(**(parts | {"gap": float(parts["gap"])}))
    begin = time.process_time()
    proof = width_excluded(data, radius, 16, sep)
    needed = {"needed": 1 if proof is None else proof.width_lower}
    needed |= {"lower_cpu_seconds": round(time.process_time() - begin, 1)}
    with (RAW / "least_width.jsonl").open("w") as out:
        for dtype in ("float32", "float64"):
            balls = (data.points, data.labels, data.values, folds.P, radius, 2.0001 * radius, dtype)
            plan = Plan(*balls, share_cells=False, folds=folds)
            network = read_onnx(to_onnx(build_folded(plan).network, {})).network
            begin = time.perf_counter()
            found = certify(network, data, radius)
            row = {
                "data": "digits",
                "ratio": RATIO,
                "dtype": dtype,
                **needed,
                "built": network.width,
                "depth": network.depth,
            }
            row |= {
                "folds": len(folds.E),
                "certified": int((found.status == Outcome.CERTIFIED).sum()),
                "n_samples": data.n_samples,
            }
            row |= {"seconds": round(time.perf_counter() - begin, 1), "python": platform.python_version()}
            out.write(json.dumps(row | {"numpy": np.__version__}) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
