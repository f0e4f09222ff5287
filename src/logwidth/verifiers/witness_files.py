"""Where counterexamples lie: in the file that a row names, or beside the table, as competitions keep them."""

import os
from collections.abc import Iterator
from pathlib import Path

from logwidth.verifiers.answers import Answer
from logwidth.verifiers.files import stored
from logwidth.verifiers.tensor_files import is_tensors

ENDING = ".counterexample"
DEEPEST = 3  # folders below the table's


class WitnessFiles:
    """The files and folders of tensors `ONNX_VNNLIB.counterexample`, files gzipped or not, in a folder and some below it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.known: dict[str, list[Path]] = {}
        for path in sorted(_files(home)):
            self.known.setdefault(path.name.removesuffix(".gz").removesuffix(ENDING), []).append(path)

    def of(self, answer: Answer) -> list[Path]:
        """Return the file that an answer names, else those beside the table: of its own benchmark where folders tell."""
        if answer.counterexample:
            return [stored(self.home / answer.counterexample)]
        found = self.known.get("_".join(answer.key), [])
        for mark in (answer.version, answer.category):
            own = [path for path in found if mark and mark in str(path.relative_to(self.home).parent)]
            found = own or found
        nearest = min((len(path.parts) for path in found), default=0)
        return [path for path in found if len(path.parts) == nearest]

    def shown(self, path: Path) -> str:
        """Return a file's name relative to the table."""
        return os.path.relpath(path, self.home)


def _files(home: Path) -> Iterator[Path]:
    top = len(home.parts)
    for folder, below, names in os.walk(home):
        place = Path(folder)
        yield from (place / name for name in below if is_tensors(place / name))
        if len(place.parts) - top >= DEEPEST:
            below.clear()
        yield from (place / name for name in names if name.removesuffix(".gz").endswith(ENDING))
