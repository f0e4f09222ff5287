"""A run directory with a network of exact numbers: opened for use, and checked from its files and the data alone."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.certify.exact_networks.reader import EXACT_NETWORK, StoredExactNetwork, read_exact_network
from logwidth.certify.outcome import Outcome
from logwidth.certify.runs.check import CheckReport, binding_problems, misstated, named, stated_sizes
from logwidth.certify.runs.check import check as check_stored
from logwidth.certify.runs.exact_certificate import ExactCertificate, certify_exactly, rationals
from logwidth.certify.runs.run_files import (
    check_digest,
    check_same_reading,
    column_problems,
    read_file,
    read_summary,
    recorded_columns,
    reload_data,
    summary_column_problems,
)
from logwidth.compute.threads import one_thread_each
from logwidth.dataset import Columns, Dataset
from logwidth.errors import AlteredCertificateError
from logwidth.network import DyadicNetwork, outputs_exactly
from logwidth.separation import separation
from logwidth.types import Progress, silent


def holds_exact_network(folder: Path) -> bool:
    """Return whether a run directory holds a network of exact numbers."""
    return (folder / EXACT_NETWORK).exists()


@dataclass(frozen=True, eq=False)
class StoredExactRun:
    """A stored network of exact numbers with its class names, its summary and the columns of its features."""

    network: DyadicNetwork
    classes: tuple[Any, ...]
    summary: dict[str, Any]
    columns: Columns = field(default_factory=Columns)

    def class_indices(self, points: ArrayLike) -> NDArray[np.int64]:
        """Return, per row of `points` `(n, d)`, the class that the network returns, in exact arithmetic; −1 for none.

        Rows far from all samples get none: the network returns 0 in cells that it knows nothing of.
        """
        values = outputs_exactly(self.network, rationals(np.asarray(points, dtype=np.float64)))
        return np.array([int(v) - 1 if v.denominator == 1 and 1 <= v <= len(self.classes) else -1 for v in values], np.int64)


def open_exact_run(run: str | os.PathLike[str], *, altered: bool = False) -> StoredExactRun:
    """Return the run in a directory; its certificate is not checked.

    Raises InputError for damaged files, and as :func:`~logwidth.certify.open_run` does, but where `altered`.
    """
    folder = Path(run)
    content = read_file(folder / EXACT_NETWORK)
    stored = read_exact_network(content)
    summary = read_summary(folder / "summary.json")
    if not altered:
        certificate = ExactCertificate.from_json(read_file(folder / "certificate.json"))
        check_digest(folder / EXACT_NETWORK, content, certificate.network_sha256)
        check_same_reading(folder, summary, stored.metadata, certificate.network_sha256)
    columns = recorded_columns(summary, stored.metadata, or_else=summary.get("columns"))
    return StoredExactRun(stored.network, stored.classes, summary, columns)


def check(run: str | os.PathLike[str], data: Dataset | None = None, *, progress: Progress | None = None) -> CheckReport:
    """Check a run from the file of its network, `certificate.json` and the data, with nothing that built it.

    The digests of network and data must be those in the certificate; every ball is then proven again from the stored
    network, and the outcome, the per-sample radii, the constants and the numbers of `summary.json` must agree with what is
    found. A fused network in the run is proven in the same way, for the same balls; a network of exact numbers
    (`network.json`) by arithmetic that rounds nothing. Without `data` the source recorded in `summary.json` is loaded again.

    Raises InputError for files that are missing, unreadable, truncated or no certificate and network at all.
    """
    if holds_exact_network(Path(run)):
        return check_exact_run(Path(run), data, progress or silent)
    with one_thread_each():
        return check_stored(run, data, progress=progress)


def check_exact_run(folder: Path, data: Dataset | None, progress: Progress) -> CheckReport:
    """Check a run of a network of exact numbers, as :func:`check` says."""
    content = read_file(folder / EXACT_NETWORK)
    stored, summary = read_exact_network(content), read_summary(folder / "summary.json")
    data = data if data is not None else reload_data(summary)
    try:
        certificate = ExactCertificate.from_json(read_file(folder / "certificate.json"))
    except AlteredCertificateError as problem:
        return CheckReport((str(problem),), 0, 0, data.n_samples, "", data=named(data))
    problems = binding_problems(certificate, content, data, EXACT_NETWORK) + _class_problems(stored, data)
    problems += column_problems(stored.metadata, data, EXACT_NETWORK) + summary_column_problems(summary, stored.metadata)
    if problems:
        return CheckReport(tuple(problems), 0, 0, data.n_samples, certificate.claim, data=named(data))
    found = certify_exactly(stored, content, data, certificate.radius, progress)
    differing = np.flatnonzero(found.status != certificate.status)
    if differing.size:
        problems = [f"{differing.size} samples have another outcome than the certificate says, sample {differing[0]} first"]
    problems += _summary_problems(summary, certificate, stored.network, data)
    counts = [found.count(outcome) for outcome in Outcome]
    return CheckReport(tuple(problems), counts[0], counts[1], counts[2], certificate.claim, data=named(data))


def _class_problems(stored: StoredExactNetwork, data: Dataset) -> list[str]:
    same = [(type(c), c) for c in stored.classes] == [(type(c), c) for c in data.classes]
    return [] if same else [f"the class names in {EXACT_NETWORK} are not those of the data"]


def _summary_problems(
    summary: dict[str, Any], certificate: ExactCertificate, network: DyadicNetwork, data: Dataset
) -> list[str]:
    if not summary:
        return []
    truth = {
        **stated_sizes(certificate, network, data),
        "norm": "2",
        "n_entries": network.entries,
        "bits_per_weight": network.bits,
        "total_bits": network.entries * network.bits,
        "dtype": "exact",
    }
    sep = separation(data, norm=2)
    return misstated(summary, truth, [], (sep.lower, sep.upper))
