"""One amount of memory for a whole job: what is too little is said, and every block keeps to it."""

import sys

import numpy as np
import pytest

import kit
from logwidth.certify import BallProof, recognise
from logwidth.certify.leads.leads import TABLES, blocks_of
from logwidth.cli import main
from logwidth.compute.memory import COPIES, LEAST_BYTES, PROGRAM_BYTES
from logwidth.compute.threads import MOST_THREADS
from logwidth.errors import InputError
from logwidth.separation import memory_of, nearest_opposite, parse_bytes, working_bytes


def test_what_the_data_leave_is_for_the_blocks_and_the_setting_ends_with_the_job():
    before, data = working_bytes(), COPIES * 8 * 1000 * 10
    with memory_of(PROGRAM_BYTES + data + 100 * 2**20, 1000, 10):
        assert working_bytes() == 100 * 2**20
    assert working_bytes() == before
    with memory_of(None, 1000, 10):
        assert working_bytes() == before
    with pytest.raises(InputError, match="allow --memory"), memory_of(PROGRAM_BYTES + data, 1000, 10):
        raise AssertionError("too little was allowed")
    with memory_of(PROGRAM_BYTES + data + LEAST_BYTES, 1000, 10):
        assert working_bytes() == LEAST_BYTES


@pytest.mark.parametrize("memory", [2**20, 2**24, 2**30])
@pytest.mark.parametrize("width", [3, 500])
def test_the_tables_of_all_threads_fit_or_are_single_rows(memory, width):
    data = kit.cloud("blocks", 60, 3, 3)
    plan, built = kit.build("register", data, 0.7)
    comparison = BallProof(recognise(built.network), data.points, plan.radius, 2.0).comparisons[0]
    comparison = type(comparison)(
        comparison.own.take(np.zeros(width, dtype=int)), comparison.opposite, comparison.values, 0.0, 0.0, 0.0, 0.0
    )
    cut = list(blocks_of(comparison, 1000, memory))
    rows = max(part.stop - part.start for part in cut)
    assert [i for part in cut for i in range(1000)[part]] == list(range(1000))
    assert rows == 1 or rows * max(width, comparison.opposite.size) * 8 * TABLES * MOST_THREADS <= memory


def test_a_scan_reads_the_setting(monkeypatch):
    seen = []
    module = sys.modules["logwidth.separation.nearest"]
    side = module._side
    monkeypatch.setattr(module, "_side", lambda d, memory, **more: seen.append(memory) or side(d, memory, **more))
    points, labels = np.arange(6.0).reshape(3, 2), np.array([0, 1, 1])
    with memory_of(PROGRAM_BYTES + COPIES * 48 + 70 * 2**20, 3, 2):
        nearest_opposite(points, labels)
    nearest_opposite(points, labels)
    assert seen == [70 * 2**20, working_bytes()]


@pytest.mark.parametrize("text", ["", "GB", "4 bananas", "-1GB", "1e9"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(InputError, match="no amount of memory"):
        parse_bytes(text)


def test_too_little_memory_is_one_line_and_status_two(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["fit", "iris", "--memory", "100MB", "--out", str(tmp_path / "run")])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert "150 samples of 4 features need about" in message
    assert message.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
