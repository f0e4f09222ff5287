"""Radii per feature and cells of a grid: proven of lists of boxes, exactly, on corners that are rounded outwards."""

import itertools
import json
from fractions import Fraction

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify import cuboids_right, recognise
from logwidth.certify.forms.boxes.cuboids import cells, cuboids
from logwidth.errors import InputError

AXES = [np.array([-0.2, -0.199, -0.1, 0.4, 3.0]), np.array([0.0, 10.0, 11.0, 11.5])]


def table():
    points = np.stack(np.meshgrid(*AXES, indexing="ij"), axis=-1).reshape(-1, 2)
    return lw.Dataset(points, np.random.default_rng(5).integers(0, 3, len(points)))


@pytest.fixture(scope="module")
def run():
    return lw.memorize(table(), ratio=0.98, norm="inf", radius_per_feature="cells")


def test_every_cell_of_a_non_uniform_grid_is_proven_and_right_at_its_corners(run):
    data = table()
    assert run.certificate.holds
    assert run.summary.cuboids == {"cells": pytest.approx(0.98), "proven": data.n_samples}
    low, high = cells(data.points, 0.98)
    for ends in itertools.product((0, 1), repeat=2):
        corners = np.where(np.array(ends), high, low)
        assert list(run.predict(corners)) == list(data.original_labels())


def test_cells_reach_their_share_in_exact_arithmetic():
    points = table().points
    low, high = cells(points, 0.98)
    for axis, column in enumerate(points.T):
        values = [Fraction(v) for v in np.unique(column)]
        gaps = [b - a for a, b in itertools.pairwise(values)]
        for i, x in enumerate(column):
            k = values.index(Fraction(x))
            share = Fraction(0.98) / 2
            assert Fraction(low[i, axis]) <= Fraction(x) - share * gaps[max(k - 1, 0)]
            assert Fraction(high[i, axis]) >= Fraction(x) + share * gaps[min(k, len(gaps) - 1)]


def test_what_is_not_in_a_box_is_not_proven(run):
    data, form = table(), recognise(run.network)
    assert cuboids_right(form, data, "cells", 0.98).all()
    assert not cuboids_right(form, data, "cells", 1.0).all()
    radii = np.array([0.00049, 0.24])
    assert cuboids_right(form, data, radii).all()
    for radii in ([0.00049, 6.0], [0.3, 0.24], [1e30, 0.1]):
        right = cuboids_right(form, data, radii)
        low, high = cuboids(data.points, radii)
        for corner in (low, high):
            wrong = np.array(
                [answer != label for answer, label in zip(run.predict(corner), data.original_labels(), strict=True)]
            )
            assert not (right & wrong).any()
        assert not right.all()


def test_a_radius_a_feature_is_an_anisotropic_ball():
    draw = np.random.default_rng(2)
    points = np.c_[draw.integers(0, 6, 40) * 100.0, draw.integers(0, 6, 40) * 0.01]
    points = np.unique(points, axis=0)
    data = lw.Dataset(points, np.arange(len(points)) % 2)
    run = lw.memorize(data, norm="inf", radius_per_feature=(45.0, 0.0045))
    assert run.summary.cuboids == {"radii": [45.0, 0.0045], "proven": data.n_samples}
    assert run.summary.radius == 0.0045
    steps = draw.uniform(-1, 1, size=(20, len(points), 2)) * [45.0, 0.0045]
    for step in steps:
        assert list(run.predict(points + step)) == list(data.original_labels())
    with pytest.raises(InputError, match="too close in every feature"):
        lw.memorize(data, norm="inf", radius_per_feature=(55.0, 0.0045))


def test_a_check_proves_the_cuboids_that_a_run_states(run, tmp_path):
    data = table()
    run.save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed
    path = tmp_path / "run" / "summary.json"
    summary = json.loads(path.read_text())
    for stated in ({"cells": 1.0, "proven": 20}, {"cells": "all", "proven": 20}, {"radii": [1.0], "proven": 20}, 3):
        path.write_text(json.dumps({**summary, "cuboids": stated}))
        report = lw.check(tmp_path / "run", data)
        assert not report.passed
        assert "cuboids" in report.problems[0]


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"radius_per_feature": "cell"}, "numbers or 'cells'"),
        ({"radius_per_feature": ("a", 1.0)}, "numbers or 'cells'"),
        ({"radius_per_feature": (0.0001,)}, "2 features"),
        ({"radius_per_feature": (1.0, -1.0)}, "positive"),
        ({"radius_per_feature": (1.0, 1.0), "ratio": 0.5}, "replace the ratio"),
        ({"radius_per_feature": "cells", "norm": 2}, "norm inf"),
        ({"radius_per_feature": "cells", "construction": "cells"}, "construction boxes"),
        ({"radius_per_feature": "cells", "radius": 0.1}, "replace the radius"),
    ],
)
def test_contradictions_are_refused(wish, text):
    with pytest.raises(InputError, match=text):
        lw.memorize(table(), **{"norm": "inf", **wish})


def test_radii_in_divided_units_are_refused(tmp_path):
    """The radii would be read in other units than the file's."""
    path = tmp_path / "table.csv"
    rows = [f"{x},{100 * y},{(x + y) % 2}" for x in range(4) for y in range(4)]
    path.write_text("a,b,label\n" + "\n".join(rows) + "\n")
    data = lw.load(path, standardize=True)
    assert data.feature_scales is not None
    with pytest.raises(InputError, match="units of the features"):
        lw.memorize(data, norm="inf", radius_per_feature=(0.1, 0.1))
    assert lw.memorize(data, norm="inf", ratio=0.9, radius_per_feature="cells").summary["cuboids"]["proven"] == 16
