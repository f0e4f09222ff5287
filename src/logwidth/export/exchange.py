"""Two names change places in one step, where the system can do that."""

import ctypes
import errno
import os
from pathlib import Path

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
