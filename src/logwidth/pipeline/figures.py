"""The paper's figures, computed from the library's own objects."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from scipy.special import betainc

from logwidth.dataset import Dataset, load
from logwidth.maps import check_map, kept_fractions, search_map
from logwidth.network import ReluNetwork
from logwidth.pipeline.memorize import memorize
from logwidth.report import block_figure
from logwidth.report.figures import diagram_figure, file_bytes, kept_figure, neighbourhoods_figure, refusal_figure
from logwidth.theory import diagram
from logwidth.types import BoolArray, FloatArray, Progress

NORMS = (1, 2, "inf")
REFUSED_RATIO = 0.4
SPACE_RATIO = 0.75
DRAWS = 2_000
MOST_WIDTHS = 1_200


NAMES = ("figure1_diagram", "figure2_refusal", "figure3_neighbourhoods", "figure4_figure5_blocks", "robust_jl")
SUFFIXES = (".svg", ".png")
FIGURE_FILES = tuple(name + suffix for name in NAMES for suffix in SUFFIXES)


def figure_files(
    n_samples: int, n_features: int, *, rng: int = 0, progress: Progress | None = None
) -> Iterator[tuple[str, bytes]]:
    """Yield the figures as files (name, content) as they are done, each as .svg and .png; sizes are those of Figure 1.

    Figure 1: the diagram for p = 1, 2, ∞. Figure 2: a set of T3(c) in the plane. Figure 3: balls before and after an
    orthogonal and a Gaussian map. Figures 4 and 5: the blocks of a certified sawtooth network. And the robust
    Johnson–Lindenstrauss lemma in experiment, measured. Same seed, same bytes.

    Raises InputError for sizes out of range, MissingExtraError without matplotlib.
    """
    drawings: tuple[Callable[[], Callable[[str], bytes]], ...] = (
        lambda: partial(file_bytes, _diagram(n_samples, n_features)),
        lambda: partial(file_bytes, _refusal()),
        lambda: partial(file_bytes, _neighbourhoods(rng)),
        lambda: partial(block_figure, _sawtooth()),
        lambda: partial(file_bytes, _kept(rng)),
    )
    for number, (name, draw) in enumerate(zip(NAMES, drawings, strict=True)):
        if progress is not None:
            progress(name.replace("_", " "), 0.0)
        drawn = draw()
        yield from ((name + suffix, drawn(suffix)) for suffix in SUFFIXES)
        if progress is not None:
            progress(name.replace("_", " "), 1.0)
            progress("figures", (number + 1) / len(drawings))


def _diagram(n_samples: int, n_features: int) -> Any:
    last = min(n_features + 6, n_features + n_samples)
    spread = {int(k) for k in np.geomspace(1, last, MOST_WIDTHS).round()}
    widths = sorted(spread | set(range(max(1, n_features - 2), last + 1)))
    return diagram_figure([diagram(n_samples, n_features, norm=p, widths=widths) for p in NORMS])


def _refusal() -> Any:
    data = load(f"products:half=1,ratio={REFUSED_RATIO}")
    angles = np.linspace(0.0, np.pi, 2_881)
    images = np.stack([np.cos(angles), np.sin(angles)]).T @ data.points.T
    kept = np.array([np.abs(z[data.labels == 0][:, None] - z[data.labels == 1]).min() for z in images])
    return refusal_figure(data.points, data.labels, REFUSED_RATIO / 2.0, angles, kept)


def _neighbourhoods(rng: int) -> Any:
    """Draw an orthogonal map that keeps the balls apart and a Gaussian map that keeps the distances but not the balls."""
    data = _scattered(rng)
    found = search_map(data, 2, rng=rng)
    radius = SPACE_RATIO / 2.0
    T, kept = _gaussian(data, rng)
    growth = np.linalg.norm(T, 2)
    titles = (
        f"orthogonal map: distances ≥ {found.distance_lower:.2f},\nballs do not grow: disjoint discs",
        f"Gaussian map: distances ≥ {kept:.2f},\nballs grow up to {growth:.2f} times and meet",
    )
    maps = [(title, matrix, _meets(data, matrix)) for title, matrix in zip(titles, (found.matrix, T), strict=True)]
    return neighbourhoods_figure(data.points, data.labels, radius, maps)


def _meets(data: Dataset, T: FloatArray) -> BoolArray:
    """Return which samples have an opposite one at quotient norm (Fact 1) at most 2σ."""
    images = data.points @ np.linalg.qr(T.T)[0]
    apart = np.linalg.norm(images[:, None] - images[None], axis=2)
    return np.asarray(((apart <= SPACE_RATIO) & (data.labels[:, None] != data.labels[None])).any(axis=1))


def _scattered(rng: int) -> Dataset:
    """Return ten points in space, nearest opposite ones at distance 1, for which some map of rank 2 keeps the ratio."""
    for seed in range(rng, rng + 1_000):
        points, labels = np.random.default_rng(seed).uniform(-1, 1, (10, 3)), np.arange(10) % 2
        gaps = np.linalg.norm(points[labels == 0][:, None] - points[labels == 1], axis=2)
        data = Dataset(points / gaps.min(), labels)
        if search_map(data, 2, rng=0).ratio_lower > SPACE_RATIO + 0.1:
            return data
    raise AssertionError("no set found in 1,000 draws")


def _gaussian(data: Dataset, rng: int) -> tuple[FloatArray, float]:
    """Return the first Gaussian map, entries of variance ½, that keeps opposite distances ≥ 0.8 but not the balls apart."""
    u = (data.points[data.labels == 0][:, None] - data.points[data.labels == 1]).reshape(-1, 3)
    for seed in range(rng, rng + 10_000):
        T = np.random.default_rng(seed).standard_normal((2, 3)) / np.sqrt(2.0)
        kept = float(np.linalg.norm(u @ T.T, axis=1).min())
        if kept >= 0.8 and check_map(data, np.linalg.qr(T.T)[0].T).ratio_lower < SPACE_RATIO - 0.1:
            return T, kept
    raise AssertionError("no map found in 10,000 draws")


def _sawtooth() -> ReluNetwork:
    """Return the paper's construction for the unit vectors of space and the origin, as it is stored."""
    return memorize(load("basis:d=3"), ratio=0.9, construction="sawtooth", bracket=False).network


def _kept(rng: int) -> Any:
    k, d = 16, 64
    data = load("differences:n=60,d=64,seed=1")
    u = (data.points[data.labels == 0][:, None] - data.points[data.labels == 1]).reshape(-1, d)
    orthogonal, normal = (kept_fractions(u, k, DRAWS, gaussian=gaussian, rng=rng) for gaussian in (False, True))
    t = np.linspace(0.15, 0.42, 200)
    chance = betainc(k / 2.0, (d - k) / 2.0, t * t)
    law = (len(u) * chance, -np.expm1(len(u) * np.log1p(-chance)))
    measured = {
        "orthogonal": orthogonal.robust,
        "gaussian": normal.robust,
        "distances": normal.distances,
        "euclidean": normal.distances / normal.growth,
    }
    return kept_figure(t, law, measured, f"{len(u)} differences, {d} dimensions, rank {k}: {DRAWS:,} maps")
