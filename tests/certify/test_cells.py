"""Networks of cells: any norm, and broken ones are caught."""

import importlib
import itertools

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from logwidth.certify import Outcome, certify
from logwidth.construct import CONSTRUCTIONS, Construction, Plan
from logwidth.construct.cells.shared import Cell
from logwidth.dataset import Dataset
from logwidth.network import evaluate, evaluate_exactly

NORMS = [1.0, 1.5, 2.0, 3.0, np.inf]


def cloud(seed: int, n: int, d: int, classes: int) -> Dataset:
    rng = np.random.default_rng(seed)
    return Dataset(
        rng.integers(-8, 9, size=(n, d)) + rng.choice([0.0, 0.25], size=(n, d)),
        [*range(classes), *rng.integers(0, classes, n - classes)],
    )


def built(data: Dataset, norm: float, ratio: float, dtype: str = "float32") -> tuple[float, Construction]:
    metric = {"metric": "chebyshev"} if np.isinf(norm) else {"metric": "minkowski", "p": norm}
    distances = cdist(data.points, data.points, **metric)
    delta = float(distances[data.labels[:, None] != data.labels[None, :]].min()) * (1 - 1e-9)
    d = data.n_features
    plan = Plan(data.points, data.labels, data.values, np.eye(d), ratio * delta / 2, delta, dtype, norm, norm)
    return plan.radius, CONSTRUCTIONS["cells"].build(plan)


def sphere(data: Dataset, radius: float, norm: float, seed: int) -> np.ndarray:
    """Points at 0.99999 of the radius: at random, and straight towards every other sample."""
    rng = np.random.default_rng(seed)
    steps = [rng.normal(size=data.points.shape) for _ in range(6)]
    steps += [np.roll(data.points, k, axis=0) - data.points for k in range(1, data.n_samples)]
    steps = [v + (np.abs(v).sum(axis=1, keepdims=True) == 0) for v in steps]
    lengths = [np.linalg.norm(v, ord=norm, axis=1, keepdims=True) for v in steps]
    return np.concatenate([data.points + 0.99999 * radius * v / n for v, n in zip(steps, lengths, strict=True)])


@pytest.mark.parametrize(("norm", "case"), list(itertools.product(NORMS, range(4))))
def test_every_norm_is_certified_and_right_on_the_spheres(norm: float, case: int) -> None:
    data = cloud(case, 6 + 3 * case, 1 + case, 2 + case % 3)
    radius, construction = built(data, norm, 0.9)
    network = construction.network
    assert (certify(network, data, radius, norm=norm).status == Outcome.CERTIFIED).all()
    assert not (certify(network, data, radius / 0.9 * 1.01, norm=norm).status == Outcome.CERTIFIED).all()
    points = sphere(data, radius, norm, case)
    expected = np.tile(data.values[data.labels], len(points) // data.n_samples)
    assert (evaluate(network, points)[:, 0] == expected).all()
    for i in range(0, len(points), 7):
        assert evaluate_exactly(network, points[i].tolist()) == [expected[i]]


def test_width_and_depth_follow_from_the_halfspaces() -> None:
    data = cloud(1, 12, 3, 3)
    _, construction = built(data, 2.0, 0.8)
    assert construction.network.width == 3 + 2
    assert construction.network.depth == construction.n_pieces + 2


def test_separable_classes_need_one_halfspace_each() -> None:
    data = Dataset([[0.0, 0], [1, 1], [0, 1], [9, 0], [9, 1], [8, 1], [20, 0], [21, 1]], [0, 0, 0, 1, 1, 1, 2, 2])
    _, construction = built(data, np.inf, 0.9)
    assert construction.n_pieces == 2


BROKEN = {
    "a normal turned": lambda cell: Cell(-cell.normals, cell.offsets),
    "pushed in": lambda cell: Cell(cell.normals, cell.offsets + 2.0),
    "pushed out": lambda cell: Cell(cell.normals, cell.offsets - 2.0),
    "a halfspace dropped": lambda cell: Cell(cell.normals[:1], cell.offsets[:1]),
}


@pytest.mark.parametrize(("fault", "norm"), list(itertools.product(BROKEN, [2.0, np.inf])))
def test_wrong_cells_are_caught(monkeypatch: pytest.MonkeyPatch, fault: str, norm: float) -> None:
    module = importlib.import_module("logwidth.construct.cells.cells")
    whole = module.cover_class
    monkeypatch.setattr(module, "cover_class", lambda *a: (BROKEN[fault](cell) for cell in whole(*a)))
    shared = module.shared_cells
    monkeypatch.setattr(module, "shared_cells", lambda *a: [BROKEN[fault](cell) for cell in shared(*a)])
    data = cloud(3, 14, 2, 3)
    radius, construction = built(data, norm, 0.9)
    found = certify(construction.network, data, radius, norm=norm)
    assert not (found.status == Outcome.CERTIFIED).all()
    for i in np.flatnonzero(found.status == Outcome.CERTIFIED):
        assert evaluate(construction.network, data.points[i : i + 1])[0, 0] == data.values[data.labels[i]]


@pytest.mark.parametrize("share", [2.0**-30, 2.0**-10, 0.5, 2.0, 2.0**40])
def test_a_wrong_rate_is_never_a_false_certificate(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    module = importlib.import_module("logwidth.construct.cells.cells")
    monkeypatch.setattr(module, "thin_rate", lambda x: share * 2.0 ** np.ceil(np.log2(x)))
    data = cloud(2, 12, 2, 3)
    radius, construction = built(data, 2.0, 0.95)
    found = certify(construction.network, data, radius, norm=2.0)
    points = sphere(data, radius, 2.0, 0)
    right = evaluate(construction.network, points)[:, 0].reshape(-1, data.n_samples) == data.values[data.labels]
    assert right[:, found.status == Outcome.CERTIFIED].all()
    if share <= 2.0**-10:
        assert not (found.status == Outcome.CERTIFIED).all()
