"""The bound on boxes: true of every list that exists, met where it must be, refuted where a crowd is none."""

import itertools
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

import logwidth as lw
from logwidth.certify.lower_bounds.boxes_bound import check_boxes_bound, prove_boxes_bound
from logwidth.dataset import Dataset
from logwidth.separation import separation


def grid(seed, classes=2, sides=(3, 3)):
    points = np.array(list(itertools.product(*(range(n) for n in sides))), dtype=float)
    labels = np.random.default_rng(seed).integers(0, classes, len(points))
    labels[:classes] = range(classes)
    return Dataset(points, labels)


def fewest(data, radius):
    """The fewest boxes of any list by classes, by looking at all covers of a small grid by boxes between its points."""
    sides = [np.unique(column) for column in data.points.T]
    boxes = [
        (np.array(low), np.array(high))
        for low in itertools.product(*sides)
        for high in itertools.product(*sides)
        if (np.array(low) <= np.array(high)).all()
    ]

    def cover(label, before):
        own, rest = data.points[data.labels == label], data.points[np.isin(data.labels, before)]
        sets = set()
        for low, high in boxes:
            if not ((rest >= low - radius) & (rest <= high + radius)).all(axis=1).any():
                sets.add(frozenset(np.flatnonzero(((own >= low) & (own <= high)).all(axis=1)).tolist()))
        kept = [s for s in sets if s and not any(s < t for t in sets)]
        for count in range(1, len(own) + 1):
            if any(len(frozenset().union(*some)) == len(own) for some in itertools.combinations(kept, count)):
                return count
        raise AssertionError("no cover")

    orders = itertools.permutations(range(data.n_classes))
    return min(sum(cover(order[k], order[:k]) for k in range(1, data.n_classes)) for order in orders)


@pytest.mark.parametrize(("seed", "classes"), [(0, 2), (1, 2), (2, 2), (3, 3), (4, 3)])
def test_no_list_by_classes_has_fewer_boxes(seed, classes):
    data = grid(seed, classes)
    found = prove_boxes_bound(data, 0.45)
    assert not check_boxes_bound(found, data)
    assert classes - 1 <= found.boxes_lower <= fewest(data, 0.45)
    assert f"fewer than {found.boxes_lower} boxes" in found.claim


def test_a_chessboard_needs_a_box_for_every_field():
    data = Dataset(grid(0, sides=(4, 4)).points, grid(0, sides=(4, 4)).points.sum(axis=1) % 2)
    assert prove_boxes_bound(data, 0.45).boxes_lower == 8
    run = lw.memorize(data, ratio=0.9, norm="inf", construction="boxes", bracket=True)
    assert run.summary.boxes_lower == run.summary.n_pieces == 8


@pytest.mark.parametrize("name", ["iris", "many classes"])
def test_what_is_built_is_never_below_the_bound(name):
    data = lw.load("iris") if name == "iris" else Dataset(np.arange(24.0)[:, None], np.arange(24) % 12)
    radius = 0.4 * separation(data, norm="inf").lower / 2
    run = lw.memorize(data, radius=radius, norm="inf", construction="boxes", bracket=True)
    assert data.n_classes - 1 <= run.summary.boxes_lower <= run.summary.n_pieces


def test_a_crowd_that_is_none_is_refuted():
    data = grid(1)
    found = prove_boxes_bound(data, 0.45)
    label, others = next(key for key, rows in found.crowds.items() if len(rows) > 1)
    own = np.flatnonzero(data.labels == label)

    def refuted(rows, key=(label, others)):
        return check_boxes_bound(replace(found, crowds={**found.crowds, key: np.array(rows)}), data)

    assert "may lie in one box" in refuted(own)[0]
    assert refuted([own[0], own[0]])
    assert refuted([own[0], np.flatnonzero(data.labels != label)[0]])
    assert refuted(found.crowds[label, others], (label, frozenset([label])))
    assert refuted(found.crowds[label, others], (label, frozenset()))
    assert check_boxes_bound(replace(found, radius=1e-9), data) == ()  # on a grid a smaller radius changes nothing


def test_counting_on_the_lattice_is_looking_at_all(monkeypatch):
    data = Dataset(np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 3)
    radius = 0.5 * separation(data, norm="inf").lower / 2
    by_counts = prove_boxes_bound(data, radius)
    monkeypatch.setattr(sys.modules[prove_boxes_bound.__module__], "MOST_CELLS", 0)
    directly = prove_boxes_bound(data, radius)
    assert {k: r.tolist() for k, r in by_counts.crowds.items()} == {k: r.tolist() for k, r in directly.crowds.items()}


def test_a_stated_bound_is_proven_again(tmp_path):
    data = grid(2, 3)
    lw.memorize(data, ratio=0.9, norm="inf", construction="boxes", bracket=True).save(tmp_path / "run")
    assert lw.check(tmp_path / "run", data).passed
    path = tmp_path / "run" / "summary.json"
    words = path.read_text()
    stated = str(json.loads(words)["boxes_lower"])
    path.write_text(words.replace(f'"boxes_lower": {stated}', f'"boxes_lower": {int(stated) + 9}'))
    assert "boxes_lower" in " ".join(lw.check(tmp_path / "run", data).problems)
