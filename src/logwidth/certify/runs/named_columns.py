"""What a run says of the columns that its features were made of, and whether its parts agree about it."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from logwidth.certify.runs.certificate import Certificate
from logwidth.dataset import Columns, Dataset
from logwidth.errors import InputError
from logwidth.network import AffineLayer


def recorded_columns(summary: Mapping[str, Any], metadata: Mapping[str, str]) -> Columns:
    """Return the columns that a run was made from: what its network's file says, else its summary.

    Runs of versions that recorded none have the divisor of their source. Raises InputError for a damaged description.
    """
    if "columns" in metadata:
        return Columns.from_json(_read(metadata["columns"]))
    if isinstance(summary.get("columns"), dict):
        return Columns.from_json(summary["columns"])
    source = summary.get("data_source")
    scale = source.get("scale", 1.0) if isinstance(source, dict) else 1.0
    return Columns.from_json({"divisor": scale})


def column_problems(metadata: Mapping[str, str], data: Dataset) -> list[str]:
    """Compare the names in a network's file with each other, and with those of the data where these have names."""
    try:
        columns = Columns.from_json(_read(metadata["columns"])) if "columns" in metadata else Columns()
        names = tuple(_read(metadata["feature_names"])) if "feature_names" in metadata else None
    except (InputError, TypeError) as problem:
        return [f"network.onnx does not describe its columns: {problem}"]
    wrong = []
    if names != columns.feature_names:
        wrong.append("the feature names in network.onnx are not those of its columns")
    if metadata.get("label_name") != columns.label:
        wrong.append("the label's name in network.onnx is not that of its columns")
    if columns.speaks and data.feature_names is not None and data.feature_names != columns.feature_names:
        wrong.append("the feature names in network.onnx are not those of the data")
    return wrong


def summary_column_problems(summary: Mapping[str, Any], metadata: Mapping[str, str]) -> list[str]:
    """Compare what summary.json, if there is one, says of the columns with what the network's file says."""
    if not summary:
        return []
    wrong = []
    if "columns" in metadata and "columns" in summary and summary["columns"] != _read(metadata["columns"]):
        wrong.append("columns")
    if "feature_names" in metadata and summary.get("feature_names") != _read(metadata["feature_names"]):
        wrong.append("feature_names")
    if "label_name" in metadata and summary.get("label_name") != metadata["label_name"]:
        wrong.append("label_name")
    scales = summary.get("feature_scales")
    if "feature_scales" in metadata and scales != _read(metadata["feature_scales"]):
        wrong.append("feature_scales")
    if scales is not None and not wrong:
        wrong += _scale_numbers(summary, scales, metadata)
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


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise InputError(f"not valid JSON: {problem}") from None
