"""Run directories: written whole or not at all, and an old run stays whole until the new one is complete."""

import contextlib
import ctypes
import errno
import glob
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from logwidth.errors import InputError

HERE, EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux
UNABLE = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM)


def exchange(one: Path, other: Path) -> bool:
    """Let two existing paths of one file system change places at once: no process ever sees either name missing.

    Returns False, with nothing changed, where the system or the file system has no such call (it is Linux's `renameat2`).

    Raises OSError when the call exists and fails: rights are missing, a path is gone.
    """
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if os.name == "posix" else None
    if call is None:
        return False
    if call(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in UNABLE:
        return False
    raise OSError(number, os.strerror(number), str(other))


def check_writable(directory: str | os.PathLike[str], marker: str = "summary.json") -> Path:
    """Return the path if a run can be written there; meant to be asked before long work.

    `marker` is the file by which a folder of the same kind, which may be replaced, is known. A run that a kill left set
    aside is put back first.

    Raises InputError when it is a file, when it holds something that is not a run, or when the folder above it cannot be
    written.
    """
    target = Path(directory).absolute()
    try:
        if (target.exists() or target.is_symlink()) and not target.is_dir():
            raise InputError(f"cannot write a run to {target}: it is not a directory; choose another --out")
        if target.is_dir() and any(target.iterdir()) and not (target / marker).exists():
            raise InputError(f"cannot write a run to {target}: it holds other files; choose an empty or new --out")
        target.parent.mkdir(parents=True, exist_ok=True)
        _put_back(target, marker)
        probe = tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as problem:
        raise InputError(f"cannot write a run to {target}: {problem.strerror or problem}") from problem
    Path(probe).rmdir()
    return target


def write_run(directory: str | os.PathLike[str], files: Mapping[str, bytes], marker: str = "summary.json") -> Path:
    """Write `files` (name, which may have folders in it, to content) as the run `directory` and return its path.

    All files are written and synced in a hidden folder beside it, which then changes places with a run that is there, in one
    step where the system has it. If anything fails before that, the folder is removed and a run that was there is untouched.

    Raises InputError when the folder cannot be written (missing rights, full disk, a file in the way).
    """
    target = check_writable(directory, marker)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, content in files.items():
            (staging / name).parent.mkdir(parents=True, exist_ok=True)
            _write_synced(staging / name, content)
        staging.chmod(0o755)
        _swap(staging, target)
    except OSError as problem:
        raise InputError(f"cannot write a run to {target}: {problem.strerror or problem}") from problem
    finally:
        _remove(staging)
    return target


def check_file(path: str | os.PathLike[str], mark: bytes = b"") -> Path:
    """Return the path if a file can be written there; meant to be asked before long work.

    `mark` stands in the first 4 KiB of every file of the same kind, which may be replaced.

    Raises InputError when it is a folder or a device, when it is a file of another kind, or when the folder above it is not
    there or cannot be written.
    """
    target = Path(path).absolute()
    if target.exists() and not target.is_file():  # whoever may write to /dev would put a file in the place of a device
        raise InputError(
            f"cannot write {target}: it is {'a directory' if target.is_dir() else 'no plain file'}; name a file"
        )
    try:
        if mark and target.exists():
            with target.open("rb") as stream:
                known = mark in stream.read(4096)
            if not known:
                raise InputError(f"cannot write {target}: another file has that name; choose another one")
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as problem:
        raise InputError(f"cannot write {target}: {problem.strerror or problem}") from problem
    Path(name).unlink()
    return target


def write_file(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write one file, whole or not at all, and return its path; raise InputError when it cannot be written."""
    target = Path(path).absolute()
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(handle)
    except OSError as problem:
        raise InputError(f"cannot write {target}: {problem.strerror or problem}") from problem
    staging = Path(name)
    try:
        _write_synced(staging, content)
        staging.chmod(0o644)
        staging.replace(target)
    except OSError as problem:
        raise InputError(f"cannot write {target}: {problem.strerror or problem}") from problem
    finally:
        staging.unlink(missing_ok=True)
    return target


def _write_synced(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _swap(staging: Path, target: Path) -> None:
    """Put `staging` in the place of `target`; where names cannot change places, an old run is set aside and removed last."""
    if not target.exists():
        staging.rename(target)
        return
    if exchange(staging, target):
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    try:
        target.rename(aside / "run")
        try:
            staging.rename(target)
        except BaseException:
            (aside / "run").rename(target)
            raise
    except BaseException:
        with contextlib.suppress(OSError):
            aside.rmdir()  # does nothing while it holds the old run
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _put_back(target: Path, marker: str) -> None:
    """Rename the latest run set aside to `target` if nothing is there: its writer was killed between two renames."""
    if target.exists() or target.is_symlink():
        return
    aside = [path for path in target.parent.glob(f"{glob.escape(f'.{target.name}.old.')}*/run") if (path / marker).exists()]
    for path in sorted(aside, key=lambda path: path.stat().st_mtime)[-1:]:
        path.rename(target)
        path.parent.rmdir()


def _remove(staging: Path) -> None:
    """Remove a folder that may hold the old run by now, or be the link that led to it."""
    if staging.is_symlink():
        staging.unlink()
    else:
        shutil.rmtree(staging, ignore_errors=True)
