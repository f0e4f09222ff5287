"""The main job on data of every shape: it works, or refuses clearly."""

import itertools
import sys
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

import kit
import logwidth as lw
from logwidth.export import to_onnx


def labels_from_runtime(run: lw.Run, points: np.ndarray) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(run.onnx, options)
    outputs: np.ndarray = session.run(None, {"X": points.astype(np.float32)})[0]
    return outputs[:, 0]


def spheres(run: lw.Run, data: lw.Dataset, count: int, fraction: float) -> np.ndarray:
    """Points on the spheres of `fraction` of the certified radii, `count` random ones a sample and the worst one."""
    rng = np.random.default_rng(0)
    radii = run.certificate.radius_lower[:, None] * fraction
    sep = lw.separation(data)
    towards = data.points[sep.neighbor] - data.points
    directions = [rng.normal(size=data.points.shape) for _ in range(count)] + [towards]
    return np.concatenate([data.points + radii * v / np.linalg.norm(v, axis=1, keepdims=True) for v in directions])


@pytest.mark.parametrize(
    ("name", "ratio", "step"),
    [
        ("iris", 0.5, 1),
        ("wine", 0.9, 3),
        ("breast_cancer", 0.9, 3),
        ("codebook", 0.5, 1),
        pytest.param("wine", 0.9, 1, marks=pytest.mark.slow),
        pytest.param("breast_cancer", 0.9, 1, marks=pytest.mark.slow),
    ],
)
def test_built_in_data_are_certified_and_right_in_the_runtime(name: str, ratio: float, step: int) -> None:
    data = kit.thinned(name, step)
    run = lw.memorize(data, ratio=ratio)
    assert run.certificate.holds
    assert run.summary["width"] == run.summary["map_rank"] + 3
    assert run.summary["depth"] == run.summary["n_pieces"]
    expected = data.values[data.labels]
    for points in (data.points, spheres(run, data, 5, 0.99)):
        found = labels_from_runtime(run, points).reshape(-1, data.n_samples)
        assert (found == expected).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ratio", "width", "rank", "most"), [(0.99, None, 16, 19), (0.99, 18, 16, 18), (0.9, None, 12, 15), (0.68, None, 8, 11)]
)
def test_digits_targets(ratio: float, width: int | None, rank: int, most: int) -> None:
    data = lw.load("digits")
    run = lw.memorize(data, ratio=ratio, width=width)
    assert run.certificate.holds
    assert run.summary["map_rank"] <= rank
    assert run.summary["width"] <= most
    if width is None:
        assert run.summary["depth"] <= 1800
    found = labels_from_runtime(run, spheres(run, data, 20, 0.99)).reshape(-1, data.n_samples)
    assert (labels_from_runtime(run, data.points) == data.values[data.labels]).all()
    assert (found == data.values[data.labels]).all()


def blobs(n: int, d: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    return rng.normal(size=(n, d)) + 4.0 * rng.normal(size=(classes, d))[labels], labels


SHAPES = {
    "three points in the plane": (np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]]), [0, 1, 1]),
    "two points on a line": (np.array([[0.0], [1.0]]), ["a", "b"]),
    "fewer samples than features": blobs(8, 40, 3),
    "in a plane of a larger space": (blobs(20, 2, 3)[0] @ np.random.default_rng(1).normal(size=(2, 9)), blobs(20, 2, 3)[1]),
    "large": (blobs(20, 3, 3)[0] * 1e6, blobs(20, 3, 3)[1]),
    "small": (blobs(20, 3, 3)[0] * 1e-6, blobs(20, 3, 3)[1]),
    "huge": (blobs(20, 3, 3)[0] * 1e30, blobs(20, 3, 3)[1]),
    "negative labels": (blobs(12, 2, 3)[0], np.array([-7, 0, 20])[blobs(12, 2, 3)[1]]),
    "truth values": (blobs(12, 2, 2)[0], blobs(12, 2, 2)[1].astype(bool)),
    "repeated samples": (np.repeat(blobs(6, 2, 2)[0], 3, axis=0), np.repeat(blobs(6, 2, 2)[1], 3)),
    "alternating on a line": (np.arange(6.0)[:, None], [0, 1, 0, 1, 0, 1]),
}


@pytest.mark.parametrize(("shape", "form"), list(itertools.product(SHAPES, ["register", "collapse"])))
def test_every_shape_of_data(shape: str, form: str) -> None:
    points, labels = SHAPES[shape]
    data = lw.Dataset(points, labels)
    run = lw.memorize(data, ratio=0.8, construction=form)
    assert run.certificate.holds
    assert (lw.evaluate(run.network, data.points)[:, 0] == data.values[data.labels]).all()
    assert lw.evaluate_exactly(run.network, data.points[0].tolist()) == [data.values[data.labels[0]]]


def test_a_thousand_classes() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(10.0)] * 3), axis=-1).reshape(1000, 3)
    data = lw.Dataset(grid, np.arange(1000))
    run = lw.memorize(data, ratio=0.9)
    assert run.certificate.holds
    assert (labels_from_runtime(run, data.points) == np.arange(1000)).all()


def test_chain_and_scan_give_the_same_labels() -> None:
    data = kit.thinned("iris")
    run = lw.memorize(data, ratio=0.5)
    chain, scan = (
        onnxruntime.InferenceSession(to_onnx(run.network, form=form)).run(None, {"X": data.points.astype(np.float32)})[0]
        for form in ("chain", "scan")
    )
    assert np.array_equal(chain, scan)


def test_progress_names_stages_and_stays_between_0_and_1() -> None:
    seen: list[tuple[str, float]] = []
    lw.memorize(kit.thinned("iris"), ratio=0.5, progress=lambda stage, done: seen.append((stage, done)))
    assert {"separation", "construction", "export", "certification"} <= {stage for stage, _ in seen}
    assert all(0.0 <= done <= 1.0 for _, done in seen)


def test_a_radius_is_an_alternative_to_a_ratio() -> None:
    data = kit.thinned("iris")
    run = lw.memorize(data, radius=0.05)
    assert run.summary["radius"] == run.certificate.radius == 0.05
    assert run.summary["ratio"] == pytest.approx(0.1 / lw.separation(data).lower)


@pytest.mark.parametrize("construction", ["collapse", "register", "list", "cells", "lanes", "sawtooth"])
def test_the_building_of_a_network_reports_how_far_it_is(construction):
    shares = []
    asked = {"ratio": 0.5, "construction": construction, "pieces": "all"}
    lw.memorize(kit.thinned("iris", 2), **asked, progress=lambda stage, share: shares.append((stage, share)))
    built = [share for stage, share in shares if stage == "construction"]
    assert built[-1] == 1.0
    assert all(0 <= share <= 1 for share in built)
    assert len({share for share in built if 0 < share < 1}) >= 5


def test_a_search_that_ends_with_less_than_it_began_with_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the pieces' sake the map of least rank is searched from once more; of many samples that can end below the goal."""
    maps = sys.modules["logwidth.pipeline.map_selection"]
    search, asked = maps.search, []

    def worse(setting: object, rank: int, start: lw.PreservingMap | None, wanted: float | None = None) -> lw.PreservingMap:
        asked.append(start)
        return replace(search(setting, rank, start, wanted), ratio_lower=0.4)

    monkeypatch.setattr(maps, "search", worse)
    monkeypatch.setattr(sys.modules["logwidth.pipeline.narrowest"], "SMALL_COVER", 0)  # as of many samples
    run = lw.memorize(lw.load("iris"), ratio=0.5)
    assert asked[0] is not None
    assert run.map is asked[0]
    assert run.certificate.holds
