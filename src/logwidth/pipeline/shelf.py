"""The folder of a curve: per rank the map and the certificate of its ceiling, so that a killed curve goes on."""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import (
    AlteredCertificateError,
    WidthCertificate,
    check_width_bound,
    read_lower_bound,
)
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import write_file
from logwidth.separation import Separation

FORMAT = "logwidth curve 1"
START_COLUMNS = 3

FloatArray = NDArray[np.float64]
Start = tuple[NDArray[np.int64], FloatArray]


@dataclass(frozen=True)
class Shelf:
    """`curve.json` says what is asked; `rank-K.npy` (K, d) is a map, `rank-K.json` its certificate.

    `rank-K.start.npy` (pairs and weights that a search left) lives until the ceiling of the rank is done, and
    `search.npz` while a search runs. Files are written whole or not at all. Nothing here is believed: maps are measured
    again on all pairs and certificates proven again from the data whenever they are read.
    """

    folder: Path

    @classmethod
    def at(cls, folder: str | os.PathLike[str], request: Mapping[str, object]) -> "Shelf":
        """Open the folder for a request, or make it; raise InputError when it belongs to anything else."""
        home = Path(folder).absolute()
        label = home / "curve.json"
        body = {"format": FORMAT, **request}
        try:
            home.mkdir(parents=True, exist_ok=True)
            if not label.exists() and any(home.iterdir()):
                raise InputError(f"cannot keep a curve in {home}: it holds other files; choose an empty or new --out")
            known = json.loads(label.read_text(encoding="utf-8")) if label.exists() else None
        except OSError as problem:
            raise InputError(f"cannot keep a curve in {home}: {problem.strerror or problem}") from problem
        except ValueError as problem:
            raise InputError(f"{label} is damaged ({problem}); delete the folder to start afresh") from problem
        if known is None:
            write_file(label, (json.dumps(body, indent=1) + "\n").encode())
        elif known != body:
            raise InputError(f"{home} holds a curve of other data, norm or seed; choose another --out")
        return cls(home)

    @property
    def checkpoint(self) -> Path:
        """The file from which a killed search goes on."""
        return self.folder / "search.npz"

    def map_of(self, rank: int, n_features: int) -> tuple[FloatArray, Start | None] | None:
        """Return the matrix (rank, d) kept for a rank, with what its search left; None if there is none."""
        path, start = self.folder / f"rank-{rank}.npy", self._start(rank)
        if not path.exists():
            return None
        matrix = _array(path)
        if matrix.ndim != 2 or matrix.shape[1] != n_features or not 1 <= len(matrix) <= rank:
            raise InputError(f"{path} holds no map of rank {rank}; delete it to search again")
        return matrix, _pairs_and_weights(start) if start.exists() else None

    def keep_map(self, rank: int, matrix: FloatArray, start: Start | None) -> None:
        """Keep a map, and the pairs (n, 2) and weights (n,) from which its ceiling may start."""
        if start is not None:
            write_file(self._start(rank), _bytes(np.column_stack([start[0].astype(np.float64), start[1]])))
        write_file(self.folder / f"rank-{rank}.npy", _bytes(matrix))

    def ceiling_of(self, rank: int, data: Dataset, sep: Separation) -> WidthCertificate | None:
        """Return the certificate kept for a rank, proven again; None if there is none."""
        path = self._ceiling(rank)
        if not path.exists():
            return None
        try:
            found = read_lower_bound(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, InputError, AlteredCertificateError) as problem:
            raise InputError(f"{path}: {problem}; delete it to compute it again") from problem
        if not isinstance(found, WidthCertificate) or found.rank != rank or found.norm != sep.norm:
            raise InputError(f"{path} is not about rank {rank}; delete it to compute it again")
        problems = check_width_bound(found, data, known=sep)
        if problems:
            raise InputError(f"{path} does not hold: {problems[0]}; delete it to compute it again")
        return found

    def keep_ceiling(self, rank: int, certificate: WidthCertificate) -> None:
        """Keep a certificate; the rank is done."""
        write_file(self._ceiling(rank), certificate.to_json().encode())
        self._start(rank).unlink(missing_ok=True)

    def _start(self, rank: int) -> Path:
        return self.folder / f"rank-{rank}.start.npy"

    def _ceiling(self, rank: int) -> Path:
        return self.folder / f"rank-{rank}.json"


def kept_ranks(folder: str | os.PathLike[str]) -> tuple[int, list[int]]:
    """Return the seed of the curve in a folder and the ranks whose map and ceiling it holds; raise InputError for others."""
    home = Path(folder)
    try:
        body = json.loads((home / "curve.json").read_text(encoding="utf-8"))
        seed, names = body["seed"], {path.name for path in home.iterdir()}
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise InputError(f"{home} holds no curve; make one: logwidth radius DATA --ranks A:B --out {home}") from problem
    ranks = [int(name[5:-4]) for name in names if name[:5] == "rank-" and name[-4:] == ".npy" and name[5:-4].isdecimal()]
    return seed, sorted(rank for rank in ranks if f"rank-{rank}.json" in names)


def _bytes(array: FloatArray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=False)
    return stream.getvalue()


def _array(path: Path) -> FloatArray:
    try:
        array = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as problem:
        raise InputError(f"{path} is damaged ({problem}); delete it to start that rank afresh") from problem
    if not isinstance(array, np.ndarray) or array.dtype != np.float64 or not np.isfinite(array).all():
        raise InputError(f"{path} holds no finite numbers; delete it to start that rank afresh")
    return array


def _pairs_and_weights(path: Path) -> Start:
    table = _array(path)
    if table.ndim != 2 or table.shape[1] != START_COLUMNS or not len(table):
        raise InputError(f"{path} holds no weighted pairs; delete it to start that rank afresh")
    return table[:, :2].astype(np.int64), np.ascontiguousarray(table[:, 2])
