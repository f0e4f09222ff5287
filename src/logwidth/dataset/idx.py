"""Old names of what is now in `logwidth.dataset.readers.idx`."""

from logwidth.dataset.readers.idx import is_idx, labels_beside, read_idx, read_images

__all__ = ["is_idx", "labels_beside", "read_idx", "read_images"]
