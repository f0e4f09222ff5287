"""Where scores fill the width that is allowed, cells that hold many samples take their place if they are less deep."""

import numpy as np
import pytest

import logwidth as lw
from logwidth.network import evaluate

IRIS = lw.load("iris")
WIDTH = 5  # of two coordinates fewer than the default


@pytest.fixture(scope="module")
def free() -> lw.Run:
    return lw.memorize(IRIS, ratio=0.9, width=WIDTH)


def test_as_wide_and_less_deep_and_certified(free: lw.Run) -> None:
    scores = lw.memorize(IRIS, ratio=0.9, width=WIDTH, construction="collapse")
    assert free.summary["construction"] == "cells"
    assert free.certificate.holds
    assert free.network.width == scores.network.width == WIDTH
    assert free.network.depth < scores.network.depth
    steps = np.random.default_rng(0).normal(size=(50, *IRIS.points.shape))
    points = IRIS.points + 0.999 * free.certificate.radius * steps / np.linalg.norm(steps, axis=2, keepdims=True)
    labels = evaluate(free.network, points.reshape(-1, IRIS.n_features)).reshape(50, -1)
    assert (labels == IRIS.values[IRIS.labels]).all()


@pytest.mark.parametrize(("asked", "built"), [({"pieces": "all"}, "collapse"), ({"width": WIDTH + 1}, "register")])
def test_what_is_asked_for_otherwise_stays(asked: dict[str, object], built: str) -> None:
    run = lw.memorize(IRIS, lw.Request(**{"ratio": 0.9, "width": WIDTH, **asked}))
    assert run.summary["construction"] == built


def test_cells_that_are_not_certified_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logwidth.construct.cells.cells.thin_rate", lambda _: 1e-6)  # no cell clears the register
    summary = lw.memorize(IRIS, ratio=0.9, width=WIDTH).summary
    assert summary["construction"] == "collapse"
    assert "tried" not in summary  # the scores were certified first


def test_cells_that_are_deeper_are_left() -> None:
    near = lw.Dataset([[0.0, 0.0], [0.0, 2.0], [1.0, 1.0], [-1.0, 1.0]], [0, 0, 1, 1])
    run = lw.memorize(near, ratio=0.9, width=4)
    other = lw.memorize(near, ratio=0.9, width=4, construction="cells")
    assert run.summary["construction"] == "collapse"
    assert run.network.depth < other.network.depth
