"""Write the tables of docs/performance.md from benchmarks/raw: no number is typed by hand.

    python tools/performance.py docs/_generated/performance.md

A table takes the lines of one raw file, groups those that agree in `keys`, and shows the median of each `values` column; of
bounds (≥, ≤) the one that holds for the whole group, rounded to its safe side. Raw files that no table describes are listed
with their number of lines.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context
from pathlib import Path
from statistics import median
from typing import Any

RAW = Path(__file__).parents[1] / "benchmarks" / "raw"
Row = Mapping[str, Any]
SINCE = {"codebook-million": "2026-12-01T00", "letter-in-16": "2026-12-01T13:10"}
"""Since when lines beside an earlier build are of a build like this one."""


@dataclass(frozen=True)
class Table:
    """What is shown of a raw file: `keys` tell rows apart, `values` maps columns to headings."""

    file: str
    title: str
    says: str
    keys: Mapping[str, str]
    values: Mapping[str, str]
    keep: Callable[[Row], bool] = field(default=lambda _row: True)


TABLES = [
    Table(
        "mnist_fit.jsonl", "MNIST as one network",
        "The 60,000 training images (784 features), ℓ2, float32, a greedy cover of the samples as pieces, end to end: separation, map,"
        " cover, network, ONNX bytes, certificate."
        " Times beside faiss that stood here were taken where its BLAS had a kernel without AVX; they are withdrawn. "
        "Lines are of several versions.",
        {"ratio": "ratio 2σ/δ", "map_rank": "rank"},
        {"width": "width", "depth": "depth", "n_pieces": "pieces", "certified": "certified", "fit_seconds": "s", "fit_cpu_seconds": "processor, s",
         "peak_rss_bytes": "peak memory, bytes"},
    ),
    Table(
        "ceiling.jsonl", "What a rank can keep",
        "Handwritten digits (1,797 × 64), ℓ2: the ratio 2σ/δ that a found map keeps, proven for the map, and the one that a dual"
        " certificate excludes for every map of that rank.",
        {"rank": "rank"}, {"ratio_found": "kept ≥", "ratio_excluded": "possible ≤", "seconds": "search, s", "proof_seconds": "proof, s"},
    ),
    Table(
        "maps.jsonl", "Maps",
        "Digits, ℓ2, one seed: what a random projection, PCA and the search keep at a rank, all proven for the map at hand.",
        {"rank": "rank", "method": "method"}, {"ratio_lower": "kept ≥", "seconds": "s"},
        lambda row: row["method"] != "smallest_rank" and row["rank"] in (4, 8, 12, 16),
    ),
    Table(
        "features.jsonl", "Rows for other norms",
        "Digits: the fewest unit-dual-norm rows found to keep a ratio, by method. *at least* bounds what coordinates alone can do: proven for `lp`, claimed by a solver for `milp`.",
        {"norm": "norm", "wanted_ratio": "ratio", "method": "method"}, {"rows": "rows", "at_least": "at least", "seconds": "s"},
    ),
    Table(
        "compare.jsonl", "The constructions side by side",
        "Digits, all samples as pieces. *certified* is the share of samples whose ball is proven; of a trained network it is a"
        " lower bound. µs per prediction in batches of 256.",
        {"ratio": "ratio", "construction": "construction", "dtype": "format"},
        {"width": "width", "depth": "depth", "n_nonzero": "weights", "certified_fraction": "certified ≥", "seconds_build": "build, s",
         "seconds_certify": "certify, s", "microseconds": "µs"},
        lambda row: row["status"] == "built",
    ),
    Table(
        "pieces.jsonl", "Fewer pieces",
        "Digits, ℓ2: a greedy cover of the samples, pieces moved on the same map, and pieces moved with their map (*least*). No cover by samples on"
        " that map has fewer than *cover ≥*, no network of scores with the row's first layer fewer than *any ≥* (T12).",
        {"ratio": "ratio", "width": "width", "kind": "kind"},
        {"n_pieces": "pieces", "cover_lower": "cover ≥", "pieces_lower": "any ≥", "certified": "certified", "seconds": "s"},
    ),
    Table(
        "pieces_norms.jsonl", "Fewer pieces in other norms",
        "Digits at ratio 0.5: scores of all features against cells (there a piece is a halfspace).",
        {"norm": "norm", "ratio": "ratio", "kind": "kind"},
        {"width": "width", "depth": "depth", "n_pieces": "pieces", "n_nonzero": "weights", "certified": "certified", "seconds": "s"},
    ),
    Table(
        "smallest.jsonl", "The fewest weights",
        "Digits, ℓ2: `fit --smallest`; seconds are those of the whole job, on a machine shared with five others.",
        {"ratio": "ratio", "map_rank": "rank"},
        {"n_nonzero": "weights", "n_pieces": "pieces", "width": "width", "depth": "depth", "certified": "certified", "seconds": "s"},
    ),
    Table(
        "pareto.jsonl", "Width against depth",
        "`logwidth compare digits --ratio 0.99 --pareto`: networks of the same cover, all certified in float32.",
        {"construction": "built", "width": "width"},
        {"depth": "depth", "lanes": "lanes", "n_nonzero": "weights", "n_pieces": "pieces", "certified": "certified", "certified_radius": "radius ≥"},
    ),
    Table(
        "order.jsonl", "Order and scaling of pieces",
        "Digits under a map of rank 16, all samples as pieces, float32, asked for 0.9999: how far the proven ratio stays below 1, with one choice of the builder undone.",
        {"variant": "variant"}, {"undecided": "undecided", "lost": "lost ≤"},
        lambda row: row["ratio"] == 0.9999,
    ),
    Table(
        "accuracy.jsonl", "Held-out rows",
        "Fitted to 80 % of the rows, all certified; the other 20 % read by the network and by 1-NN in all features. Nothing is promised there.",
        {"data": "data", "ratio": "ratio", "width": "width"},
        {"n_pieces": "pieces", "accuracy": "accuracy", "one_nn": "1-NN", "agree": "same label", "n_held_out": "rows"},
    ),
    Table(
        "attack.jsonl", "Two-sided radii",
        "Digits at ratio 0.99: attacks inside certified balls in onnxruntime, and the median gap between the proven radius and the"
        " nearest input known to get another label.",
        {"case": "case"},
        {"evaluations_inside": "inputs inside", "label_changes": "label changes", "gap_median": "gap (median)", "gap_p90": "gap (90 %)",
         "seconds": "s"},
    ),
    Table(
        "runtimes.jsonl", "Certified files in other runtimes",
        "Certified samples, and 20,000 worst points of their balls, that get another label; what survives of the 24 significant bits of a"
        " value and of a weight; *chain* is the run's file, *scan* and *fused* the same network in two other forms. What it means and which"
        " setting mends it: [Where it runs](runtimes.md). The processor had instructions for bfloat16.",
        {"runtime": "runtime", "version": "version", "settings": "settings", "run": "run", "form": "form"},
        {"samples_wrong": "samples", "points_wrong": "points", "value_bits": "value bits", "weight_bits": "weight bits", "refused": "refused"},
    ),
    Table(
        "workers.jsonl", "Workers on one machine",
        "The same work by one process and by two Dask workers on the same two cores, in turns, on a quiet machine:"
        " compare within a row. Separation uses threads otherwise, exact radii one thread. What was found agrees bit by bit.",
        {"work": "work", "workers": "workers"},
        {"seconds": "alone, s", "workers_seconds": "workers, s", "ratio": "ratio", "start_seconds": "start, s"},
    ),
    Table(
        "separation.jsonl", "All opposite pairs",
        "Finding δ and every sample's own distance with proof, beside plain float32 matrix products over the same pairs (which prove"
        " nothing), scikit-learn's neighbours and faiss's `IndexFlatL2`; medians. MNIST: one run, in which all libraries multiply with kernels"
        " of one class, on a busy machine: compare seconds of the processor. The floor of the separation is one product of the sketch:"
        " 1.62·10⁹ opposite pairs in 83 of 786 columns are 2.7·10¹¹ operations, about 3 s of a core at 90·10⁹ a second.",
        {"data": "data", "method": "method"}, {"seconds": "s", "cpu_seconds": "processor, s", "peak_rss_bytes": "peak memory, bytes"},
        lambda row: row["data"] != "mnist" or "cpu_seconds" in row,
    ),
    Table(
        "maps_mnist.jsonl", "MNIST",
        "60,000 × 784, rank 24: the search for a map, the certificate of its ceiling, and exact neighbours by faiss's `IndexFlatL2`"
        " (*scaled from*: measured on so many rows and scaled up).",
        {"method": "method", "scaled_from": "scaled from"},
        {"ratio_lower": "kept ≥", "ratio_upper": "possible ≤", "seconds": "s", "peak_rss_bytes": "peak memory, bytes"},
    ),
    Table(
        "maps_pymanopt.jsonl", "Beside a general optimiser",
        "Digits: this search and pymanopt's on the same soft minimum, medians over its starts.",
        {"rank": "rank", "method": "method"}, {"ratio": "kept (median)", "seconds": "s (median)"},
    ),
    Table(
        "verifiers.jsonl", "Verifiers on 60 boxes with proven answers",
        "Counts of verdicts; [Verification benchmarks](benchmarks.md) says what they mean and which were examined.",
        {"tool": "tool", "verdict": "verdict", "answer": "truth"}, {"seconds": "s (median)"},
    ),
    Table(
        "mutation.jsonl", "Planted faults",
        "Faults planted in builder, certificate and checkers, one at a time, and whether the tests caught them"
        " ([soundness](soundness.md)).",
        {"outcome": "outcome"}, {"seconds": "s until caught (median)"}, lambda row: "mutant" in row,
    ),
    Table(
        "line_radius.jsonl", "The contrast that is not robust",
        "Digits on a random line, width 3: the proven and the refuted radius, medians over seeds.",
        {"n_samples": "samples"}, {"half_delta": "δ/2", "radius_lower": "proven", "radius_upper": "refuted", "depth": "depth"},
        lambda row: row["data"] == "digits",
    ),
    Table(
        "parameters.jsonl", "The published √N memorizer in exact numbers",
        "`cube`: whole points of a cube in four dimensions at ratio 10⁻⁷; others at the largest ratio that the theorem serves. Up to"
        " 10,000 samples every network was built and every ball of it certified; beyond, sizes are by formula. Entries and bits of a"
        " register with one piece a sample stand beside it (`docs/theory/parameters.md`).",
        {"data": "data", "n_samples": "samples", "ratio": "ratio 2σ/δ"},
        {"cells": "cells an axis", "key_bits": "bits a key", "depth": "depth", "entries": "entries", "bits_per_weight": "bits a number",
         "total_bits": "bits in all", "register_entries": "register: entries", "register_bits": "register: bits",
         "cpu_seconds": "CPU s"},
    ),
    Table(
        "beside.jsonl", "This build beside an earlier one",
        "`fit` from start to end, both builds in one environment, so that they multiply with the same kernels: *then* is commit dfc6f0a."
        " Seconds of processor until the network is certified, of `check` on the run, of `predict` on 200,000 rows near samples (MNIST: 10,000),"
        " and of an argmax over the same scores by plain products; the machine was busy, so no wall-clock times. Peak memory less that of the"
        " program, in copies of the points, tables included. `letter`: 20,000 points of 16 integers in 26 classes; `letter-in-16`: in the width that *then* needed.",
        {"job": "job", "side": "build"},
        {"width": "width", "depth": "depth", "n_pieces": "pieces", "certified": "certified", "cpu_seconds": "fit, s",
         "check_cpu": "check, s", "predict_cpu": "predict, s", "product_cpu": "argmax, s", "peak_rss_bytes": "peak memory, bytes",
         "copies": "copies of the points"},
        lambda row: row["time"] > SINCE.get(row["job"], "2026-12-01T12:30"),  # of earlier builds the lines are kept, not shown
    ),
    Table(
        "scale.jsonl", "As the number of samples grows",
        "Clouds with noise 0.25 around 1,000 points in 32 features (`codebook:n=N`), ratio 0.9, one run a size, on a machine shared with others:"
        " seconds of processor by stage. Floors, on a core of 9·10¹⁰ operations a second. Separation: one product for all opposite pairs, N²/2 · 68"
        " operations: 0.04 s at 10⁴, 4 s at 10⁵. Map: a look at all pairs compares samples with 1,000 blocks, 2,000 N k operations at rank k: 0.06 s"
        " at 10⁵ and rank 29; a search takes some 15 to 30 looks, and between them scans of the samples it climbs on. Certificate: every ball against"
        " every piece once, 2,000 N k operations, 0.07 s at 10⁵ and rank 29. Network, file and data: each number written once. Lines before"
        " 2026-11-30 are of builds that told blocks apart by balls alone and ended searches later.",
        {"n_samples": "samples", "time": "measured"},
        {"map_rank": "rank", "width": "width", "depth": "depth", "n_pieces": "pieces", "certified": "certified", "separation_cpu": "separation, s",
         "map_cpu": "map, s", "pieces_cpu": "pieces, s", "construction_cpu": "network, s", "certification_cpu": "certificate, s",
         "check_cpu": "check, s", "peak_rss_bytes": "peak memory, bytes"},
        lambda row: row["noise"] == 0.25,
    ),
    Table(
        "startup.jsonl", "Until something can be done",
        "Medians of ten processes each, the commands in turn, on a machine of two cores with other work on it: seconds of processor, and"
        " wall-clock time as a share of that of `import numpy`.",
        {"command": "command"}, {"cpu_seconds": "processor, s", "of_numpy": "of `import numpy`"},
    ),
]  # fmt: skip


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file of JSON lines; where one has stages, their seconds of processor and peak are columns too."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for row in rows:
        stages = row.get("stages", {})
        row.update({f"{name}_cpu": stage["cpu_seconds"] for name, stage in stages.items()})
        peaks = [stage["peak_rss_bytes"] for stage in stages.values() if stage["peak_rss_bytes"]]
        row.update({"peak_rss_bytes": max(peaks)} if peaks else {})
    return rows


def shown(value: object, heading: str = "") -> str:
    """Return a number with four significant digits, a bound (heading with ≥ or ≤) rounded to its safe side.

    >>> shown(1797), shown(0.0003225579), shown(None), shown(0.090957, "kept ≥"), shown(0.55190, "≤"), shown(0.99999, "≥")
    ('1,797', '0.0003226', '', '0.09095', '0.5519', '0.9999')
    """
    if isinstance(value, int | float) and (isinstance(value, int) or value.is_integer() or abs(value) >= 1000):
        return f"{value:,.0f}"
    if not isinstance(value, float):
        return "" if value is None else str(value)
    rounding = ROUND_FLOOR if "≥" in heading else ROUND_CEILING if "≤" in heading else ROUND_HALF_EVEN
    return f"{Context(prec=4, rounding=rounding).create_decimal(value).normalize():g}"


def rendered(table: Table, rows: Iterable[Row]) -> str:
    """Return heading, sentence and Markdown table; `n` counts raw lines where they are more than one per row."""
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        if table.keep(row):
            groups.setdefault(tuple(row.get(key) for key in table.keys), []).append(row)
    if not groups:
        raise SystemExit(f"{table.file} has no line for the table {table.title!r}")
    many = any(len(group) > 1 for group in groups.values())
    columns = [
        column for column in table.values if any(row.get(column) is not None for group in groups.values() for row in group)
    ]
    header = [*table.keys.values(), *(["n"] if many else []), *(table.values[column] for column in columns)]
    lines = [header, ["---"] * len(header)]
    for key, group in groups.items():
        numbers = [_summarised((row.get(column) for row in group), table.values[column]) for column in columns]
        lines.append([*map(shown, key), *([str(len(group))] if many else []), *numbers])
    body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"## {table.title}\n\n{table.says}\n\n{body}\n\n{_origin(table.file, groups)}\n"


def _summarised(values: Iterable[Any], heading: str) -> str:
    """Return the median of a group, of bounds the one that holds for all."""
    known = [value for value in values if value is not None]
    if not known or not isinstance(known[0], int | float):
        return shown(known[0] if known else None)
    return shown((min if "≥" in heading else max if "≤" in heading else median)(known), heading)


def _origin(file: str, groups: Mapping[tuple[Any, ...], list[Row]]) -> str:
    first = next(iter(groups.values()))[0]
    versions = ", ".join(
        f"{name} {first[name]}" for name in ("python", "logwidth", "numpy", "faiss", "pymanopt") if name in first
    )
    return f"From `benchmarks/raw/{file}`" + (f" ({versions})." if versions else ".")


def page(raw: Path = RAW) -> str:
    """Return all tables, then the raw files without one."""
    parts = [rendered(table, rows_of(raw / table.file)) for table in TABLES]
    rest = sorted({path.name for path in raw.glob("*.jsonl")} - {table.file for table in TABLES})
    listed = "\n".join(f"* `benchmarks/raw/{name}`: {len(rows_of(raw / name)):,} lines" for name in rest)
    return "\n".join(parts) + (f"\n## Further raw measurements\n\n{listed}\n" if rest else "")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(), encoding="utf-8")
