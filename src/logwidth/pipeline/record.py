"""The record of a job: long steps that are done, kept in a folder, so that a killed job need not do them again."""

import hashlib
import io
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.construct import Prototypes
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import write_file
from logwidth.maps import PreservingMap
from logwidth.pipeline.request import Request

FORMAT = "logwidth job 2"
PROGRAM = Path(__file__).parent.parent

FloatArray = NDArray[np.float64]
Arrays = Mapping[str, Any]
Search = Callable[[Path | None], PreservingMap]


@cache
def build(program: Path = PROGRAM) -> str:
    """Return what tells this build of the program from others: its version, and a digest of its files if they can be read.

    Another build may search in another way under the same version, and what it kept is no step of this one.
    """
    digest = hashlib.sha256(version("logwidth").encode())
    for path in sorted(program.rglob("*.py")):
        digest.update(path.relative_to(program).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


class Record:
    """Remembers the outcomes of the long steps of a deterministic job, in a folder if it has one.

    A job runs the same way every time, so it is resumed by running it again from the start: a step in the record is not done
    again. The folder's name is a digest of the data, the request and this build of the program, so a record of anything
    else is never met; a file whose own digest does not match is ignored. Nothing here is believed: a map is checked again
    on all pairs, and what pieces do is for the certificate to prove. A folder that cannot be written costs nothing but the
    chance to resume.
    """

    def __init__(self, folder: Path | None, told: Callable[[str, float], None]) -> None:
        self.folder, self.told, self.steps = folder, told, 0

    @classmethod
    def of(
        cls, home: str | os.PathLike[str] | None, data: Dataset, request: Request, told: Callable[[str, float], None]
    ) -> "Record":
        """Return the record of a job within the folder `home` of records, which is made when something is kept."""
        if home is None:
            return cls(None, told)
        asked = {field.name: getattr(request, field.name) for field in fields(request) if field.name != "start"}
        asked["start"] = None if request.start is None else hashlib.sha256(request.start.matrix.tobytes()).hexdigest()
        body = json.dumps([FORMAT, build(), data.sha256, asked], sort_keys=True)
        return cls(Path(home).absolute() / hashlib.sha256(body.encode()).hexdigest()[:16], told)

    def map(self, search: Search, check: Callable[[FloatArray, str], PreservingMap]) -> PreservingMap:
        """Return the map that a search finds; one from the record passes `check(matrix, method)` first.

        The search is given a file that keeps its rounds.
        """
        path = self._next("map")
        kept = self._kept(path, {"matrix", "method"})
        if kept is not None:
            try:
                return check(kept["matrix"], str(kept["method"]))
            except (InputError, ValueError, TypeError):
                self.told("record: a map that fails its check is searched again", 1.0)
        found = search(None if path is None else self._rounds(path.with_suffix(".search.npz")))
        self._keep(path, {"matrix": found.matrix, "method": np.array(found.method)})
        return found

    def prototypes(self, choose: Callable[[], Prototypes | None]) -> Prototypes | None:
        """Return the prototypes that are chosen, from the record if they are there; that there are none is kept too."""
        path = self._next("pieces")
        kept = self._kept(path, {"points", "offsets", "classes", "gap", "matrix"})
        if kept is None:
            found = choose()
            self._keep(path, _arrays(found))
            return found
        if not kept["classes"].size:
            return None
        matrix = kept["matrix"] if kept["matrix"].size else None
        return Prototypes(kept["points"], kept["offsets"], kept["classes"], float(kept["gap"]), matrix)

    def file(self, name: str) -> Path | None:
        """Return a file in which a search may keep its own steps; None where there is no folder."""
        path = self._next(name)
        return None if path is None else self._rounds(path.with_suffix(".search.npz"))

    def _next(self, name: str) -> Path | None:
        self.steps += 1
        return None if self.folder is None else self.folder / f"{self.steps:02}-{name}.npz"

    def _rounds(self, path: Path) -> Path | None:
        """Return the file that keeps the rounds of a search, if it can be kept; what is damaged goes."""
        if path.exists() and not _whole(path):
            self.told(f"record: {path.name} is damaged and ignored", 1.0)
            path.unlink(missing_ok=True)
        return self._made(path)

    def _made(self, path: Path) -> Path | None:
        """Return the path if its folder exists or can be made."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        return path

    def _kept(self, path: Path | None, names: set[str]) -> Arrays | None:
        if path is None or not path.exists():
            return None
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            sound = str(arrays.pop("digest")) == _digest(arrays) and set(arrays) == names
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            sound = False
        if not sound:
            self.told(f"record: {path.name} is damaged and ignored", 1.0)
            return None
        self.told(f"record: {path.name} goes on from there", 1.0)
        return arrays

    def _keep(self, path: Path | None, arrays: Arrays) -> None:
        if path is None or self._made(path) is None:
            return
        stream = io.BytesIO()
        np.savez(stream, digest=np.array(_digest(arrays)), **arrays)
        try:
            write_file(path, stream.getvalue())
        except InputError:
            self.told(f"record: {path.name} cannot be written", 1.0)


@contextmanager
def forgotten_unless_killed(home: str | os.PathLike[str]) -> Iterator[None]:
    """Remove a folder of records after the block, which has done its job or was refused; keep it if it was interrupted."""
    try:
        yield
    except InputError:
        shutil.rmtree(home, ignore_errors=True)
        raise
    shutil.rmtree(home, ignore_errors=True)


def _arrays(found: Prototypes | None) -> Arrays:
    """Return prototypes as arrays, all empty for none."""
    none = np.empty((0, 0))
    if found is None:
        return dict.fromkeys(("points", "offsets", "classes", "gap", "matrix"), none)
    return {**vars(found), "gap": np.array(found.gap), "matrix": none if found.matrix is None else found.matrix}


def _whole(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return False


def _digest(arrays: Arrays) -> str:
    digest = hashlib.sha256(FORMAT.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype} {array.shape};".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
