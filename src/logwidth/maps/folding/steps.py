"""The steps of a search for folds that are done, so that a killed search need not do them again."""

import io
import os
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.maps.folding.climb import Fold
from logwidth.maps.folding.weights import FoldWeights

NAMES = tuple(field.name for field in fields(FoldWeights))


class Steps:
    """Remembers the outcomes of the numbered steps of a deterministic search, in a file if it has one.

    What is in the file is no claim: folds are proven from the stored network or not at all. A file of another search, or a
    damaged one, is ignored, and one that cannot be written costs nothing but the chance to resume.
    """

    def __init__(self, path: Path | None, digest: str) -> None:
        self.path, self.digest, self.number = path, digest, 0
        self.done = {} if path is None else _loaded(path, digest)

    def recall(self, step: Callable[[], Fold]) -> Fold:
        """Return the outcome of the next step: remembered, or computed now and remembered."""
        self.number += 1
        key = f"{self.number:03}"
        if key not in self.done:
            self.done[key] = step()
            self._save()
        return self.done[key]

    def _save(self) -> None:
        if self.path is None:
            return
        arrays: dict[str, Any] = {
            f"{key}_{name}": getattr(fold.weights, name) for key, fold in self.done.items() for name in NAMES
        }
        arrays |= {f"{key}_ratio": np.array(fold.ratio) for key, fold in self.done.items()}
        stream = io.BytesIO()
        np.savez(stream, digest=np.array(self.digest), **arrays)
        draft = self.path.with_name(self.path.name + ".part")
        try:
            draft.write_bytes(stream.getvalue())
            os.replace(draft, self.path)
        except OSError:
            draft.unlink(missing_ok=True)
            self.path = None

    def close(self) -> None:
        """Remove the file: the search is finished."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _loaded(path: Path, digest: str) -> dict[str, Fold]:
    if not path.exists():
        return {}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["digest"]) != digest:
                return {}
            keys = sorted({name.split("_")[0] for name in stored.files if name != "digest"})
            return {
                key: Fold(FoldWeights(**{name: stored[f"{key}_{name}"] for name in NAMES}), float(stored[f"{key}_ratio"]))
                for key in keys
            }
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return {}
