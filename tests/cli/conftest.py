"""Commands say what they say, however slow the machine is: lines that time brings have tests of their own."""

import pytest

from logwidth.cli import progress


@pytest.fixture(autouse=True)
def no_line_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first line of progress wait for an hour."""
    monkeypatch.setattr(progress, "FIRST_S", 3600.0)
