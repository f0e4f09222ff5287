"""Raw measurements: what every stage of `fit` costs as the number of samples grows, as JSON lines.

    python benchmarks/scale.py [--sizes 10000,100000] [--noise 0.25] [--out benchmarks/raw/scale.jsonl]

Generated code books with noise, 32 features, 1,000 classes, ratio 0.9. Every size runs in a process of its own: seconds and
CPU seconds of its stages, and the peak of resident memory in each (the kernel's high-water mark, reset at the stage's
begin; null where the system keeps none). `check` proves the written run again, in that process too.
`benchmarks/scale_growth.py` turns the lines into growth exponents and a figure.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import logwidth as lw
from lines import add_line, options_of, versions
from logwidth.pipeline import memorize

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
STAGES = ("separation", "map", "pieces", "construction", "export", "certification")


class Meter:
    """Seconds, CPU seconds and peak memory of named stages."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float | None]] = {}
        self.begun: dict[str, tuple[float, float]] = {}

    def begin(self, stage: str) -> None:
        forget_peak()
        self.begun[stage] = time.perf_counter(), time.process_time()

    def end(self, stage: str) -> None:
        seconds, cpu = self.begun.pop(stage)
        entry = self.stages.setdefault(stage, {"seconds": 0.0, "cpu_seconds": 0.0, "peak_rss_bytes": None})
        entry["seconds"] += time.perf_counter() - seconds
        entry["cpu_seconds"] += time.process_time() - cpu
        peak = peak_bytes()
        entry["peak_rss_bytes"] = peak if peak is None else max(peak, entry["peak_rss_bytes"] or 0)

    def progress(self, stage: str, fraction: float) -> None:
        if stage in STAGES and fraction == 0.0 and stage not in self.begun:
            self.begin(stage)
        elif stage in self.begun and fraction == 1.0:
            self.end(stage)


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak_bytes() -> int | None:
    lines = Path("/proc/self/status").read_text().splitlines()
    found = [int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")]
    return found[0] if found else None


def one(n: int, noise: float) -> dict[str, object]:
    meter = Meter()
    meter.begin("data")
    data = lw.load(f"codebook:n={n},d=32,classes=1000,noise={noise:g}")
    meter.end("data")
    run = memorize(data, ratio=0.9, progress=meter.progress)
    with tempfile.TemporaryDirectory() as folder:
        meter.begin("write")
        run.save(Path(folder) / "run")
        meter.end("write")
        sizes = {path.name: path.stat().st_size for path in (Path(folder) / "run").iterdir()}
        meter.begin("check")
        passed = lw.check(Path(folder) / "run", data).passed
        meter.end("check")
    numbers = (
        "n_samples",
        "map_rank",
        "map_ratio_lower",
        "width",
        "depth",
        "n_pieces",
        "certified",
        "falsified",
        "undecided",
    )
    return {
        **{name: run.summary[name] for name in numbers},
        "noise": noise,
        "stages": meter.stages,
        "file_bytes": sizes,
        "check_passed": passed,
    }


def main() -> None:
    parser = options_of(__doc__, "scale")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--noise", type=float, default=0.25)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one is not None:
        print(json.dumps(one(options.one, options.noise)))
        return
    machine = versions()
    for n in map(int, options.sizes.split(",")):
        command = [sys.executable, __file__, "--one", str(n), "--noise", str(options.noise)]
        load, started = os.getloadavg()[0], time.perf_counter()
        found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        row = found | {"seconds": time.perf_counter() - started, "load": load, "cpus": os.cpu_count()} | machine
        row["time"] = datetime.now(UTC).isoformat(timespec="seconds")
        add_line(options.out, row)


if __name__ == "__main__":
    main()
