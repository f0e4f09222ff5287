"""Constructions side by side: one row each, what is skipped says why, numbers are those of the runs."""

import io
import itertools
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.construct import CONSTRUCTIONS
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline import compare
from logwidth.pipeline.comparison import leaf_radii
from logwidth.report import COMPARISON_HEADER, comparison_figure, comparison_rows, skipped_lines


@pytest.fixture(scope="module")
def data():
    return kit.cloud("compare", 12, 3, 3)


@pytest.fixture(scope="module")
def rows(data):
    return compare(data, ratio=0.8)


def test_every_construction_has_a_row_and_skipped_ones_say_why(rows):
    assert [row["construction"] for row in rows] == [*CONSTRUCTIONS, "line"]
    for row in rows:
        assert row["status"] in ("built", "skipped")
        assert row["status"] == "built" or row["reason"]
        assert row["status"] == "skipped" or min(row["microseconds"], row["seconds_build"], row["n_nonzero"]) > 0
    assert "3 classes" in next(row["reason"] for row in rows if row["construction"] == "parallel")


@pytest.mark.parametrize(
    ("norm", "classes"),
    [
        (1, 3),
        (2, 2),
        ("inf", 3),
        (3, 2),
        *(pytest.param(norm, classes, marks=pytest.mark.slow) for norm, classes in ((1, 2), (2, 3), ("inf", 2), (3, 3))),
    ],
)
def test_what_is_not_applicable_is_what_a_run_refuses_to_build_for_such_data(norm, classes):
    told = []
    found = compare(kit.cloud("applies", 6, 2, classes), ratio=0.3, norm=norm, finished=told.append)
    assert told == list(found)
    for row in found:
        refused = "is not available for" in (row["reason"] or "")
        assert row["applicable"] == (not refused)


def test_all_but_the_line_certify_every_ball(data, rows):
    sigma = 0.4 * lw.separation(data).lower
    for row in rows:
        if row["status"] == "built":
            robust = row["construction"] != "line"
            assert row["radius"] == pytest.approx(sigma, rel=1e-12)
            assert (row["certified_fraction"] == 1.0) == robust
            assert (row["certified_radius"] >= row["radius"]) == robust
            assert row["certified_radius"] > 0


def test_the_rows_are_those_of_single_runs(data, rows):
    for row in (rows[0], rows[-1]):
        ratio = None if row["construction"] == "line" else 0.8
        run = lw.memorize(data, ratio=ratio, construction=row["construction"], dtype=row["dtype"], pieces="cover")
        assert (row["width"], row["depth"], row["n_nonzero"]) == (
            run.network.width,
            run.network.depth,
            run.network.n_nonzero,
        )
        assert row["certified_radius"] == run.certificate.radius_lower.min()


def test_folds_are_looked_for_by_name(data, rows):
    (folded,) = compare(data, ratio=0.8, constructions=["folded"])
    collapse = next(row for row in rows if row["construction"] == "collapse")
    assert folded["status"] == "built"
    assert folded["certified_fraction"] == 1.0
    assert folded["width"] < collapse["width"]


def test_chosen_constructions_come_in_the_order_asked_for(data):
    assert [row["construction"] for row in compare(data, ratio=0.5, constructions=["cells", "register"])] == [
        "cells",
        "register",
    ]


def test_unknown_names_and_a_table_of_skips_are_refused(data):
    with pytest.raises(InputError, match="unknown constructions tower; known are: register"):
        compare(data, ratio=0.5, constructions=["tower", "register"])
    with pytest.raises(InputError, match="no construction serves: parallel: "):
        compare(data, ratio=0.5, constructions=["parallel"])


def test_text_and_figure_hold_every_row(rows):
    text = comparison_rows(rows)
    assert all(len(line) == len(COMPARISON_HEADER) for line in text)
    assert len(skipped_lines(rows)) == 1 + sum(row["status"] == "skipped" and row["applicable"] for row in rows)
    some = rows[:2]
    drawing = comparison_figure(some, "a title", ".svg")
    ET.parse(io.BytesIO(drawing))
    assert drawing == comparison_figure(some, "a title", ".svg")
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        comparison_figure(rows, "a title", ".gif")


# --- the line


@pytest.mark.parametrize("norm", [1, 2, 3, np.inf])
def test_the_line_memorizes_at_constant_width_and_certifies_what_little_it_keeps(norm):
    for n in (6, 24):
        data = kit.cloud("line", n, 4, 2)
        run = lw.memorize(data, construction="line", norm=norm, rng=3)
        assert (run.network.width, run.map.rank, run.network.dtype) == (3, 1, "float64")
        assert run.certificate.holds
        assert run.summary["construction"] == "line"
        for i in range(0, n, 5):
            assert kit.survives_exactly(run.network, data, i, run.summary["radius"], "exact", norm)


def test_the_line_says_what_it_keeps_when_more_is_asked():
    data = kit.cloud("line", 24, 4, 2)
    with pytest.raises(InputError, match=r"this line keeps ratio 0\.\d+ and not 0\.9"):
        lw.memorize(data, construction="line", ratio=0.9)
    kept = lw.memorize(data, construction="line").summary["ratio"]
    assert lw.memorize(data, construction="line", ratio=kept / 2).certificate.holds


@pytest.mark.parametrize("norm", [1, 1.5, np.inf])
def test_other_norms_compare_what_serves_them(norm):
    data = kit.cloud("compare norms", 10, 4, 2)
    rows = {
        row["construction"]: row for row in compare(data, ratio=0.3, norm=norm, constructions=["cells", "sawtooth", "line"])
    }
    shares = [row["certified_fraction"] for row in rows.values()]
    assert shares[:2] == [1.0, 1.0]
    assert shares[2] < 1.0
    assert rows["sawtooth"]["radius"] == rows["cells"]["radius"]


def test_a_map_of_another_norm_is_not_taken_for_a_start():
    data = kit.cloud("compare norms", 10, 4, 2)
    start = lw.search_map(data, 3, norm=np.inf)
    run = lw.memorize(data, ratio=0.3, norm=np.inf, construction="sawtooth", start=start)
    assert run.map.norm == 2.0
    assert run.certificate.holds


def test_in_l_infinity_there_are_boxes_and_a_tree_whose_robust_share_is_exact():
    values = np.arange(5.0)
    points = np.stack(np.meshgrid(values, values), axis=-1).reshape(-1, 2)
    data = Dataset(points, (points.sum(axis=1) > 4).astype(int))
    told = []
    rows = compare(data, ratio=0.9, norm="inf", constructions=["boxes", "tree"], finished=told.append)
    assert [row["construction"] for row in rows] == ["boxes", "tree"]
    assert list(rows) == told
    boxes, tree = rows
    assert boxes["certified_fraction"] == 1.0
    assert "leaves" in tree["reason"]
    assert tree["width"] is None
    assert tree["radius"] == boxes["radius"] == 0.45
    assert tree["certified_fraction"] == 1.0
    assert 0.49 < tree["certified_radius"] <= 0.5
    half = compare(data, ratio=0.9999999, norm="inf", constructions=["tree"])
    assert half[0]["certified_fraction"] < 1.0  # what float32 may round of an input does not fit in there
    with pytest.raises(InputError, match="known are"):
        compare(data, ratio=0.9, norm="inf", constructions=["trees"])


def test_leaves_reach_as_far_as_the_tree_itself_says():
    from sklearn.tree import DecisionTreeClassifier

    draw = np.random.default_rng(3)
    points, labels = draw.normal(size=(60, 3)), draw.integers(0, 3, 60)
    tree = DecisionTreeClassifier(random_state=0).fit(points, labels)
    radii = leaf_radii(tree, points)
    for sign in itertools.product((-1, 0, 1), repeat=3):
        assert np.array_equal(tree.apply(points + np.array(sign) * radii[:, None]), tree.apply(points))
    beyond = np.concatenate([points + e * (radii[:, None] + 1e-6) for e in np.concatenate([np.eye(3), -np.eye(3)])])
    assert (tree.apply(beyond).reshape(6, -1) != tree.apply(points)).any(axis=0).all()
