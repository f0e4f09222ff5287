"""What the attempts at one request share: maps and pieces that were found once are not looked for again."""

from dataclasses import dataclass, field

from logwidth.construct import NoListError, Prototypes, Pruning
from logwidth.maps import NoMapError, PreservingMap
from logwidth.pipeline.run import Run

Key = tuple[object, ...]
MOST_BYTES = 1 << 26  # of networks that are kept though they are not certified


@dataclass(frozen=True)
class Memo:
    """Results by all that they depend on, for one data set and one seed: what is repeated gives the same.

    `prunings` are the searches for pieces, which share what they find on the way.
    `runs` are networks that were built and not certified, up to 64 MiB of them, and `stuck` says on which maps and radii
    peeling found no list, `narrow` within which rank no map was found.
    """

    maps: dict[Key, PreservingMap] = field(default_factory=dict)
    pieces: dict[Key, Prototypes | None] = field(default_factory=dict)
    prunings: dict[Key, Pruning] = field(default_factory=dict)
    runs: dict[Key, Run] = field(default_factory=dict)
    stuck: dict[Key, NoListError] = field(default_factory=dict)
    narrow: dict[Key, NoMapError] = field(default_factory=dict)

    def keep(self, key: Key, run: Run) -> None:
        """Keep a run that is not certified, if there is room."""
        if not run.certificate.holds and sum(len(kept.onnx) for kept in self.runs.values()) < MOST_BYTES:
            self.runs[key] = run
