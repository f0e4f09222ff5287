"""Raw two-sided radii of digits in parts that are kept and resumed: for runs that take an hour, or several processes.

    python benchmarks/attack_parts.py CASE --runs DIR --parts DIR [--backwards] [--out benchmarks/raw/attack_parts.jsonl]

A part is thirty samples: their radii, and the nearest input with another label along their steps. Several processes may
work on one folder, one of them from its end. Whoever finds all parts there replays every witness in a fresh onnxruntime
session, one input at a time, and appends a JSON line; with `--partial` also of those parts that are there.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np

import logwidth as lw
from attack import CASES, environment, run_of
from lines import add_line, options_of
from logwidth.attack.classifier import Classifier
from logwidth.attack.network_attack import AttackReport
from logwidth.attack.outside import NEAR_ONE, BoundarySearch, towards_others
from logwidth.certify import recognise, two_sided_radii
from logwidth.rounding import distance_upper

PARTS, WAYS = 60, 4


def part_of(run: lw.StoredRun, content: bytes, data: lw.Dataset, rows: np.ndarray) -> dict[str, np.ndarray]:
    """Both sides of some samples, CPU seconds and counts."""
    points, norm, started = data.points[rows], run.certificate.norm, time.process_time()
    values = data.values[data.labels[rows]]
    found = two_sided_radii(recognise(run.network), points, values, (run.certificate.radius, norm))
    proven = time.process_time()
    classifier = Classifier(content, data)
    search = BoundarySearch(classifier, points, data.labels[rows], norm)
    known = np.flatnonzero(np.abs(found.steps).max(axis=1) > 0)
    search.along(known, found.steps[known], NEAR_ONE)
    for i in np.flatnonzero(~np.isfinite(search.nearest.distance)):
        ways = towards_others(data.points, data.labels, int(rows[i]), norm, WAYS)
        search.along(np.full(len(ways), i), ways, np.arange(1, 33) / 32)
    pairs = zip(search.nearest.points, points, search.nearest.distance, strict=True)
    upper = np.array([distance_upper(w, x, norm) if np.isfinite(d) else np.inf for w, x, d in pairs])
    return {
        "rows": rows,
        "lower": found.radius_lower,
        "rl": found.rule_lower,
        "ru": found.rule_upper,
        "upper": upper,
        "witness": search.nearest.points,
        "cpu": np.array([proven - started, time.process_time() - proven]),
        "counts": np.array([found.solved, found.pairs, classifier.evaluations]),
    }


def work(name: str, options: argparse.Namespace, data: lw.Dataset) -> None:
    """Compute the parts that are not there."""
    run = run_of(name, options.runs, data)
    content = (options.runs / name / "network.onnx").read_bytes()
    parts = np.array_split(np.random.default_rng(0).permutation(data.n_samples), PARTS)
    options.parts.mkdir(parents=True, exist_ok=True)
    for k in reversed(range(PARTS)) if options.backwards else range(PARTS):
        path = options.parts / f"{k}.npz"
        if not path.exists():
            draft = options.parts / f"{k}.{os.getpid()}.tmp"
            with draft.open("wb") as stream:
                np.savez(stream, **part_of(run, content, data, parts[k]))
            draft.replace(path)
            print(name, k, flush=True)


def line_of(name: str, options: argparse.Namespace, data: lw.Dataset) -> dict[str, object]:
    """What the parts come to."""
    kept = [np.load(path) for path in sorted(options.parts.glob("*.npz"))]
    whole = {key: np.concatenate([part[key] for part in kept]) for key in ("rows", "lower", "rl", "ru", "upper", "witness")}
    cpu, counts = (np.sum([part[key] for part in kept], axis=0) for key in ("cpu", "counts"))
    summary, rows = lw.open_run(options.runs / name).summary, whole["rows"]
    classifier = Classifier((options.runs / name / "network.onnx").read_bytes(), data)
    known = np.flatnonzero(np.isfinite(whole["upper"]))
    again = sum(int(classifier.classes(whole["witness"][i : i + 1])[0] != data.labels[rows[i]]) for i in known)
    gap = AttackReport(
        0.0, 0, 0, 0, whole["lower"], whole["upper"], whole["witness"], np.zeros(len(rows), dtype=np.int64), {}
    ).gap
    return {
        "benchmark": "attack",
        "data": "digits",
        "case": name,
        **CASES[name],
        "construction": summary["construction"],
        "parts": f"{len(kept)} of {PARTS}",
        "evaluations": int(counts[2]),
        "samples": len(rows),
        "witnesses": len(known),
        "witnesses_replayed": again,
        "contradictions": int((whole["upper"] <= whole["lower"]).sum()),
        "gap_median": float(np.median(gap)),
        "gap_p90": float(np.quantile(gap, 0.9)),
        "gap_largest": float(gap.max()),
        "rule_gap_median": float(np.nanmedian(1 - whole["rl"] / whole["ru"])),
        "rule_points_missing": int(np.isnan(whole["ru"]).sum()),
        "radius_lower_median": float(np.median(whole["lower"])),
        "radius_upper_median": float(np.median(whole["upper"])),
        "programs_solved": int(counts[0]),
        "programs_skipped_share": 1 - int(counts[0]) / max(int(counts[1]), 1),
        "cpu_seconds_per_radius": float(cpu[0]) / len(rows),
        "cpu_seconds": float(cpu.sum()),
        **environment(),
    }


def main() -> None:
    parser = options_of(__doc__, "attack_parts")
    parser.add_argument("case", choices=list(CASES))
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--parts", type=Path, required=True)
    parser.add_argument("--backwards", action="store_true")
    parser.add_argument("--partial", action="store_true")
    options, data = parser.parse_args(), lw.load("digits")
    if not options.partial:
        work(options.case, options, data)
    line = line_of(options.case, options, data)
    add_line(options.out, line)


if __name__ == "__main__":
    main()
