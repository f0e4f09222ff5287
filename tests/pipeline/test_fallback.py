"""Where the first way leaves samples undecided, others are tried: whatever some construction certifies is certified."""

import sys
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest

import logwidth as lw
from logwidth.construct import CONSTRUCTIONS
from logwidth.errors import InputError
from logwidth.pipeline.fallback import PRECISE, other_ways
from logwidth.pipeline.problem import Problem
from logwidth.pipeline.request import Request
from logwidth.pipeline.session import Session
from logwidth.pipeline.unnamed import solved
from logwidth.separation import blurred, separation, target_of

PARTLY = 2e5  # an offset at which only some samples are certified
KINDS = ("least", "cover", "all")


def cloud(offset: float, n: int = 10, d: int = 2, classes: int = 2) -> lw.Dataset:
    """Classes that overlap, at unit spread around the offset."""
    rng = np.random.default_rng([n, d, classes])
    labels = np.arange(n) % classes
    return lw.Dataset(rng.normal(size=(n, d)) + rng.normal(size=(classes, d))[labels] + offset, labels)


def named(data: lw.Dataset, name: str, pieces: str, ratio: float, norm: float) -> int:
    try:
        return int(lw.memorize(data, ratio=ratio, norm=norm, construction=name, pieces=pieces).summary["certified"])
    except InputError:
        return -1


SLOW = [(1e5, 0.5, 2), (1e5, 0.9, 2), (2e5, 0.5, 2), (1e5, 0.5, np.inf), (1e5, 0.5, 1)]


@pytest.mark.parametrize(
    ("offset", "ratio", "norm"), [(1e4, 0.9, 2), *[pytest.param(*case, marks=pytest.mark.slow) for case in SLOW]]
)
def test_what_some_construction_certifies_the_default_certifies(offset: float, ratio: float, norm: float) -> None:
    data = cloud(offset)
    run = lw.memorize(data, ratio=ratio, norm=norm)
    ways = [
        (name, kind) for name, r in CONSTRUCTIONS.items() if not r.reference for kind in KINDS[: 3 if r.by_scores else 1]
    ]
    if not run.certificate.holds:
        assert all(named(data, name, kind, ratio, norm) < data.n_samples for name, kind in ways)


def test_an_offset_is_certified_by_another_construction_and_it_is_said() -> None:
    data = cloud(1e5, n=8)
    run = lw.memorize(data, ratio=0.5)
    tried = run.summary["tried"]
    assert run.certificate.holds
    assert tried[0]["certified"] < data.n_samples == tried[-1]["certified"]
    assert tried[-1]["construction"] == run.summary["construction"]
    again = lw.memorize(data, ratio=0.5, construction=tried[-1]["construction"], pieces=tried[-1]["pieces"])
    assert again.onnx == run.onnx


@pytest.mark.parametrize("norm", [2, np.inf])
def test_nothing_changes_where_the_first_way_does(norm: float) -> None:
    data = cloud(0.0)
    run = lw.memorize(data, ratio=0.5, norm=norm)
    assert run.certificate.holds
    assert "tried" not in run.summary
    if norm == 2:
        assert run.onnx == lw.memorize(data, ratio=0.5, construction="register").onnx


def test_a_named_construction_is_not_replaced() -> None:
    run = lw.memorize(cloud(1e5), ratio=0.5, construction="register")
    assert run.summary["construction"] == "register"
    assert run.summary["certified"] < 10
    assert "tried" not in run.summary


def test_the_most_that_was_certified_is_kept() -> None:
    run = lw.memorize(cloud(PARTLY, n=6), ratio=0.5, pieces="all")
    tried = run.summary["tried"]
    assert not run.certificate.holds
    assert run.summary["certified"] == max(way["certified"] for way in tried) > tried[0]["certified"]


@pytest.mark.parametrize("width", [4, 5, 7])
def test_a_width_is_kept(width: int) -> None:
    run = lw.memorize(cloud(1e5, n=8), ratio=0.5, width=width)
    assert run.network.width <= width


@pytest.mark.parametrize("norm", [1, 2, np.inf])
def test_ways_are_ordered_by_units_beside_the_coordinates_and_all_constructions_are_among_them(norm: float) -> None:
    data = cloud(0.0)
    asked = list(other_ways(Request(ratio=0.5, norm=norm), data))
    names = [request.construction for request in asked]
    assert None not in names
    assert {"cells", "list", "lanes", "collapse", "register"} <= set(names)
    first = [n for n in dict.fromkeys(names) if n in ("collapse", "cells", "list", "register", "lanes")]
    if norm == 2:
        assert first == ["collapse", "cells", "list", "register", "lanes"]
    assert {request.pieces for request in asked if request.construction == "lanes"} == set(KINDS)


@pytest.mark.parametrize("norm", [1, 2, 3, np.inf])
@pytest.mark.parametrize("offset", [1e6, 1e7, 1e8])
def test_inputs_that_are_surely_rounded_together_are_in_both_balls(offset: float, norm: float) -> None:
    data = cloud(offset)
    sep = separation(data, norm=norm)
    target = target_of(sep, ratio=0.9)
    blur = blurred(data, sep, target, "float32")
    if blur is None or not blur.surely:
        assert offset < 1e8
        return
    i, j = sep.pair
    x, y = data.points[i], data.points[j]
    shared = False
    for middle in ((x + y) / 2, x, y):
        number = middle.astype(np.float32)
        steps = [(np.nextafter(number, side).astype(float) + number.astype(float)) / 2 for side in (-np.inf, np.inf)]
        inner = [s + (number.astype(float) - s) * 2.0**-11 for s in steps]
        near = [np.clip(z, *inner) for z in (x, y)]
        assert all((z.astype(np.float32) == number).all() for z in near)
        gaps = [
            [abs(Fraction(a) - Fraction(b)) for a, b in zip(p, q, strict=True)] for p, q in zip(near, (x, y), strict=True)
        ]
        q = 1 if np.isinf(norm) else int(norm)
        sizes = [max(gap) if np.isinf(norm) else sum(g**q for g in gap) for gap in gaps]
        shared |= all(size <= Fraction(target.radius) ** q for size in sizes)
    assert shared


@pytest.mark.parametrize("offset", [1e8, pytest.param(1e6, marks=pytest.mark.slow)])
def test_where_the_rounding_of_inputs_takes_the_room_no_construction_certifies(
    offset: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = cloud(offset, n=4)
    sep = separation(data)
    ratio = next(r for r in (0.3, 0.6, 0.9, 0.99, 0.999) if blurred(data, sep, target_of(sep, ratio=r), "float32"))
    most = [named(data, name, "all", ratio, 2) for name in ("register", "collapse", "cells", "list", "lanes")]
    assert max(most) < data.n_samples
    summary = lw.memorize(data, ratio=ratio).summary
    assert summary["certified"] >= max(most)
    assert {way["construction"] for way in summary["tried"]} <= {"register", *PRECISE}
    monkeypatch.setattr(sys.modules["logwidth.pipeline.unnamed"], "SMALL", 0)
    assert len(lw.memorize(data, ratio=ratio).summary["tried"]) == 1


def test_data_near_zero_are_not_blurred() -> None:
    for offset in (0.0, 1.0, 100.0):
        data = cloud(offset)
        sep = separation(data)
        assert blurred(data, sep, target_of(sep, ratio=0.9), "float32") is None
        assert blurred(data, sep, target_of(sep, ratio=0.9), "float64") is None


def test_a_bracket_of_the_width_and_of_the_ratio_is_found_far_from_zero() -> None:
    data = cloud(1e5, n=8)
    found = lw.width_bracket(data, 0.5)
    assert found.run.certificate.holds
    assert found.lower <= found.upper <= 4
    assert lw.ratio_bracket(data, 4).lower > 0.1


def test_a_network_behind_folds_that_float32_does_not_certify_is_told(monkeypatch):
    module = sys.modules["logwidth.pipeline.unnamed"]
    short = SimpleNamespace(
        certificate=SimpleNamespace(holds=False), summary=SimpleNamespace(dtype="float32", certified=510, n_samples=569)
    )

    def refused(*_):
        raise InputError("width 3 is too small")

    monkeypatch.setattr(module, "folded_run", lambda *_: short)
    monkeypatch.setattr(module, "in_turn", refused)
    request = Request(ratio=0.9, width=3)
    data = cloud(0.0)
    with pytest.raises(InputError, match=r"too small; .* 510 of 569 balls: try --dtype float64"):
        solved(Problem.of(data, request, Session.of(data, request, None)))
