"""The steps of a search for folds that are done, so that a killed search need not do them again."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from logwidth.compute.step_cache import Arrays, Codec, StepCache, digest_of
from logwidth.maps.folding.climb import Fold
from logwidth.maps.folding.weights import FoldWeights
from logwidth.types import silent

NAMES = tuple(field.name for field in fields(FoldWeights))


class Steps:
    """Remembers the numbered outcomes of one search in the store of the program that it is a part of, or in a file.

    What is kept is no claim: folds are proven from the stored network or not at all. A file of another search, or a damaged
    one, is ignored.
    """

    def __init__(self, place: StepCache | Path | None, digest: str) -> None:
        self.store = place if isinstance(place, StepCache) else StepCache(place, lambda: [digest], silent)
        self.name, self.number = f"folds {digest_of([digest])[:12]}", 0

    @property
    def path(self) -> Path | None:
        """The file of the store; None where there is none, or where it cannot be written."""
        return self.store.path

    @property
    def done(self) -> list[str]:
        """The names of the steps that are kept."""
        return [name for name in self.store.done if self.name in name]

    def recall(self, step: Callable[[], Fold]) -> Fold:
        """Return the outcome of the next step: remembered, or computed now and remembered."""
        self.number += 1
        return self.store.recall(f"{self.name} {self.number:03}", step, FOLD)

    def close(self) -> None:
        """Forget the steps: the search is finished."""
        self.store.forget(self.name)


def _fold(parts: Arrays) -> Fold:
    return Fold(FoldWeights(**{name: parts[name] for name in NAMES}), float(parts["ratio"]))


def _arrays(fold: Fold) -> Arrays:
    return {**{name: getattr(fold.weights, name) for name in NAMES}, "ratio": np.array(fold.ratio)}


FOLD = Codec[Fold](_arrays, _fold)
