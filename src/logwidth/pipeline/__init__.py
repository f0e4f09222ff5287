"""The only place where the rooms meet: wiring and retry policy, no mathematics."""

from logwidth.pipeline.memorize import Run, memorize

__all__ = ["Run", "memorize"]
