"""A process whose floats do not round to nearest, or lose subnormal numbers, proves nothing and reads no label."""

import ctypes
import platform
import shutil
import subprocess
from contextlib import contextmanager

import numpy as np
import pytest

import logwidth as lw
from logwidth.errors import InputError
from logwidth.pipeline.lower import ceiling_certificate
from logwidth.rounding import check_arithmetic

POINTS, LABELS = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]]), [0, 1, 1]
MODES = {"downward": 0x400, "upward": 0x800, "towards zero": 0xC00}
SET_STATUS = """
#include <xmmintrin.h>
unsigned get(void) { return _mm_getcsr(); }
void set(unsigned word) { _mm_setcsr(word); }
"""
x86 = pytest.mark.skipif(platform.machine() != "x86_64" or platform.system() != "Linux", reason="numbers of glibc on x86-64")


@contextmanager
def rounding(mode):
    c = ctypes.CDLL(None)
    before = c.fegetround()
    assert c.fesetround(MODES[mode]) == 0
    try:
        yield
    finally:
        c.fesetround(before)


@pytest.fixture(scope="module")
def given(tmp_path_factory):
    data = lw.Dataset(POINTS, LABELS)
    run = lw.memorize(data, ratio=0.5)
    folder = tmp_path_factory.mktemp("mode") / "run"
    run.save(folder)
    return data, run, lw.open_run(folder)


@x86
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_claimed_or_read_where_floats_round_in_a_direction(mode, given):
    data, run, stored = given
    sep = lw.separation(data)
    weighted = ceiling_certificate(data, 1, sep)
    works = [
        lambda: lw.Dataset(POINTS, LABELS),
        lambda: lw.separation(data),
        lambda: lw.certify(run.network, data, run.summary["radius"]),
        lambda: lw.memorize(data, ratio=0.5),
        lambda: stored.outputs(POINTS),
        lambda: lw.check_map(data, np.eye(2), separation=sep),
        lambda: lw.search_map(data, 1, separation=sep),
        lambda: lw.check_lower_bound(weighted, data, separation=sep),
    ]
    for work in works:
        with rounding(mode):
            try:
                work()
                said = ""
            except InputError as problem:
                said = str(problem)
        assert "round floats to nearest" in said
    check_arithmetic()


@x86
@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("bits", [0x8000, 0x40], ids=["results are flushed", "operands are flushed"])
def test_nothing_is_claimed_where_subnormal_numbers_are_flushed(bits, given, tmp_path):
    (tmp_path / "status.c").write_text(SET_STATUS)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "status.so", tmp_path / "status.c"], check=True)
    status = ctypes.CDLL(str(tmp_path / "status.so"))
    data, before = given[0], status.get()
    status.set(before | bits)
    try:
        with pytest.raises(InputError, match="flushes tiny floats"):
            lw.separation(data)
    finally:
        status.set(before)
    assert lw.separation(data).lower > 0


@x86
@pytest.mark.parametrize("mode", MODES)
def test_a_certificate_that_is_read_otherwise_is_not_called_altered(mode, given, tmp_path):
    data, run, _ = given
    run.save(tmp_path / "r")
    with rounding(mode), pytest.raises(InputError, match="does not round floats to nearest"):
        lw.check(tmp_path / "r", data)
    assert lw.check(tmp_path / "r", data).passed
