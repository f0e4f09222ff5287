"""The folder of a curve: per rank the map and the certificate of its ceiling, the evidence of what the curve says."""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from logwidth.certify import AlteredCertificateError, check_lower_bound, read_lower_bound
from logwidth.compute.step_cache import Key, StepCache
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import write_file
from logwidth.pipeline.lower import RankBound
from logwidth.separation import Separation
from logwidth.types import FloatArray, Progress

FORMAT = "logwidth curve 1"


@dataclass(frozen=True)
class CurveStore:
    """`curve.json` says what is asked; `rank-K.npy` (K, d) is a map, `rank-K.json` its certificate.

    `search.npz` keeps the steps of a search while it runs. Files are written whole or not at all. Nothing here is believed:
    maps are measured again on all pairs and certificates proven again from the data whenever they are read.
    """

    folder: Path

    @classmethod
    def at(cls, folder: str | os.PathLike[str], request: Mapping[str, object]) -> "CurveStore":
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

    def steps(self, key: Key, told: Progress) -> StepCache:
        """Return what is kept of the search that was going on."""
        return StepCache(self.folder / "search.npz", key, told)

    def map_of(self, rank: int, n_features: int) -> FloatArray | None:
        """Return the matrix (rank, d) kept for a rank that is done; None if there is none."""
        path = self._map(rank)
        if not path.exists() or not (rank >= n_features or self._ceiling(rank).exists()):
            return None
        matrix = _array(path)
        if matrix.ndim != 2 or matrix.shape[1] != n_features or not 1 <= len(matrix) <= rank:
            raise InputError(f"{path} holds no map of rank {rank}; delete it to search again")
        return matrix

    def keep_map(self, rank: int, matrix: FloatArray) -> None:
        """Keep a map."""
        write_file(self._map(rank), _bytes(matrix))

    def ceiling_of(self, rank: int, data: Dataset, sep: Separation) -> RankBound | None:
        """Return the certificate kept for a rank, proven again; None if there is none."""
        path = self._ceiling(rank)
        if not path.exists():
            return None
        try:
            found = read_lower_bound(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, InputError, AlteredCertificateError) as problem:
            raise InputError(f"{path}: {problem}; delete it to compute it again") from problem
        if not isinstance(found, RankBound) or found.rank != rank or found.norm != sep.norm:
            raise InputError(f"{path} is not about rank {rank}; delete it to compute it again")
        problems = check_lower_bound(found, data, separation=sep)
        if problems:
            raise InputError(f"{path} does not hold: {problems[0]}; delete it to compute it again")
        return found

    def keep_ceiling(self, rank: int, certificate: RankBound) -> None:
        """Keep a certificate; the rank is done."""
        write_file(self._ceiling(rank), certificate.to_json().encode())

    def _map(self, rank: int) -> Path:
        return self.folder / f"rank-{rank}.npy"

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
