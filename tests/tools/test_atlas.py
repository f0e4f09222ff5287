"""The table behind the explorer says what `diagram` says, never more."""

import base64
import importlib.util
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from logwidth.theory import diagram

_spec = importlib.util.spec_from_file_location("atlas_tool", Path(__file__).parents[2] / "tools" / "atlas.py")
tool = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(tool)
FEATURES, NORMS, SAMPLES, SERIES, STEPS = tool.FEATURES, tool.NORMS, tool.SAMPLES, tool.SERIES, tool.STEPS

ATLAS = json.loads(files("logwidth.report.page").joinpath("atlas.json").read_text())
VALUES = np.frombuffer(base64.b64decode(ATLAS["values"]), dtype="<u2")
BECAUSE = np.frombuffer(base64.b64decode(ATLAS["because"]), dtype=np.uint8)
FEW = [(p, d, n) for p in range(len(NORMS)) for d in (0, 5, 11) for n in (0, 6, 12)]
MANY = [(p, d, n) for p in range(len(NORMS)) for d in range(len(FEATURES)) for n in range(len(SAMPLES))]


def block(p, d, n):
    """Steps (4, widths) and reasons of one diagram, found by counting."""
    sizes = [len(ATLAS["widths"][str(features)]) for _ in NORMS for features in FEATURES for _ in SAMPLES]
    at = (p * len(FEATURES) + d) * len(SAMPLES) + n
    start, size = sum(sizes[:at]), sizes[at]
    reasons = [ATLAS["reasons"][i] for i in BECAUSE[start : start + size]]
    return VALUES[4 * start : 4 * (start + size)].reshape(4, size), reasons


def as_ratios(steps):
    return np.where(steps == 65_535, 0.0, 10.0 ** (-steps.astype(float) / STEPS))


@pytest.mark.parametrize("cases", [pytest.param(FEW, id="few"), pytest.param(MANY, id="all", marks=pytest.mark.slow)])
def test_every_number_is_next_to_the_diagrams_on_the_safe_side(cases):
    for p, d, n in cases:
        widths = ATLAS["widths"][str(FEATURES[d])]
        found = diagram(SAMPLES[n], FEATURES[d], norm=NORMS[p], widths=widths)
        steps, reasons = block(p, d, n)
        assert reasons == list(found.reasons)
        assert (steps.ravel() == tool.steps_of(found)).all()
        for name, shown in zip(SERIES, as_ratios(steps), strict=True):
            proven = getattr(found, name)
            if "impossible" in name:
                assert (shown >= proven).all()
                assert (shown <= np.maximum(proven * 1.0006, 6.5e-9)).all()
            else:
                assert (shown <= proven).all()
                assert (shown >= np.where(proven > 1e-8, proven * 0.9994, 0.0)).all()


def test_the_file_speaks_of_these_sizes_and_is_complete():
    assert ATLAS["samples"] == list(SAMPLES)
    assert ATLAS["features"] == list(FEATURES)
    assert ATLAS["norms"] == ["1", "2", "4", "inf"]
    assert ATLAS["widths"] == {str(d): tool.atlas_widths(d) for d in FEATURES}
    sizes = len(NORMS) * len(SAMPLES) * sum(map(len, ATLAS["widths"].values()))
    assert (VALUES.size, BECAUSE.size) == (4 * sizes, sizes)


def test_nothing_and_everything_are_exact():
    found = diagram(10, 2, norm=2, widths=[1, 8])
    possible = tool.steps_of(found)[:2]
    assert found.possible.tolist() == [0.0, 1.0]
    assert as_ratios(possible).tolist() == [0.0, 1.0]
