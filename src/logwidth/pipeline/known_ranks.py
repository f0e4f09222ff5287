"""Ratio against rank for the page of a run: what a kept curve, the run's files and cheap maps say."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.certify import check_lower_bound, read_lower_bound
from logwidth.certify.runs.run_files import read_file
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import pca_map, random_map
from logwidth.norms import norm_name
from logwidth.pipeline.curve import ratio_curve
from logwidth.pipeline.curve_store import kept_ranks
from logwidth.pipeline.lower import RankBound, excluded_ratio
from logwidth.report.page import RankCurve
from logwidth.separation import Separation
from logwidth.theory import paper_ratio_possible
from logwidth.types import Progress

MOST_RANKS = 16
MOST_CELLS = 2**21


def rank_curve(
    run: Path,
    summary: Mapping[str, Any],
    data: Dataset,
    sep: Separation,
    folder: str | os.PathLike[str] | None,
    progress: Progress,
) -> RankCurve | None:
    """Return the curve kept in `folder`, all of it proven again; without one what simple maps keep, if that is cheap.

    The map of the run is added as its summary tells, its width certificate after it has been proven again. None if nothing
    is known. Raises InputError for a folder that holds no curve of these data, and for a certificate that does not hold.
    """
    rows = _kept(data, sep, folder, progress) if folder is not None else _simple(data, sep, progress)
    built, excluded = _built(summary), _excluded(run / "width_certificate.json", data, sep)
    width, name = summary.get("width"), summary.get("construction")
    network = (width, name) if type(width) is int and isinstance(name, str) else (None, None)
    return RankCurve(rows, built, excluded, *network) if rows or built or excluded else None


def _kept(data: Dataset, sep: Separation, folder: str | os.PathLike[str], progress: Progress) -> list[dict[str, Any]]:
    seed, ranks = kept_ranks(folder)
    wanted = [rank for rank in ranks if rank <= data.n_features]
    if not wanted:
        raise InputError(f"{folder} holds no finished rank yet; go on with logwidth radius DATA --ranks A:B --out {folder}")
    return [
        dict(row) for row in ratio_curve(data, wanted, norm=norm_name(sep.norm), rng=seed, progress=progress, out=folder)
    ]


def _simple(data: Dataset, sep: Separation, progress: Progress) -> list[dict[str, Any]]:
    """Return rows with principal components, a random projection and the paper's promise, for ℓ2 and data of small size."""
    if sep.norm != 2.0 or data.points.size > MOST_CELLS:
        return []
    most = min(data.n_features, data.n_samples - 1)
    ranks = np.unique(np.linspace(1, most, min(most, MOST_RANKS)).round().astype(int)).tolist()
    rows = []
    for number, rank in enumerate(ranks):
        rows.append(
            {
                "map_rank": rank,
                "pca": pca_map(data, rank, separation=sep).ratio_lower,
                "random": random_map(data, rank, rng=0, separation=sep).ratio_lower,
                "paper": paper_ratio_possible(data.n_samples, data.n_features, rank + 6),
            }
        )
        progress("simple maps", (number + 1) / len(ranks))
    return rows


def _built(summary: Mapping[str, Any]) -> tuple[int, float] | None:
    rank, ratio = summary.get("map_rank"), summary.get("map_ratio_lower")
    known = type(rank) is int and isinstance(ratio, float) and summary.get("route") == "direct"
    return (rank, ratio) if known else None  # type: ignore[return-value]  # checked above


def _excluded(path: Path, data: Dataset, sep: Separation) -> tuple[int, float] | None:
    if not path.exists():
        return None
    found = read_lower_bound(read_file(path).decode("utf-8", errors="replace"))
    if not isinstance(found, RankBound) or found.norm != sep.norm:
        return None
    problems = check_lower_bound(found, data, separation=sep)
    if problems:
        raise InputError(f"{path} does not hold: {problems[0]}; see logwidth check")
    return found.rank, excluded_ratio(found, sep)
