"""The published √N memorizer in exact numbers (Kim, Moon, Yun, Theorem B.3): built, written, read back, certified."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from logwidth.certify import ExactCertificate, Outcome, StoredExactRun, certify_exactly, read_exact_network
from logwidth.construct import LATTICE_PAPER, build_lattice_paper, cells_of, shape_of
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.errors import InputError
from logwidth.export import exact_network_file, write_run
from logwidth.network import DyadicNetwork
from logwidth.pipeline.session import Clock
from logwidth.pipeline.summary import described
from logwidth.separation import Separation, Target, separation, target_of
from logwidth.theory import LatticeShape, lattice_ratio_lower
from logwidth.types import Progress

MOST_BITS = 4e9  # layers times bits of the longest number: what digits takes is 1.5e9, minutes


@dataclass(frozen=True, eq=False)
class ExactRun:
    """What was built: the network of exact numbers, its certificate, its sizes by formula and the summary.

    `content` holds the bytes of `network.json`; `network` was read back from them and is what was certified.
    """

    network: DyadicNetwork
    certificate: ExactCertificate
    shape: LatticeShape
    summary: dict[str, Any]
    content: bytes
    data: Dataset

    @property
    def stored(self) -> StoredExactRun:
        """The run as its files hold it."""
        return StoredExactRun(self.network, self.data.classes, self.summary, self.data.columns)

    def save(self, directory: str | os.PathLike[str], further: Mapping[str, bytes] | None = None) -> Path:
        """Write `network.json`, `certificate.json` and `summary.json`, whole or not at all, with `further` files."""
        files = {
            **(further or {}),
            "network.json": self.content,
            "certificate.json": self.certificate.to_json().encode(),
            "summary.json": (json.dumps(self.summary, indent=1) + "\n").encode(),
        }
        return write_run(directory, files)


@of_data
def memorize_exactly(
    data: Dataset, *, ratio: float | None = None, radius: float | None = None, progress: Progress | None = None
) -> ExactRun:
    """Return the network of Theorem B.3 for `data`, in exact numbers, certified on all ℓ2 balls of the ratio or radius.

    With neither the ratio is the largest that the theorem serves, `1/(5N√d)`. See `docs/theory/lattice-paper.md`.

    Raises InputError above that ratio, which is named, and for data whose network would be too large to build.
    """
    clock = Clock(progress)
    _check_size(data, shape_of(data.n_samples, data.n_features, data.n_classes, 2), "at least ")
    sep = clock.timed("separation", lambda: separation(data, norm=2, progress=clock.stage("separation")))
    target = _target(data, sep, ratio, radius)
    cells = clock.timed("cells", lambda: cells_of(data.points, sep.lower))
    shape = shape_of(data.n_samples, data.n_features, data.n_classes, cells.count)
    _check_size(data, shape)
    built = clock.timed("construction", lambda: build_lattice_paper(cells, data.labels, shape))
    content = clock.timed("export", lambda: exact_network_file(built, data.classes, described(data)))
    stored = read_exact_network(content)
    certificate = clock.timed("certification", lambda: certify_exactly(stored, content, data, target.radius, clock.progress))
    summary = _summary(data, (sep, target), (stored.network, shape, certificate), clock.all_seconds())
    return ExactRun(stored.network, certificate, shape, summary, content, data)


def _target(data: Dataset, sep: Separation, ratio: float | None, radius: float | None) -> Target:
    limit = lattice_ratio_lower(data.n_samples, data.n_features)
    if ratio is None and radius is None:
        return target_of(sep, ratio=limit)
    target = target_of(sep, ratio=ratio, radius=radius)
    if target.ratio > limit:
        raise InputError(
            f"the theorem behind {LATTICE_PAPER} serves ratios up to 1/(5 N sqrt(d)) = {limit!r} for {data.n_samples:,} "
            f"samples and {data.n_features:,} features, not {target.ratio:.6g}; leave the ratio out for the largest, or use "
            "another construction"
        )
    return target


def _check_size(data: Dataset, shape: LatticeShape, how: str = "") -> None:
    if shape.depth * shape.bits_per_weight > MOST_BITS:
        raise InputError(
            f"the network of {LATTICE_PAPER} for {data.n_samples:,} samples and {data.n_features:,} features would have "
            f"{how}{shape.depth:,} layers and numbers of {how}{shape.bits_per_weight:,} bits, too many to build; take "
            "fewer samples or features"
        )


def _summary(
    data: Dataset, asked: tuple[Separation, Target], made: tuple[DyadicNetwork, LatticeShape, ExactCertificate], seconds: Any
) -> dict[str, Any]:
    (sep, target), (network, shape, certificate) = asked, made
    return {
        "n_samples": data.n_samples,
        "n_features": data.n_features,
        "n_classes": data.n_classes,
        "norm": "2",
        "delta": sep.lower,
        "radius": target.radius,
        "ratio": target.ratio,
        "construction": LATTICE_PAPER,
        "map_rank": shape.rank,
        "width": network.width,
        "depth": network.depth,
        "formula_width": shape.width,
        "formula_depth": shape.depth,
        "formula_entries": shape.entries,
        "formula_bits_per_weight": shape.bits_per_weight,
        "n_nonzero": network.n_nonzero,
        "n_entries": network.entries,
        "bits_per_weight": network.bits,
        "total_bits": network.entries * network.bits,
        "cells_per_axis": shape.cells,
        "key_bits": shape.key_bits,
        "dtype": "exact",
        "label_rule": "exact",
        "certified": certificate.count(Outcome.CERTIFIED),
        "falsified": certificate.count(Outcome.FALSIFIED),
        "undecided": certificate.count(Outcome.UNDECIDED),
        "seconds": seconds,
        "logwidth_version": version("logwidth"),
        "data_name": data.name,
        "columns": data.columns.to_json(),
        "data_source": None if data.source is None else data.source.to_json(),
        "data_sha256": certificate.data_sha256,
        "network_sha256": certificate.network_sha256,
    }
