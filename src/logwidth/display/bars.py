"""The bar that `progress=True` shows, in a terminal and in a notebook: rich's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Report = Callable[[str, float], None]


@contextmanager
def shown(progress: Report | bool | None) -> Iterator[Report | None]:
    """Yield the callback `(stage, fraction)` that was given; for True one that draws a bar per stage, else None.

    At fraction 0 a bar only shows that work goes on. The bars go away when the block ends.
    """
    if progress is not True:
        yield progress or None
        return
    from rich.progress import Progress

    with Progress(transient=True) as bars:
        yield _Bars(bars)


class _Bars:
    """One bar per stage, which appears when its stage is first told of."""

    def __init__(self, bars: Any) -> None:
        self.bars, self.tasks = bars, dict[str, Any]()

    def __call__(self, stage: str, fraction: float) -> None:
        """Move the bar of `stage`."""
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage, total=None)
        self.bars.update(self.tasks[stage], total=1.0 if fraction > 0.0 else None, completed=fraction)
