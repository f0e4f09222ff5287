"""The journal of a search: the rounds that are done, so that a killed search need not do them again."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps.search_state import SearchState

FORMAT = "logwidth map search 1"
PARTS = tuple(field.name for field in fields(SearchState))
NUMBERS = ("value", "upper_estimate", "violation")


class Journal:
    """Remembers the outcome of named steps of a deterministic program, in a file if it has one.

    A search runs the same way every time, so it is resumed by running it again from the start: a step found in the
    journal returns what it returned before, bit for bit, and the result has the bytes of an undisturbed run. When a step
    that consists of others is done, they are forgotten. The file is an .npz without pickles, replaced atomically after
    every step; it holds frames and pairs, never a claim: whatever is found is checked afresh.
    """

    def __init__(self, path: str | os.PathLike[str] | None, digest: Callable[[], str]) -> None:
        self.path = None if path is None else Path(path)
        self._digest = "" if path is None else digest()
        self._prefix = ""
        self._done: dict[str, SearchState] = {} if self.path is None else _load(self.path, self._digest)

    def recall(self, name: str, step: Callable[[], SearchState]) -> SearchState:
        """Return the outcome of a step: remembered, or computed now and remembered."""
        key = f"{self._prefix}/{name}"
        if key in self._done:
            return self._done[key]
        outer, self._prefix = self._prefix, key
        try:
            found = step()
        finally:
            self._prefix = outer
        if self.path is not None:
            self._done = {k: v for k, v in self._done.items() if not k.startswith(key + "/")} | {key: found}
            self._save(self.path)
        return found

    def _save(self, path: Path) -> None:
        """Write the file; if the disk is full, go on without: that costs the chance to resume."""
        try:
            _save(path, self._digest, self._done)
        except OSError:
            path.with_name(path.name + ".part").unlink(missing_ok=True)
            self.path = None

    def close(self) -> None:
        """Remove the file: the search is finished."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def search_digest(data: Dataset, arguments: Iterable[object]) -> str:
    """Return a digest of the data and of everything else that a search depends on."""
    digest = hashlib.sha256(FORMAT.encode())
    for array in (data.points, data.labels):
        digest.update(f"{array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    for argument in arguments:
        if isinstance(argument, np.ndarray):
            digest.update(f"{argument.shape}".encode())
            digest.update(np.ascontiguousarray(argument).data)
        else:
            digest.update(json.dumps(argument).encode() + b";")
    return digest.hexdigest()


def _load(path: Path, digest: str) -> dict[str, SearchState]:
    if not path.exists():
        if not path.parent.is_dir():
            raise InputError(f"the checkpoint {path} cannot be written: there is no folder {path.parent}")
        return {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            names = [str(name) for name in stored["names"]]
            known = str(stored["digest"])
            done = {name: _climb({part: stored[f"{part}_{n}"] for part in PARTS}) for n, name in enumerate(names)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise InputError(f"the checkpoint {path} cannot be read ({problem}); delete it to start afresh") from problem
    if known != digest:
        raise InputError(
            f"the checkpoint {path} belongs to a search on other data or with other arguments; name another file, or "
            "delete it to start afresh"
        )
    return done


def _climb(parts: dict[str, np.ndarray]) -> SearchState:
    value, upper_estimate, violation = (float(parts[name]) for name in NUMBERS)
    return SearchState(parts["frame"], value, upper_estimate, violation, parts["pairs"], parts["weights"])


def _save(path: Path, digest: str, done: dict[str, SearchState]) -> None:
    arrays = {f"{part}_{n}": getattr(found, part) for n, found in enumerate(done.values()) for part in PARTS}
    stream = io.BytesIO()
    np.savez(stream, digest=np.array(digest), names=np.array(list(done), dtype=np.str_), **arrays)
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(stream.getvalue())
    os.replace(draft, path)
