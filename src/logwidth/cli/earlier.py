"""What lies where a command will write: an earlier run of the same request gives way, anything else needs --force."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import norm_name, parse_norm

Force = Annotated[
    bool, typer.Option("--force", help="Replace the run in OUT even if it is of other data or another request.")
]
SAME_RESULT = {
    *("data", "label", "labels", "scale", "sep", "decimal", "encoding", "header", "index", "drop", "drop_missing"),
    *("one_hot", "standardize", "resize", "points_array", "axes"),  # of all these the digest of the data says more
    "out", "force", "figure", "ranks", "checkpoint", "memory", "scheduler", "workers", "device",
    "explain", "as_json", "quiet",
}  # fmt: skip
RECORDED = ("norm", "ratio", "radius", "dtype", "seed", "construction", "width")  # of an older run that has no "asked"


def request_of(context: typer.Context, **settled: Any) -> dict[str, Any]:
    """Return what a command was asked for, as JSON has it: its options but those that change no result.

    `settled` are options in the form that was understood, such as the ratio where none was given.
    """
    options = {name: value for name, value in context.params.items() if name not in SAME_RESULT}
    options["norm"] = norm_name(parse_norm(options["norm"]))
    return {"command": context.info_name, **options, **settled}


def check_replaceable(target: Path, data: Dataset, asked: Mapping[str, Any], *, force: bool) -> str:
    """Return what is said once a run in `target` is replaced, '' where there is none; to be asked before any work.

    Raises InputError, without `force`, for a run of other data or of another request, and offers a name that is free.
    """
    label = target / "summary.json"
    if not label.exists():
        return ""
    why = _differs(label, data, asked)
    if why and not force:
        raise InputError(
            f"{as_typed(target)} holds {why}: keep it and write to --out {quoted(free_name(target))}, or replace it with "
            "--force"
        )
    return f"replaced: {why or 'an earlier run of the same data and request'}"


def check_benchmark(target: Path, asked: Mapping[str, Any], *, force: bool) -> str:
    """Return what is said once a benchmark in `target` is replaced, '' where there is none; to be asked before any work.

    Raises InputError, without `force`, for one of other data or of another request, and offers a name that is free.
    """
    pool = target / "pool.json"
    if not pool.exists():
        return ""
    try:
        same = json.loads(pool.read_text(encoding="utf-8"))["asked"] == asked
    except (OSError, ValueError, KeyError, TypeError):
        same = False
    if not (same or force):
        raise InputError(
            f"{as_typed(target)} holds a benchmark of other data or of another request: keep it and write to "
            f"--out {quoted(free_name(target))}, or replace it with --force"
        )
    return f"replaced: {'an earlier benchmark of the same data and request' if same else 'another benchmark'}"


def free_name(target: Path) -> Path:
    """Return the first of `target-2`, `target-3`, … that is not there."""
    number = 2
    while (found := target.with_name(f"{target.name}-{number}")).exists():
        number += 1
    return as_typed(found)


def as_typed(path: Path) -> Path:
    """Return a path as it would be typed in this folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def quoted(path: Path) -> str:
    """Return a path as a shell takes it.

    >>> quoted(Path("runs/iris")), quoted(Path("my runs"))
    ('runs/iris', "'my runs'")
    """
    return shlex.quote(str(path))


def _differs(label: Path, data: Dataset, asked: Mapping[str, Any]) -> str:
    """Return what the run is if it is not the one that is asked for."""
    try:
        summary = json.loads(label.read_text(encoding="utf-8"))
        digest, known = summary["data_sha256"], summary.get("asked")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "a run whose summary.json cannot be read"
    if isinstance(known, dict):
        digest = known.get("data_sha256", digest)
        old = {name: value for name, value in known.items() if name != "data_sha256"}
    else:
        old = {name: summary.get(name) if asked.get(name) is not None else None for name in RECORDED}
    if digest != data.sha256:
        return f"a run of other data ({_size(summary)})"
    names = [*old, *(name for name in asked if name not in old)] if isinstance(known, dict) else RECORDED
    changed = [name for name in names if _plain(old.get(name)) != _plain(asked.get(name))]
    if not changed:
        return ""
    listed = ", ".join(f"{name} {_word(old.get(name))}, now {_word(asked.get(name))}" for name in changed[:3])
    return f"another run of these data ({listed})"


def _plain(value: Any) -> Any:
    """Return a value for comparison: an option that was not given is as good as one that did not exist yet."""
    return None if value is False or value == "" else value


def _word(value: Any) -> str:
    return "none" if _plain(value) is None else str(value)


def _size(summary: Mapping[str, Any]) -> str:
    numbers = (summary.get("n_samples"), summary.get("n_features"))
    return f"{numbers[0]} samples, {numbers[1]} features" if None not in numbers else "sizes unknown"
