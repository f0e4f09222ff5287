"""Cells behind folds: how far an image reaches, and cells that hold every own image and keep every other one out."""

from dataclasses import replace

import numpy as np
import pytest

from logwidth.construct import Folds
from logwidth.construct.folded_cells import Region, least_slab
from logwidth.construct.folded_images import FoldedImages
from logwidth.construct.hulls import widest_slab

SHAPES = [(1, 1, 2, 3), (1, 2, 2, 4), (2, 2, 3, 4), (3, 2, 2, 3)]  # layers, hinges, coordinates, inputs


def folds_of(rng, shape, samples, bend=0.7):
    layers, hinges, rank, inputs = shape
    return Folds(
        P=rng.normal(size=(rank, inputs)),
        A=rng.normal(size=(hinges, inputs)),
        t=0.3 * rng.normal(size=(layers, hinges)),
        B=rng.normal(size=(layers - 1, hinges, rank)),
        b=rng.normal(size=(layers - 1, hinges, hinges)),
        E=bend * rng.normal(size=(layers, rank, hinges)),
        moves=np.zeros((samples, rank)),
        offsets=np.zeros(samples),
        gap=1.0,
    )


def folded(folds, points):
    """What folds make of points, layer by layer."""
    p, h = points @ folds.P.T, np.maximum(points @ folds.A.T - folds.t[0], 0)
    for layer in range(1, len(folds.t)):
        below = layer - 1
        u = p @ folds.B[below].T + h @ folds.b[below].T - folds.t[layer]
        p, h = p + h @ folds.E[below].T, np.maximum(u, 0)
    return p + h @ folds.E[-1].T


def lowest(folds, points, w, radius, rng):
    """The least `⟨w, y⟩` on balls that points on their spheres and steps along differences find, `(M,)`."""
    best = np.full(len(points), np.inf)
    for start in range(6):
        step = rng.normal(size=points.shape) if start else np.zeros(points.shape)
        x = points + radius * step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
        for turn in range(60):
            best = np.minimum(best, (folded(folds, x) * w).sum(axis=1))
            ways = 1e-6 * np.eye(points.shape[1])
            slope = np.stack([((folded(folds, x + e) - folded(folds, x - e)) * w).sum(axis=1) for e in ways], axis=1) / 2e-6
            away = x - 0.3 * radius / (1 + 0.2 * turn) * slope - points
            lengths = np.linalg.norm(away, axis=1, keepdims=True)
            x = points + away * np.minimum(1.0, radius / np.maximum(lengths, 1e-12))
    return best


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_images_reach_no_lower_than_is_said_and_nearly_as_low(shape):
    rng = np.random.default_rng(sum(shape))
    points = rng.normal(size=(20, shape[3]))
    folds = folds_of(rng, shape, len(points), bend=0.4)
    images = FoldedImages.of(folds, points, 0.4)
    assert np.allclose(images.centres, folded(folds, points))
    owner = np.repeat(np.arange(len(points)), 3)
    w = rng.normal(size=(len(owner), shape[2]))
    w /= np.linalg.norm(w, axis=1, keepdims=True)
    least, at = images.least(owner, w)
    found = lowest(folds, points[owner], w, 0.4, rng)
    assert (least <= found + 1e-9).all()
    assert np.median(found - least) < 0.05 * np.median(images.centres[owner][:, 0] ** 2) ** 0.5
    assert ((at * w).sum(axis=1) >= least - 1e-9).all()  # it is a point of the image
    if shape[0] == 1:
        assert np.median((at * w).sum(axis=1) - least) < 1e-9


def two_classes(rng, shape=(1, 2, 2, 3)):
    points = rng.normal(size=(40, shape[3]))
    points[20:, 0] += 3.0
    labels = (np.arange(40) >= 20).astype(int)
    folds = folds_of(rng, shape, 40, bend=0.15)
    gaps = np.linalg.norm(folded(folds, points)[:20, None] - folded(folds, points)[None, 20:], axis=2)
    return points, labels, folds, 0.12 * float(gaps.min())


@pytest.mark.parametrize("seed", range(4))
def test_every_own_image_is_held_and_every_other_kept_out(seed):
    rng = np.random.default_rng(seed)
    points, labels, folds, radius = two_classes(rng)
    images = FoldedImages.of(folds, points, radius)
    gap = 0.2 * least_slab(images, labels)
    assert gap > 0
    own, others = np.flatnonzero(labels == 1), np.flatnonzero(labels == 0)
    cells = Region(images, own, others, gap).cells()
    assert len(cells) < len(own)
    held = np.zeros(len(own), dtype=bool)
    for cell in cells:
        assert np.allclose(np.linalg.norm(cell.normals, axis=1), 1.0)
        low = [images.least(own, np.tile(w, (len(own), 1)))[0] for w in cell.normals]
        held |= (np.array(low) >= cell.offsets[:, None] + 0.99 * gap).all(axis=0)
        high = [-images.least(others, np.tile(-w, (len(others), 1)))[0] for w in cell.normals]
        assert (np.array(high) <= cell.offsets[:, None] - 0.99 * gap).any(axis=0).all()
        steps = rng.normal(size=(50, *points.shape))
        around = points + radius * steps / np.linalg.norm(steps, axis=2, keepdims=True)
        inside = (folded(folds, around.reshape(-1, 3)) @ cell.normals.T > cell.offsets).all(axis=1).reshape(50, -1)
        assert not inside[:, others].any()
    assert held.all()


def test_without_a_bend_slabs_are_those_of_points_less_the_radii():
    rng = np.random.default_rng(3)
    points, labels, folds, radius = two_classes(rng)
    flat = replace(folds, P=np.eye(2, 3), E=np.zeros_like(folds.E))
    images = FoldedImages.of(flat, points, radius)
    y = points[:, :2]
    exact = np.linalg.norm(y[labels == 0][:, None] - y[labels == 1][None], axis=2).min() - 2 * radius
    assert least_slab(images, labels) == pytest.approx(exact, rel=1e-6)
    region = Region(images, np.flatnonzero(labels == 1), np.flatnonzero(labels == 0), np.inf)
    rows, kept = np.array([20, 25, 30]), np.array([1, 2])
    _, width = widest_slab(y[rows], y[kept])
    found = region.parted(rows, kept, np.array([1.0, 0.0]))[1]
    assert found == pytest.approx(width - 2 * radius, rel=1e-3) or width < 2 * radius
