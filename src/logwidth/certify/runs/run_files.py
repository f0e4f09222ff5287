"""The files of a run, read: bytes, text, certificate, summary, and the data that the summary names."""

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from logwidth.certify.exact_networks.reader import EXACT_NETWORK
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.sealed import each_key_once
from logwidth.dataset import Dataset, DataSource
from logwidth.errors import InputError


def read_certificate(path: Path) -> Certificate:
    """Return the stored certificate; raise InputError or AlteredCertificateError."""
    _refuse_exact(path.parent)
    return Certificate.from_json(read_text(path))


def _refuse_exact(folder: Path) -> None:
    if (folder / EXACT_NETWORK).exists():
        raise InputError(f"{folder} holds a network of exact numbers, {EXACT_NETWORK}: only check and predict read it")


def read_file(path: Path) -> bytes:
    """Return a file's bytes; raise InputError that names it."""
    if path.name == "network.onnx" and not path.exists():
        _refuse_exact(path.parent)
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as problem:
        raise InputError(f"cannot read {path}: {_no_run(path.parent, path.name)}") from problem
    except OSError as problem:
        raise InputError(f"cannot read {path}: {problem.strerror or problem}") from problem


def check_digest(path: Path, content: bytes, expected: str) -> None:
    """Raise InputError where the bytes of a network's file are not those that a certificate is about."""
    if hashlib.sha256(content).hexdigest() != expected:
        raise InputError(
            f"{path} is not the network that was certified: its digest differs; write the run anew with logwidth fit"
        )


def _no_run(folder: Path, name: str) -> str:
    """Return why a folder without the file `name` is no run, and what is one."""
    lacks = f"it has no {name}" if folder.is_dir() else "it is a file" if folder.exists() else "there is no such folder"
    inside = folder.is_file() and (folder.parent / "network.onnx").exists()
    here = f": name its folder, {folder.parent}" if inside else ""
    return f"{folder} is no run, {lacks}; a run is a folder that logwidth fit wrote{here}"


def read_text(path: Path) -> str:
    """Return a file's text; raise InputError that names it."""
    try:
        return read_file(path).decode()
    except UnicodeDecodeError as problem:
        raise InputError(f"{path} is not UTF-8 text") from problem


def read_summary(path: Path) -> dict[str, Any]:
    """Return the JSON object in `summary.json`, empty if there is none; raise InputError."""
    if not path.exists():
        return {}
    try:
        summary = json.loads(read_text(path), object_pairs_hook=each_key_once)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{path} is not valid JSON: {problem}") from problem
    if not isinstance(summary, dict):
        raise InputError(f"{path} does not hold a JSON object")
    return summary


def reload_data(summary: dict[str, Any]) -> Dataset:
    """Return the data that a summary names as its source, its column of labels the recorded one; raise InputError."""
    source = summary.get("data_source")
    if not isinstance(source, dict):
        raise InputError("the run does not say where its data came from; name the DATA to check against")
    found = DataSource.from_json(source)
    lost = next(
        (path for path in (found.data, found.labels) if path and os.path.isabs(path) and not os.path.exists(path)), None
    )
    if lost is not None:
        raise InputError(f"the run's data are no longer at {lost!r}: name the DATA, where they are now, after the run")
    label = summary.get("label_name")
    if found.label is None and found.labels is None and isinstance(label, str):
        with suppress(InputError):  # a summary that names a column which is not there is refused for that by `check`
            return replace(found, label=label).reload()
    return found.reload()
