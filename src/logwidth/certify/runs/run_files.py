"""The files of a run, read: bytes, text, certificate, summary, the columns and the data that the summary names."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.certify.exact_networks.reader import EXACT_NETWORK
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.sealed import each_key_once
from logwidth.dataset import Columns, Dataset, DataSource
from logwidth.errors import InputError
from logwidth.network import AffineLayer

_TOLD = ("columns", "feature_names", "label_name", "feature_scales")
_SCALED = ("radius_per_feature", "radius_unscaled", "file_takes")


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


def check_same_reading(folder: Path, summary: Mapping[str, Any], metadata: Mapping[str, str], network_sha256: str) -> None:
    """Raise InputError where new rows would be read by a summary that is another network's, or names other arrays.

    What else a summary says of reading is found again in every file, or in the network's own.
    """
    if summary.get("network_sha256", network_sha256) != network_sha256:
        raise InputError(f"{folder / 'summary.json'} is about another network than {folder} holds; write the run anew")
    if _other_arrays(summary, metadata):
        raise InputError(
            f"{folder / 'summary.json'} names other arrays or axes as features than the network was made from; write the "
            "run anew"
        )


def _other_arrays(summary: Mapping[str, Any], metadata: Mapping[str, str]) -> bool:
    source = summary.get("data_source")
    if "reading" not in metadata or not isinstance(source, dict):
        return False
    try:
        return bool(DataSource.from_json(source).arrays != _read(metadata["reading"]))
    except InputError:  # what cannot be read is as good as nothing
        return False


def recorded_columns(summary: Mapping[str, Any], metadata: Mapping[str, str], or_else: object = None) -> Columns:
    """Return the columns that a run was made from: what its network's file says.

    Files of earlier versions say nothing where all there is is a divisor, which is that of the summary or of its source; or
    nothing at all: then the summary's columns stand in, `or_else`. Raises InputError for a damaged description.
    """
    if "columns" in metadata:
        return Columns.from_json(_read(metadata["columns"]))
    if or_else is not None:
        return Columns.from_json(or_else)
    stated, source = summary.get("columns"), summary.get("data_source")
    scale = source.get("scale", 1.0) if isinstance(source, dict) else 1.0
    return Columns.from_json({"divisor": stated.get("divisor", 1.0) if isinstance(stated, dict) else scale})


def column_problems(metadata: Mapping[str, str], data: Dataset, name: str = "network.onnx") -> list[str]:
    """Compare the names in a network's file with each other, and with those of the data where these have names.

    What is read from a source has a divisor as well, and that of new rows is the file's.
    """
    try:
        columns = Columns.from_json(_read(metadata["columns"])) if "columns" in metadata else Columns()
        names = tuple(_read(metadata["feature_names"])) if "feature_names" in metadata else None
    except (InputError, TypeError) as problem:
        return [f"{name} does not describe its columns: {problem}"]
    wrong = []
    if names != columns.feature_names:
        wrong.append(f"the feature names in {name} are not those of its columns")
    if metadata.get("label_name") != columns.label:
        wrong.append(f"the label's name in {name} is not that of its columns")
    if columns.speaks and data.feature_names is not None and data.feature_names != columns.feature_names:
        wrong.append(f"the feature names in {name} are not those of the data")
    divided = (columns.divisor, columns.scales)
    if "columns" in metadata and data.source is not None and (data.columns.divisor, data.columns.scales) != divided:
        wrong.append(f"the features of the data were divided by other numbers than {name} says")
    if {"columns", "feature_scales"} <= metadata.keys() and _read(metadata["feature_scales"]) != _listed(columns.scales):
        wrong.append(f"the feature scales in {name} are not those of its columns")
    return wrong


def summary_column_problems(summary: Mapping[str, Any], metadata: Mapping[str, str]) -> list[str]:
    """Compare what summary.json, if there is one, says of the columns with what the network's file says."""
    if not summary:
        return []
    told: dict[str, Any] = {
        name: text if name == "label_name" else _read(text) for name, text in metadata.items() if name in _TOLD
    }
    if isinstance(told.get("columns"), dict):  # else of an earlier version, which does not say what it has none of
        told = {**dict.fromkeys(_TOLD), "feature_scales": told["columns"].get("scales"), **told}
    wrong = [name for name, truth in told.items() if summary.get(name, truth) != truth]
    scales = summary.get("feature_scales")
    if scales is not None and not wrong:
        wrong += _scale_numbers(summary, scales, metadata)
    elif scales is None:
        wrong += [name for name in _SCALED if name in summary]
    if _other_arrays(summary, metadata):
        wrong.append("data_source")
    return [f"summary.json states another {', '.join(wrong)} than the files show"] if wrong else []


def scale_problems(certificate: Certificate, first: AffineLayer, data: Dataset) -> list[str]:
    """Compare the scales by which certificate, network file and data divide the features."""
    stored = None if first.input_scales is None else tuple(first.input_scales.tolist())
    wrong = []
    if certificate.feature_scales != stored:
        wrong.append("the certificate names other feature scales than the network")
    if stored is not None and (data.feature_scales is None or tuple(data.feature_scales.tolist()) != stored):
        wrong.append("the network divides the features by scales, and the data were not divided by these")
    return wrong


def _scale_numbers(summary: Mapping[str, Any], scales: list[float], metadata: Mapping[str, str]) -> list[str]:
    radius = summary.get("radius", 0.0)
    truth = {
        "radius_per_feature": (radius * np.array(scales)).tolist(),
        "radius_unscaled": radius * min(scales),
        "file_takes": "features as they are" if "feature_scales" in metadata else "scaled features",
    }
    return [name for name, value in truth.items() if summary.get(name) != value]


def _listed(scales: tuple[float, ...] | None) -> list[float] | None:
    return None if scales is None else list(scales)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"not valid JSON: {problem}") from None
