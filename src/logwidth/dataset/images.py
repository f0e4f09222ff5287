"""Old names of what is now in `logwidth.dataset.readers.images`."""

from logwidth.dataset.readers.images import read_folder

__all__ = ["read_folder"]
