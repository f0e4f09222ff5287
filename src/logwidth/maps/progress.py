"""The callback for work whose progress is not shown."""


def silent(_stage: str, _fraction: float, /) -> None:
    """Ignore progress."""
