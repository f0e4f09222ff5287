"""How far long work is, where no bars are drawn: a plain line now and then."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

FIRST_S = 3.0  # most commands are done by then and say nothing
GROWTH = 1.8
LONGEST_S = 30.0


class Lines:
    """Progress as plain lines; call with `(stage, fraction)`, and `tick` writes what was told last once a line is due.

    The first line is due FIRST_S seconds after the start, and the pauses between lines grow up to LONGEST_S: four lines in
    the first minute, two in each one after it.

    >>> seconds, written = [0.0], []
    >>> lines = Lines(written.append, clock=lambda: seconds[0])
    >>> lines("search for a map", 0.25)
    >>> for seconds[0] in range(60):
    ...     _ = lines.tick()
    >>> written[:2], len(written)
    (['0:00:03  search for a map, 25 %', '0:00:09  search for a map, 25 %'], 4)
    """

    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self.write, self.clock = write, clock
        self.began = clock()
        self.pause, self.due = FIRST_S, FIRST_S
        self.told: tuple[str, float] | None = None

    def __call__(self, stage: str, fraction: float) -> None:
        """Remember how far the stage is; at 0 it is only known to go on."""
        self.told = stage, fraction

    def tick(self) -> float:
        """Write a line if one is due and there is something to tell; return the seconds until the next."""
        elapsed = self.clock() - self.began
        if elapsed >= self.due and self.told is not None:
            self.write(line_of(elapsed, *self.told))
            self.pause = min(self.pause * GROWTH, LONGEST_S)
            self.due = elapsed + self.pause
        return max(self.due - elapsed, 0.1)

    @contextmanager
    def ticking(self) -> Iterator[None]:
        """Tick whenever a line is due while the block runs, however rarely the work says how far it is."""
        done = threading.Event()

        def watch() -> None:
            while not done.wait(self.tick()):
                pass

        watcher = threading.Thread(target=watch, name="progress lines", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def line_of(elapsed: float, stage: str, fraction: float) -> str:
    """Return a line: the time since the start, the stage, and how much of it is done if that is known.

    >>> line_of(3723.4, "separation", 0.5), line_of(5, "map", 0.0)
    ('1:02:03  separation, 50 %', '0:00:05  map')
    """
    minutes, seconds = divmod(int(elapsed), 60)
    share = f", {fraction:.0%}".replace("%", " %") if fraction >= 0.01 else ""
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}  {stage}{share}"
