"""The bars that the command line and `progress=True` show, in a terminal and in a notebook: rich's."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

MOST_BARS = 8
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
        yield Bars(bars)


class Bars:
    """Progress bars by stage name; call with `(stage, fraction)`. At 0 a bar only shows that work goes on. None: no bars.

    Where there are many stages, those that are done make room.
    """

    def __init__(self, bars: Any) -> None:
        self.bars, self.tasks = bars, dict[str, Any]()

    def __call__(self, stage: str, fraction: float) -> None:
        """Move the bar of `stage`, which appears at its first call."""
        if self.bars is None:
            return
        if stage not in self.tasks:
            self.tasks[stage] = self.bars.add_task(stage, total=None)
            self._make_room()
        self.bars.update(self.tasks[stage], total=1.0 if fraction > 0.0 else None, completed=fraction, visible=True)

    def _make_room(self) -> None:
        """Hide what has stood longest, so that at most MOST_BARS are drawn."""
        shown = [task for task in self.bars.tasks if task.visible]
        for task in shown[:-MOST_BARS]:
            self.bars.update(task.id, visible=False)
