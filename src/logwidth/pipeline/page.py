"""Gathering what the page of a run shows from its files and data."""

import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.check import read_certificate, read_file, read_summary, reload_data
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.report.page import ClosePair, RunFacts
from logwidth.separation import nearest_opposite

MOST_PAIRS = 6
FloatArray = NDArray[np.float64]


def facts_of_run(run: str | os.PathLike[str], data: Dataset | None = None) -> RunFacts:
    """Return what is known of a run directory; `data` default to the recorded source, and may be missing.

    Raises InputError when files cannot be read, or network, certificate and data do not belong together.
    """
    folder = Path(run)
    certificate = read_certificate(folder / "certificate.json")
    if hashlib.sha256(read_file(folder / "network.onnx")).hexdigest() != certificate.network_sha256:
        raise InputError(f"{folder / 'network.onnx'} is not the network that was certified: its digest differs")
    summary = read_summary(folder / "summary.json")
    attack = _attack_radii(folder / "witnesses.npz", certificate.status.size)
    facts = RunFacts(folder.resolve().name, summary, certificate, attack)
    if data is None and isinstance(summary.get("data_source"), dict):
        data = reload_data(summary)
    if data is None:
        return facts
    if data.sha256 != certificate.data_sha256:
        raise InputError("the data are not those that the run was certified for")
    span = (float(data.points.min()), float(data.points.max()))
    return replace(facts, pairs=_closest(data, certificate.norm), feature_range=span)


def _closest(data: Dataset, norm: float) -> tuple[ClosePair, ...]:
    """Return the samples nearest to another class, each with its nearest one, without repeating a pair."""
    found = nearest_opposite(data.points, data.labels, norm)
    pairs: dict[tuple[int, int], float] = {}
    for i in np.argsort(found.lower, kind="stable").tolist():
        j = int(found.neighbor[i])
        pairs.setdefault((min(i, j), max(i, j)), float(found.lower[i]))
        if len(pairs) == MOST_PAIRS:
            break
    names = data.original_labels()
    return tuple(
        ClosePair((i, j), (names[i], names[j]), (data.points[i], data.points[j]), distance)
        for (i, j), distance in pairs.items()
    )


def _attack_radii(path: Path, n_samples: int) -> tuple[FloatArray, FloatArray] | None:
    """Return the radii that an attack left beside the run, None if there was none."""
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as archive:
            lower, upper = (np.asarray(archive[name], dtype=np.float64) for name in ("radius_lower", "radius_upper"))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise InputError(f"{path} is damaged; run logwidth attack again") from problem
    if lower.shape != (n_samples,) or upper.shape != (n_samples,) or np.isnan(lower).any():
        raise InputError(f"{path} does not speak of the {n_samples} samples of this run; run logwidth attack again")
    return lower, upper
