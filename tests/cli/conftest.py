"""Commands say what they say, however slow the machine is: lines that time brings have tests of their own."""

from collections.abc import Iterator

import pytest

from logwidth.cli import progress
from logwidth.pipeline import twins


@pytest.fixture(autouse=True)
def no_line_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first line of progress wait for an hour."""
    monkeypatch.setattr(progress, "FIRST_S", 3600.0)


@pytest.fixture(autouse=True, scope="module")
def few_twins() -> Iterator[None]:
    """Let benchmarks have one small network of twins: they are the same for all data, and have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(twins, "WIDTHS", (3,))
        patch.setattr(twins, "DEPTHS", (2,))
        yield
