"""How long work says where it is; the command line draws it."""

from typing import Protocol


class Progress(Protocol):
    """A callback `progress(stage, fraction)` with `0 ≤ fraction ≤ 1`, called from the searching thread."""

    def __call__(self, stage: str, fraction: float, /) -> None:
        """Take note of the progress."""


def silent(_stage: str, _fraction: float, /) -> None:
    """Ignore progress."""
