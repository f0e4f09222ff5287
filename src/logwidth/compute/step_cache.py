"""The one store for resuming: long steps that are done, kept in a file, so that a killed program need not do them again."""

import hashlib
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from logwidth.errors import InputError
from logwidth.types import Progress

FORMAT = "logwidth steps 1"
APART = 20.0
"""Times as long as the last writing took the next one waits."""
PROGRAM = Path(__file__).parent.parent
BROKEN = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile)

Outcome = TypeVar("Outcome")
Arrays = Mapping[str, Any]
Key = Callable[[], Iterable[object]]


@dataclass(frozen=True)
class Codec(Generic[Outcome]):
    """How the outcome of a step is kept as arrays, and made of them again; `outcome` raises for what cannot be one."""

    arrays: Callable[[Outcome], Arrays]
    outcome: Callable[[Arrays], Outcome]


class StepCache:
    """Remembers the outcomes of named steps of a deterministic program, in a file if it has one.

    A program runs the same way every time, so it is resumed by running it again from the start: a step that is found here is
    not done again, and the result has the bytes of an undisturbed run. When a step that consists of others is done, they are
    forgotten. The file is an .npz without pickles, replaced atomically after a step: within others so seldom that writing
    takes at most a twentieth of the time, and when one is stopped. One that cannot be written costs only the chance to
    resume.

    `key` gives all that the outcomes depend on. This build of the program belongs to it: another one may search in another
    way under the same version, and what it kept is no step of this one. Nothing in the file is a claim: whatever is found is
    checked or proven afresh by those who use it. A file that is damaged or of another key is refused, and said to `told` and
    started afresh if that is given.
    """

    def __init__(self, path: str | os.PathLike[str] | None, key: Key = tuple, told: Progress | None = None) -> None:
        self.path = None if path is None else Path(path)
        self._told = told
        self._key = "" if path is None else digest_of([FORMAT, build_digest(), *key()])
        self._prefix = ""
        self._next, self._pending = 0.0, False
        self._done: dict[str, Arrays] = {} if self.path is None else self._loaded(self.path)

    @property
    def done(self) -> tuple[str, ...]:
        """The names of the steps that are kept."""
        return tuple(self._done)

    def recall(self, name: str, step: Callable[[], Outcome], codec: Codec[Outcome]) -> Outcome:
        """Return the outcome of a step: remembered, or computed now and remembered."""
        key = f"{self._prefix}/{name}"
        if key in self._done:
            try:
                return codec.outcome(self._done[key])
            except (InputError, ValueError, TypeError, KeyError):
                self._say(f"{name} fails its check and is done again")
        outer, self._prefix = self._prefix, key
        try:
            found = step()
        except BaseException:  # stopped, by Ctrl-C too: what is done is kept
            self._save_if(due=self._pending)
            raise
        finally:
            self._prefix = outer
        if self.path is not None:
            self._done = {**self._outside(key), key: codec.arrays(found)}
            self._pending = True
            self._save_if(due=not outer or time.monotonic() >= self._next)
        return found

    def forget(self, name: str) -> None:
        """Forget the step of that name, and those of that name and a number; the file goes with the last of them."""
        key = f"{self._prefix}/{name}"
        kept = {other: arrays for other, arrays in self._outside(key).items() if not other.startswith(f"{key} ")}
        if self.path is not None and len(kept) < len(self._done):
            self._done = kept
            self._save(self.path) if kept else self.close()

    def close(self) -> None:
        """Remove the file: what it was for is finished."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)

    def _outside(self, key: str) -> dict[str, Arrays]:
        return {name: arrays for name, arrays in self._done.items() if name != key and not name.startswith(f"{key}/")}

    def _say(self, words: str) -> None:
        if self._told is not None:
            self._told(f"resume: {words}", 1.0)

    def _save_if(self, *, due: bool) -> None:
        if due and self.path is not None:
            self._save(self.path)

    def _save(self, path: Path) -> None:
        """Write the file; if that cannot be, go on without."""
        named = {f"{n} {part}": array for n, arrays in enumerate(self._done.values()) for part, array in arrays.items()}
        names = np.array(list(self._done), dtype=np.str_)
        stream = io.BytesIO()
        draft = path.with_name(f"{path.name}.part")
        began = time.monotonic()
        try:
            if self._told is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            np.savez(stream, key=np.array(self._key), sum=np.array(_sum(names, named)), names=names, **named)
            draft.write_bytes(stream.getvalue())
            os.replace(draft, path)
            ended = time.monotonic()
            self._next, self._pending = ended + APART * (ended - began), False
        except OSError:
            with suppress(OSError):
                draft.unlink()
            self._say(f"{path.name} cannot be written")
            self.path = None

    def _loaded(self, path: Path) -> dict[str, Arrays]:
        if not path.exists():
            if self._told is None and not path.parent.is_dir():
                raise InputError(f"the checkpoint {path} cannot be written: there is no folder {path.parent}")
            return {}
        try:
            key, done = _read(path)
        except BROKEN as problem:
            if self._told is None:
                raise InputError(f"the checkpoint {path} cannot be read ({problem}); delete it to start afresh") from problem
            self._say(f"{path.name} is damaged and ignored")
            return {}
        if key == self._key:
            self._say(f"{path.name} goes on from {len(done)} steps that are done")
            return done
        if self._told is None:
            raise InputError(
                f"the checkpoint {path} belongs to a search on other data or with other arguments, or by another build of "
                "logwidth; name another file, or delete it to start afresh"
            )
        self._say(f"{path.name} is of another request or build and ignored")
        return {}


@contextmanager
def steps_in(place: str | os.PathLike[str] | StepCache | None, key: Key) -> Iterator[StepCache]:
    """Yield the store of a search: of the program it is a step of, or one in a file, removed when the search is done."""
    if isinstance(place, StepCache):
        yield place
        return
    steps = StepCache(place, key)
    yield steps
    steps.close()


def digest_of(values: Iterable[object]) -> str:
    """Return a digest of numbers, texts and arrays.

    >>> digest_of([1, 0.5, None]) == digest_of([1, 0.5, None]) != digest_of([1, 0.25, None])
    True
    """
    digest = hashlib.sha256()
    for value in values:
        if isinstance(value, np.ndarray):
            digest.update(f"array {value.dtype} {value.shape};".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        else:
            digest.update(f"{value!r};".encode())
    return digest.hexdigest()


@cache
def build_digest(program: Path = PROGRAM) -> str:
    """Return what tells this build of the program from others: its version and a digest of its source files."""
    digest = hashlib.sha256(version("logwidth").encode())
    for path in sorted(program.rglob("*.py")):
        digest.update(path.relative_to(program).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> tuple[str, dict[str, Arrays]]:
    """Return key and steps of a file; raise what reading raises, ValueError where its sum is not that of its arrays."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        key, expected, names = str(stored["key"]), str(stored["sum"]), stored["names"]
        named = {name: stored[name] for name in stored.files if name not in ("key", "sum", "names")}
    if _sum(names, named) != expected:
        raise ValueError("its sum is not that of its numbers")
    done: dict[str, dict[str, Any]] = {str(name): {} for name in names}
    order = list(done)
    for name, array in named.items():
        number, part = name.split(" ", 1)
        done[order[int(number)]][part] = array
    return key, dict(done)


def _sum(names: np.ndarray, named: Arrays) -> str:
    return digest_of([names, *(value for name in sorted(named) for value in (name, np.asarray(named[name])))])
