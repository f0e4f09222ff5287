"""Fuzzing by coverage (extra `fuzz`, atheris): readers never crash or hang, and nothing false is certified.

    python tools/fuzz.py [--only onnx] [--seconds 600] [--turn 60] [--corpus DIR] [--out fuzz.jsonl]

Every target is a law about bytes that an enemy chose. Targets take turns of `--turn` seconds, each in a process of its own,
until `--seconds` are over; inputs that reach new code are kept in `--corpus`. Prints a JSON line per turn and, last, the
sums per target; a finding is a file in CORPUS/TARGET.found. Exit status 1 if there is one.
"""

import argparse
import itertools
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import atheris

ROOMS = [f"logwidth.{room}" for room in ("certify", "dataset", "network", "norms", "rounding", "separation", "verifiers")]

with atheris.instrument_imports(include=ROOMS):
    import fuzz_certificates
    import fuzz_files
    import fuzz_networks

    from logwidth.certify.sealed import AlteredCertificateError
    from logwidth.errors import InputError

TARGETS = {**fuzz_networks.TARGETS, **fuzz_certificates.TARGETS, **fuzz_files.TARGETS}
REFUSED = (InputError, AlteredCertificateError, UnicodeDecodeError, json.JSONDecodeError)
HANG, MEMORY = 300, 4096


def fuzz(name: str, arguments: list[str]) -> None:
    """Run one target in this process, which ends with it."""
    law, _ = TARGETS[name]

    def one(content: bytes) -> None:
        try:
            law(content)
        except REFUSED:
            return

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def turn(name: str, seconds: int, corpus: Path) -> dict[str, object]:
    """Run one target for a while in a process of its own and say what came of it."""
    home, found = corpus / name, corpus / f"{name}.found"
    found.mkdir(parents=True, exist_ok=True)
    if not home.exists():
        home.mkdir()
        for number, seed in enumerate(TARGETS[name][1]()):
            (home / f"seed{number}").write_bytes(seed)
    limits = [
        f"-max_total_time={seconds}",
        f"-timeout={HANG}",
        f"-report_slow_units={HANG}",
        f"-rss_limit_mb={MEMORY}",
        "-max_len=65536",
    ]
    command = [
        sys.executable,
        __file__,
        "--target",
        name,
        "--",
        *limits,
        f"-artifact_prefix={found}/",
        "-print_final_stats=1",
    ]
    started, before = time.perf_counter(), len(list(found.iterdir()))
    done = subprocess.run([*command, str(home)], capture_output=True, text=True, errors="replace", check=False)
    told = {key: int(value) for key, value in re.findall(r"stat::(\w+):\s+(\d+)", done.stderr)}
    reached = re.findall(r"cov: (\d+)", done.stderr)
    findings = len(list(found.iterdir())) - before
    if done.returncode:
        (found / f"log{time.time_ns()}").write_text(done.stderr[-20_000:])
    return {
        "target": name,
        "executions": told.get("number_of_executed_units", 0),
        "seconds": round(time.perf_counter() - started, 1),
        "branches": int(reached[-1]) if reached else 0,
        "inputs": len(list(home.iterdir())),
        "findings": max(findings, int(done.returncode != 0)),
    }


def sums(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """Per target, what all its turns came to."""
    total: dict[object, dict[str, object]] = {}
    for line in lines:
        known = total.setdefault(line["target"], {**line, "executions": 0, "seconds": 0.0, "findings": 0})
        known |= {key: round(known[key] + line[key], 1) for key in ("executions", "seconds", "findings")}
        known |= {key: max(known[key], line[key]) for key in ("branches", "inputs")}
    return list(total.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=list(TARGETS), action="append")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--turn", type=int, default=60)
    parser.add_argument("--corpus", type=Path, default=Path(".cache/fuzz"))
    parser.add_argument("--out", type=Path)
    parser.add_argument("--target", choices=list(TARGETS), help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    if options.target:
        fuzz(options.target, [argument for argument in rest if argument != "--"])
    started, lines = time.perf_counter(), []
    for name in itertools.cycle(options.only or TARGETS):
        left = options.seconds - (time.perf_counter() - started)
        if left < 1:
            break
        lines.append(turn(name, int(min(options.turn, left)) or 1, options.corpus))
        print(json.dumps(lines[-1]), flush=True)
    for line in sums(lines):
        print(json.dumps(line))
        if options.out is not None:
            with options.out.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
    return int(any(line["findings"] for line in lines))


if __name__ == "__main__":
    sys.exit(main())
