"""Progress where no terminal is: a few plain lines on standard error, however rarely the work speaks, none if quiet."""

import io
import threading

import pytest

from logwidth.cli import progress
from logwidth.cli.progress import Lines
from logwidth.cli.screen import Screen
from logwidth.display.bars import Bars


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def written(monkeypatch, seconds, speaks=lambda _second: True):
    monkeypatch.setattr(progress, "FIRST_S", 3.0)
    clock, found = Clock(), []
    lines = Lines(found.append, clock)
    for second in range(seconds):
        clock.now = 100.0 + second
        if speaks(second):
            lines("search", second / seconds)
        lines.tick()
    return found


def test_a_minute_gets_a_handful_of_lines_and_an_hour_two_a_minute(monkeypatch):
    times = [line.split()[0] for line in written(monkeypatch, 60)]
    assert times == ["0:00:03", "0:00:09", "0:00:19", "0:00:37"]
    times = [line.split()[0] for line in written(monkeypatch, 3600)]
    assert len(times) == 4 + 118
    assert times[-1] == "0:59:37"


def test_nothing_within_three_seconds_and_nothing_before_there_is_a_stage(monkeypatch):
    assert written(monkeypatch, 3) == []
    assert written(monkeypatch, 50, speaks=lambda _second: False) == []
    (line,) = written(monkeypatch, 8, speaks=lambda second: second == 7)
    assert line == "0:00:07  search, 88 %"


def test_long_silent_work_is_reported_too(monkeypatch):
    lines = written(monkeypatch, 300, speaks=lambda second: second == 0)
    assert len(lines) == 12
    assert {line.split("  ")[1] for line in lines} == {"search"}


@pytest.mark.parametrize("as_json", [False, True])
def test_lines_go_to_standard_error_while_the_work_is_silent(capsys, monkeypatch, as_json):
    monkeypatch.setattr(progress, "FIRST_S", 0.0)
    shown = Screen(as_json=as_json, quiet=False)
    seen = threading.Event()
    note = shown.lines.write
    shown.lines.write = lambda line: (note(line), seen.set())
    with shown.progress() as told:
        told("search", 0.5)
        assert seen.wait(10)
    shown.result({"a": 1}, "done")
    out, err = capsys.readouterr()
    assert out == ('{"a": 1}\n' if as_json else "done\n")
    assert err.startswith("0:00:00  search, 50 %\n")
    assert "progress lines" not in [thread.name for thread in threading.enumerate()]


def test_quiet_shows_nothing(capsys, monkeypatch):
    monkeypatch.setattr(progress, "FIRST_S", 0.0)
    with Screen(as_json=False, quiet=True).progress() as told:
        told("search", 0.5)
        assert isinstance(told, Bars)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", ["xterm", "dumb"])
def test_a_terminal_that_can_move_its_cursor_gets_bars(monkeypatch, terminal):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", terminal)
    with Screen(as_json=False, quiet=False).progress() as told:
        assert isinstance(told, Bars) == (terminal == "xterm")


def test_of_many_bars_the_latest_are_shown(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr("sys.stderr", io.StringIO())
    with Screen(as_json=False, quiet=False).progress() as told:
        for number in range(20):
            told(f"stage {number}", 1.0)
        assert [task.description for task in told.bars.tasks if task.visible] == [f"stage {n}" for n in range(12, 20)]
        told("stage 0", 0.5)
        assert told.bars.tasks[0].visible
