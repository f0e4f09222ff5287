"""Raw measurements of the attack on digits, as JSON lines: two-sided radii, witnesses, evaluations inside certified balls.

    python benchmarks/attack.py [--evaluations 10000000] [--only l2] [--runs DIR] [--out benchmarks/raw/attack.jsonl]

Every witness is replayed in a fresh onnxruntime session. `l2`, `linf narrow` and `linf register` are the cases of 10⁷
evaluations; the others take 10⁵. Runs are built anew unless DIR holds one of the case's name.
"""

import os
import platform
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnxruntime

import logwidth as lw
from lines import add_line, options_of
from logwidth.attack.network_attack import attack_network
from logwidth.attack.run import target_of_run

CASES = {
    "l2": {"ratio": 0.99},
    "l2 float64": {"ratio": 0.99, "dtype": "float64"},
    "linf": {"ratio": 0.99, "norm": "inf"},
    "linf narrow": {"ratio": 0.25, "norm": "inf", "width": 20},
    "linf register": {"ratio": 0.25, "norm": "inf", "construction": "register"},
    "l1": {"ratio": 0.9, "norm": 1},
}
MANY = ("l2", "linf narrow", "linf register")


def environment() -> dict[str, object]:
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        **{name: version(name) for name in ("logwidth", "numpy", "scipy", "onnx", "onnxruntime")},
    }


def replayed(folder: Path, report: lw.AttackReport, data: lw.Dataset, dtype: str) -> int:
    """How many witnesses give another label in a session of their own, one input at a time."""
    session = onnxruntime.InferenceSession(folder / "network.onnx")
    rows = np.flatnonzero(np.isfinite(report.radius_upper))
    outputs = [float(session.run(None, {"X": report.witnesses[i : i + 1].astype(dtype)})[0][0, 0]) for i in rows]
    nearest = np.argmin(np.abs(np.array(outputs)[:, None] - data.values[None, :]), axis=1)
    return int((nearest != data.labels[rows]).sum())


def run_of(name: str, folder: Path, data: lw.Dataset) -> lw.StoredRun:
    """The run of a case, from `folder` if it is there."""
    if not (folder / name / "summary.json").exists():
        lw.memorize(data, **CASES[name], rng=0).save(folder / name)
    return lw.open_run(folder / name)


def measure(name: str, evaluations: int, folder: Path) -> dict[str, object]:
    data, request = lw.load("digits"), CASES[name]
    run = run_of(name, folder, data)
    started = time.perf_counter()
    target = target_of_run(folder / name, data)
    proven = time.perf_counter()
    report = attack_network(target, evaluations=evaluations, rng=0)
    attacked = time.perf_counter()
    again = replayed(folder / name, report, data, run.summary["dtype"])
    rule = report.details
    return {
        "benchmark": "attack",
        "data": "digits",
        "case": name,
        **request,
        "construction": run.summary["construction"],
        "evaluations": report.evaluations,
        "evaluations_inside": report.inside,
        "label_changes": report.label_changes,
        "samples": data.n_samples,
        "witnesses": int(np.isfinite(report.radius_upper).sum()),
        "witnesses_replayed": again,
        "gap_median": float(np.median(report.gap)),
        "gap_p90": float(np.quantile(report.gap, 0.9)),
        "rule_gap_median": float(np.nanmedian(1 - rule["rule_lower"] / rule["rule_upper"])),
        "radius_lower_median": float(np.median(report.radius_lower)),
        "radius_upper_median": float(np.median(report.radius_upper)),
        "programs_solved": report.solved,
        "programs_skipped_share": 1 - report.solved / max(report.pairs, 1),
        "seconds_per_radius": (proven - started) / data.n_samples,
        "seconds": attacked - started,
        **environment(),
    }


def main() -> None:
    parser = options_of(__doc__, "attack")
    parser.add_argument("--evaluations", type=int, default=10**7)
    parser.add_argument("--only", choices=list(CASES), action="append")
    parser.add_argument("--runs", type=Path, help="folder of runs, one per case")
    options = parser.parse_args()
    for name in options.only or CASES:
        with tempfile.TemporaryDirectory() as folder:
            line = measure(name, options.evaluations if name in MANY else 10**5, options.runs or Path(folder))
        add_line(options.out, line)


if __name__ == "__main__":
    main()
