"""What the main job hands on: the stored network with its certificate and its numbers; labels of new rows."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import (
    Certificate,
    LowerBound,
    PiecesCertificate,
    StoredRun,
    open_run,
    read_onnx,
    run_line,
    run_of_files,
)
from logwidth.dataset import Dataset, DataSource, load_points, read_like
from logwidth.display import Shown, summary_rows
from logwidth.errors import InputError
from logwidth.export import write_run
from logwidth.maps import PreservingMap
from logwidth.network import ReluNetwork
from logwidth.pipeline.summary import Summary


@dataclass(frozen=True, eq=False, repr=False)
class Run(Shown):
    """What was built: the stored network, its map, its certificate, and the summary that is printed.

    `onnx` holds the bytes of the network's file; `network` was read back from them and is what was certified.
    `width_certificate` proves the summary's `width_lower` (None: not computed, or the trivial 1), `pieces_certificate` its
    `pieces_lower` (None: not computed, or no pieces decide). `data` are those that were memorized.
    """

    network: ReluNetwork
    map: PreservingMap
    certificate: Certificate
    summary: Summary
    onnx: bytes
    width_certificate: LowerBound | None = None
    pieces_certificate: PiecesCertificate | None = None
    data: Dataset | None = None

    @cached_property
    def stored(self) -> StoredRun:
        """The run as its files hold it."""
        return run_of_files(read_onnx(self.onnx), self.certificate, dict(self.summary), "the network")

    def predict(self, X: Any, *, raw: bool | None = None) -> NDArray[Any]:
        """Return the label of each row of `X`, see :meth:`StoredRun.predict`."""
        return self.stored.predict(X, raw=raw)

    def certified_radius(self, X: Any, *, raw: bool | None = None) -> NDArray[np.float64]:
        """Return, per row of `X`, a radius within which the label provably stays, see :meth:`StoredRun.certified_radius`."""
        return self.stored.certified_radius(X, self.data, raw=raw)

    def facts(self) -> list[tuple[str, str, str]]:
        """Return the rows of the table that `logwidth fit` prints."""
        return summary_rows(self.summary)

    def plot(self, ax: Any = None) -> Any:
        """Draw the certificate's radii, see :meth:`Certificate.plot`."""
        return self.certificate.plot(ax)

    def _line(self) -> list[str]:
        return run_line(self.network, self.certificate, dict(self.summary))

    def save(self, directory: str | os.PathLike[str], further: Mapping[str, bytes] | None = None) -> Path:
        """Write `network.onnx`, `certificate.json`, `summary.json` and, if there are any, the certificates of bounds.

        The run directory is written whole or not at all, with `further` files (name to content) in it.
        """
        files = {
            **(further or {}),
            "network.onnx": self.onnx,
            "certificate.json": self.certificate.to_json().encode(),
            "summary.json": self.summary.to_json().encode(),
        }
        if self.width_certificate is not None:
            files["width_certificate.json"] = self.width_certificate.to_json().encode()
        if self.pieces_certificate is not None:
            files["pieces_certificate.json"] = self.pieces_certificate.to_json().encode()
        return write_run(directory, files)


def or_none(build: Callable[[], Run]) -> Run | None:
    """Return the run that is built, None where that is refused."""
    try:
        return build()
    except InputError:
        return None


def certified_or_none(build: Callable[[], Run]) -> Run | None:
    """Return the run that is built, None where that is refused or not every ball is certified."""
    run = or_none(build)
    return run if run is not None and run.certificate.holds else None


def first_certified(ways: Iterable[Callable[[], Run | None]]) -> Run:
    """Return the first certified of the runs that some ways build, else the last; raises what the first was refused for."""
    run, refused = None, None
    for build in ways:
        try:
            run = build() or run
        except InputError as problem:
            refused = refused or problem
            continue
        if run is not None and run.certificate.holds:
            return run
    if run is None:
        assert refused is not None
        raise refused
    return run


def predict(run: Run | StoredRun | str | os.PathLike[str], X: Any, *, raw: bool | None = None) -> NDArray[Any]:
    """Return the label of each row of `X` by a run, or by the run in a directory, `(n,)`; None where it returns none.

    `X` is a data frame, an array `(n, d)`, or the path of a file in any form that `load` reads; see
    :meth:`StoredRun.predict` for how columns are matched and what `raw` says.

    Raises InputError for rows or files that cannot be read or matched.
    """
    opened = run.stored if isinstance(run, Run) else run if isinstance(run, StoredRun) else open_run(run)
    if not isinstance(X, str | os.PathLike):
        return opened.predict(X, raw=raw)
    source = read_like(DataSource(os.fspath(X)), opened.summary.get("data_source"), opened.columns)
    points = load_points(source, opened.columns, opened.network.n_inputs, opened.classes)
    whole = ~np.isnan(points).any(axis=1)
    indices = np.full(len(points), -1, dtype=np.int64)
    if whole.any():
        indices[whole] = opened.class_indices(points[whole])
    return opened.labels_of(indices)
