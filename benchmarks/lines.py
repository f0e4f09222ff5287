"""What the scripts here share: their options, and raw lines of JSON with the versions that a number belongs to."""

import argparse
import json
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RAW = Path(__file__).parent / "raw"


def options_of(about: str | None, raw: str | None = None) -> argparse.ArgumentParser:
    """Return a parser whose help is a script's docstring; its `--out` is `raw/RAW.jsonl` unless told otherwise."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=raw and RAW / f"{raw}.jsonl", help="where raw lines are added")
    return parser


def versions(*packages: str) -> dict[str, object]:
    """Return the versions of Python, logwidth, NumPy and other packages."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("logwidth", "numpy", *packages)}}


def machine(*packages: str) -> dict[str, object]:
    """Return when and with what a time was measured: versions, processors and how busy they were."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return {"time": now, **versions(*packages), "cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}


def add_line(out: Path | None, row: Mapping[str, object]) -> None:
    """Print a row as a line of JSON, and add it to a file if one is named."""
    line = json.dumps(dict(row), default=dict)
    print(line, flush=True)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        with out.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
