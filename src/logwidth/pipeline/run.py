"""What is asked of the main job, and what it hands on."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import Certificate, LowerBound, PiecesCertificate, StoredRun, read_onnx, run_line, run_of_files
from logwidth.dataset import Dataset
from logwidth.display import Shown, summary_rows
from logwidth.errors import InputError, did_you_mean
from logwidth.export import write_run
from logwidth.maps import PreservingMap
from logwidth.network import ReluNetwork

Progress = Callable[[str, float], None]
PIECES = ("least", "cover", "all")


@dataclass(frozen=True)
class Request:
    """What the user asks for: `ratio` or `radius`, and optionally a width budget, a construction, a float format.

    `pieces` says what decides where scores do: 'all' samples, a greedy 'cover' of them, or the 'least' number that moving
    pieces reaches. `own_radii`: every sample gets as large a radius as can be proven, instead of one for all.
    `lanes` is a number of running maxima per class, `max_depth` the largest depth allowed. `smallest`: of the ranks that the
    width allows the one that gives the fewest nonzero numbers, instead of the narrowest network.
    """

    ratio: float | None = None
    radius: float | None = None
    norm: float = 2.0
    width: int | None = None
    construction: str | None = None
    dtype: str = "float32"
    seed: int = 0
    checkpoint: str | os.PathLike[str] | None = None
    pieces: str = "least"
    own_radii: bool = False
    lanes: int | None = None
    max_depth: int | None = None
    smallest: bool = False

    def __post_init__(self) -> None:
        if self.pieces not in PIECES:
            raise InputError(
                f"unknown pieces {self.pieces!r}{did_you_mean(self.pieces, PIECES)}; known are: {', '.join(PIECES)}"
            )
        if self.own_radii and (self.ratio is not None or self.construction == "line"):
            raise InputError("radius 'max' goes with neither a ratio nor the construction line")
        for name, value in (("lanes", self.lanes), ("max_depth", self.max_depth)):
            if value is not None and value < 1:
                raise InputError(f"{name} must be at least 1, not {value}")
        if self.lanes is not None and self.construction not in (None, "lanes"):
            raise InputError(f"the construction {self.construction} has no lanes; use the construction lanes")
        if self.lanes is not None and self.max_depth is not None:
            raise InputError("give either lanes or max_depth, not both: a depth budget chooses the lanes")
        if self.smallest and (self.norm != 2.0 or self.own_radii or self.pieces != "least" or self.lanes or self.max_depth):
            raise InputError(
                "the smallest network is looked for among ranks, in norm 2, with the least pieces: leave out other norms, "
                "radius 'max', pieces, lanes and max_depth"
            )


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
    summary: dict[str, Any]
    onnx: bytes
    width_certificate: LowerBound | None = None
    pieces_certificate: PiecesCertificate | None = None
    data: Dataset | None = None

    @cached_property
    def stored(self) -> StoredRun:
        """The run as its files hold it."""
        return run_of_files(read_onnx(self.onnx), self.certificate, self.summary, "the network")

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
        return run_line(self.network, self.certificate, self.summary)

    def save(self, directory: str | os.PathLike[str], further: Mapping[str, bytes] | None = None) -> Path:
        """Write `network.onnx`, `certificate.json`, `summary.json` and, if there are any, the certificates of bounds.

        The run directory is written whole or not at all, with `further` files (name to content) in it.
        """
        files = {
            **(further or {}),
            "network.onnx": self.onnx,
            "certificate.json": self.certificate.to_json().encode(),
            "summary.json": (json.dumps(self.summary, indent=1, allow_nan=False) + "\n").encode(),
        }
        if self.width_certificate is not None:
            files["width_certificate.json"] = self.width_certificate.to_json().encode()
        if self.pieces_certificate is not None:
            files["pieces_certificate.json"] = self.pieces_certificate.to_json().encode()
        return write_run(directory, files)
