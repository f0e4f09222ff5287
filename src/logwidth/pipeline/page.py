"""Gathering what the page of a run shows from its files and data, ratio against rank included."""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.certify import Certificate, LowerBound, check_lower_bound, read_lower_bound, read_onnx
from logwidth.certify.runs.claims import width_misfits
from logwidth.certify.runs.run_files import check_digest, read_certificate, read_file, read_summary, read_text, reload_data
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import pca_map, random_map
from logwidth.norms import norm_name
from logwidth.pipeline.curve import ratio_curve
from logwidth.pipeline.curve_store import kept_ranks
from logwidth.pipeline.lower import RankBound, excluded_ratio
from logwidth.report.page.facts import ClosePair, RankCurve, RunFacts
from logwidth.separation import Separation, separation
from logwidth.theory import Diagram, diagram, paper_ratio_possible
from logwidth.theory.counts import LARGEST_FEATURES, LARGEST_SAMPLES
from logwidth.types import FloatArray, Progress, silent

MOST_RANKS = 16
MOST_CELLS = 2**21
MOST_PAIRS = 6
MOST_WIDTHS = 90


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


def facts_of_run(
    run: str | os.PathLike[str],
    data: Dataset | None = None,
    *,
    curve: str | os.PathLike[str] | None = None,
    progress: Progress | None = None,
) -> RunFacts:
    """Return what is known of a run directory; `data` default to the recorded source, and may be missing.

    `curve` is a folder that `ratio_curve` wrote for these data: its maps and certificates are proven again.

    Raises InputError when files cannot be read, or network, certificate, data and curve do not belong together.
    """
    folder, report = Path(run), progress or silent
    certificate = read_certificate(folder / "certificate.json")
    content = read_file(folder / "network.onnx")
    check_digest(folder / "network.onnx", content, certificate.network_sha256)
    summary = read_summary(folder / "summary.json")
    attack = _attack_radii(folder / "witnesses.npz", certificate.status.size)
    exists, needed = _exists(content, certificate), _needed(folder / "width_certificate.json", summary, certificate)
    facts = RunFacts(folder.resolve().name, summary, certificate, attack, exists=exists, needed=needed)
    if data is None and isinstance(summary.get("data_source"), dict):
        data = reload_data(summary)
    if data is None:
        if curve is not None:
            raise InputError("a curve is proven again from the data: name them, logwidth report RUN DATA --curve FOLDER")
        return replace(facts, worst=_worst(summary.get("n_samples"), summary.get("n_features"), certificate.norm))
    if data.sha256 != certificate.data_sha256:
        raise InputError("the data are not those that the run was certified for")
    sep = separation(data, norm=certificate.norm, progress=lambda share: report("separation", share))
    return replace(
        facts,
        pairs=_closest(data, sep),
        feature_range=(float(data.points.min()), float(data.points.max())),
        worst=_worst(data.n_samples, data.n_features, certificate.norm),
        mark=_mark(summary.get("width"), certificate.radius, data, sep),
        curve=rank_curve(folder, summary, data, sep, curve, report),
    )


def _needed(path: Path, summary: dict[str, Any], certificate: Certificate) -> LowerBound | None:
    """Return the certificate of the width that is needed, None if there is none; refuse one of another run."""
    if not path.exists():
        return None
    proof = read_lower_bound(read_text(path))
    problems = width_misfits(proof, summary, certificate)
    if proof.data_sha256 != certificate.data_sha256:
        problems.append("width_certificate.json is for other data")
    if problems:
        raise InputError(f"the files of {path.parent} do not belong together: {problems[0]}; see logwidth check")
    return proof


def _exists(content: bytes, certificate: Certificate) -> int | None:
    """Return a width below the network's at which some network does the same, None if no such is known.

    If all balls are certified, the matrix of the distinct rows of the first layer keeps opposite balls apart, for the
    network reads its input through them alone: one unit more is enough (T5d), but not to reject far inputs.
    """
    network = read_onnx(content).network
    if not certificate.holds or certificate.rejection is not None or not network.hidden:
        return None
    enough = len(np.unique(network.hidden[0].dense(), axis=0)) + 1
    return enough if enough < network.width else None


def _worst(n_samples: object, n_features: object, norm: float) -> Diagram | None:
    """Return the diagram for these sizes, None where they are not known or out of its range."""
    if type(n_samples) is not int or type(n_features) is not int:
        return None
    if not (2 <= n_samples <= LARGEST_SAMPLES and 1 <= n_features <= LARGEST_FEATURES):
        return None
    last = min(n_features + 6, n_features + n_samples)
    widths = sorted({*np.geomspace(1, last, MOST_WIDTHS).round().astype(int).tolist(), n_features + 1, n_features + 2, last})
    return diagram(n_samples, n_features, norm=norm, widths=[k for k in widths if k <= last])


def _mark(width: object, radius: float, data: Dataset, sep: Separation) -> tuple[int, float] | None:
    """Return the width and `2σ/δ`, δ in ℓ2 and from above."""
    if type(width) is not int or width < 1:
        return None
    euclidean = sep if sep.norm == 2.0 else separation(data, norm=2)
    return width, 2.0 * radius / euclidean.upper


def _closest(data: Dataset, sep: Separation) -> tuple[ClosePair, ...]:
    """Return the samples nearest to another class, each with its nearest one, without repeating a pair."""
    pairs: dict[tuple[int, int], float] = {}
    for i in np.argsort(sep.sample_lower, kind="stable").tolist():
        j = int(sep.neighbor[i])
        pairs.setdefault((min(i, j), max(i, j)), float(sep.sample_lower[i]))
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
