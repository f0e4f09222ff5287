"""Laws of the search: better than the maps it starts from, near the optimum where that is known, reproducible."""

import math
from itertools import pairwise, product

import numpy as np
import pytest

from logwidth.compute.step_cache import StepCache
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import ascent, check_map, pca_map, random_map, search_map, smallest_rank_map, trace_search
from logwidth.maps.climb import climb, survey
from logwidth.maps.map_search import MapSearch
from logwidth.maps.nearby import shortest_pairs
from logwidth.maps.span import span_coordinates
from logwidth.maps.starts import principal_frame
from logwidth.separation import separation
from logwidth.types import silent

BY_DAY = ((0, 1), (1, 2), (2, 4))


@pytest.mark.parametrize(
    ("seed", "k"),
    [pytest.param(*case, marks=() if case in BY_DAY else pytest.mark.slow) for case in product(range(3), (1, 2, 4))],
)
def test_search_beats_its_rivals(seed, k):
    rng = np.random.default_rng(seed)
    data = Dataset(rng.standard_normal((60, 7)), rng.integers(0, 3, 60))
    found = search_map(data, k, rng=seed).ratio_lower
    assert found >= pca_map(data, k).ratio_lower * (1 - 1e-9)
    assert found >= max(random_map(data, k, rng=s).ratio_lower for s in range(20))


def test_ends_that_keep_nothing_end_no_search(monkeypatch):
    """The origin against the unit vectors, from starts at right angles to one of these: gradients vanish there."""
    data = Dataset(np.concatenate([np.zeros((1, 4)), np.eye(4)]), [0] + [1] * 4)

    def blind(view, rank):
        across = (view.coordinates[1] - view.coordinates[0])[:, None]
        return np.linalg.svd(across)[0][:, 1 : rank + 1]

    monkeypatch.setattr(ascent, "principal_frame", blind)
    monkeypatch.setattr(ascent, "neighbour_frame", lambda view, _, rank: blind(view, rank))
    search = MapSearch(data, separation(data), 0, silent, StepCache(None))
    found = search.attempt(2, 0.6, None, may_give_up=True)
    assert found.end.value >= 0.6


@pytest.mark.parametrize("seed", range(4))
def test_search_on_the_plane_is_close_to_the_best_line(make_cloud, seed):
    data = make_cloud(seed, n=8, d=2, classes=2, spread=20)
    opposite = data.labels[:, None] != data.labels
    u = (data.points[:, None] - data.points)[opposite]
    step = np.pi / 20_000
    angles = np.arange(0.0, np.pi, step)
    lines = np.stack([np.cos(angles), np.sin(angles)])
    ceiling = np.abs(u @ lines).min(axis=0).max() + step * np.linalg.norm(u, axis=1).max()
    found = search_map(data, 1).distance_lower
    assert 0.9 * ceiling <= found <= ceiling


def test_the_scan_finds_the_closest_opposite_pairs():
    rng = np.random.default_rng(5)
    Z, labels = rng.standard_normal((150, 3)), rng.integers(0, 4, 150)
    squares = ((Z[:, None] - Z) ** 2).sum(axis=2)
    i, j = np.nonzero(np.triu(labels[:, None] != labels))
    closest = np.argsort(squares[i, j])[:500]
    expected = sorted(zip(i[closest].tolist(), j[closest].tolist(), strict=True))
    assert [tuple(p) for p in shortest_pairs(Z, labels, 500).tolist()] == expected
    everything = shortest_pairs(Z, labels, 10**6)
    assert len(everything) == len(i)


def test_equal_seeds_give_equal_bytes():
    rng = np.random.default_rng(1)
    data = Dataset(rng.standard_normal((40, 6)), rng.integers(0, 3, 40))
    first, second = (search_map(data, 3, rng=4) for _ in range(2))
    assert first.matrix.tobytes() == second.matrix.tobytes()
    assert first.ratio_lower == second.ratio_lower
    assert search_map(data, 3, rng=np.random.default_rng(4)).matrix.tobytes() == first.matrix.tobytes()
    assert random_map(data, 3, rng=0).matrix.tobytes() != random_map(data, 3, rng=1).matrix.tobytes()


def test_the_trace_holds_weights_on_opposite_pairs(make_cloud):
    data = make_cloud(7, n=40, d=6)
    trace = trace_search(data, 2)
    assert trace.pairs.shape == (len(trace.weights), 2)
    assert (data.labels[trace.pairs[:, 0]] != data.labels[trace.pairs[:, 1]]).all()
    assert (trace.weights >= 0).all()
    assert trace.weights.sum() == pytest.approx(1.0)
    assert not trace.weights.flags.writeable
    u = data.points[trace.pairs[:, 0]] - data.points[trace.pairs[:, 1]]
    eigenvalues = np.linalg.eigvalsh(u.T @ (trace.weights[:, None] * u))
    assert trace.map.distance_lower**2 <= eigenvalues[-2:].sum() * (1 + 1e-9)


def test_a_wanted_ratio_stops_the_search(digits, digits_separation):
    stages = []
    found = search_map(
        digits, 12, separation=digits_separation, wanted_ratio=0.7, progress=lambda *step: stages.append(step)
    )
    assert found.ratio_lower >= 0.7
    assert len(stages) <= 5
    assert all(0.0 <= fraction <= 1.0 for _, fraction in stages)


def test_a_start_is_never_made_worse(make_cloud):
    data = make_cloud(9, n=24, d=5)
    first = search_map(data, 3)
    assert search_map(data, 3, start=first).ratio_lower >= first.ratio_lower * (1 - 1e-9)
    for rank in (2, 4):
        assert search_map(data, rank, start=first.matrix).rank == rank


def test_data_in_a_subspace_need_only_its_rank():
    rng = np.random.default_rng(2)
    data = Dataset(rng.standard_normal((30, 3)) @ rng.standard_normal((3, 10)) + 5.0, np.arange(30) % 2)
    assert smallest_rank_map(data, 0.999999).rank <= 3
    for found in (search_map(data, 5), pca_map(data, 3)):
        assert (found.method, found.rank) == ("span", 3)
        assert found.ratio_lower > 1 - 1e-11


def test_fewer_samples_than_features():
    rng = np.random.default_rng(3)
    data = Dataset(rng.standard_normal((6, 40)), [0, 1, 0, 1, 2, 2])
    assert search_map(data, 5).ratio_lower > 1 - 1e-11
    assert 0 < search_map(data, 2).ratio_lower < 1


def test_two_samples_need_one_direction():
    data = Dataset([[1.0, 2.0, 3.0], [1.5, 2.0, 2.0]], ["a", "b"])
    for found in (search_map(data, 1), smallest_rank_map(data, 0.999), pca_map(data, 2)):
        assert found.rank == 1
        assert found.ratio_lower > 1 - 1e-12


@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_the_scale_of_the_data_does_not_matter(make_cloud, scale):
    plain, scaled = make_cloud(4, n=16, d=4), make_cloud(4, n=16, d=4, scale=scale)
    assert search_map(scaled, 2).ratio_lower == pytest.approx(search_map(plain, 2).ratio_lower, rel=1e-3)


def test_an_outlier_far_away_does_no_harm(make_cloud):
    data = make_cloud(4, n=30, d=5)
    points = np.vstack([data.points, np.full((1, 5), 1e9)])
    found = search_map(Dataset(points, np.append(data.labels, 0)), 2)
    assert found.ratio_lower > 0.05


def test_the_smallest_rank_is_as_small_as_the_search_allows(make_cloud):
    data = make_cloud(6, n=50, d=8)
    found = smallest_rank_map(data, 0.6)
    assert found.ratio_lower >= 0.6
    assert found.rank == 1 or search_map(data, found.rank - 1).ratio_lower < 0.601


def test_an_unreachable_ratio_says_what_is_reachable(make_cloud):
    data = make_cloud(6, n=50, d=8)
    said = r"no map of rank 2 or less .* ratio 0\.99 in norm 2; the best one keeps 0\.\d+ at rank \d"
    with pytest.raises(InputError, match=said):
        smallest_rank_map(data, 0.99, max_rank=2)


@pytest.mark.parametrize("ratio", [-0.1, 1.0, float("nan")])
def test_ratios_outside_the_unit_interval_are_refused(make_cloud, ratio):
    with pytest.raises(InputError, match="at least 0 and below 1"):
        smallest_rank_map(make_cloud(0), ratio)


def test_digits_quickly(digits, digits_separation):
    found = search_map(digits, 16, separation=digits_separation, wanted_ratio=0.95)
    assert found.ratio_lower >= 0.95
    again = check_map(digits, found.matrix)
    assert again.ratio_lower == found.ratio_lower


@pytest.mark.slow
@pytest.mark.parametrize(("k", "target"), [(4, 0.27), (5, 0.41), (8, 0.70), (12, 0.9107), (16, 0.9999)])
def test_digits_targets(digits, digits_separation, k, target):
    assert search_map(digits, k, separation=digits_separation).ratio_lower >= target


@pytest.mark.slow
@pytest.mark.parametrize(("ratio", "rank"), [(0.68, 8), (0.9, 12), (0.99, 16)])
def test_digits_smallest_ranks(digits, digits_separation, ratio, rank):
    assert smallest_rank_map(digits, ratio, separation=digits_separation).rank <= rank


@pytest.mark.parametrize("k", [1, 2, 4])
def test_a_climb_remembers_what_a_step_away_showed(make_cloud, k):
    data = make_cloud(3, n=60, d=6)
    view = span_coordinates(data, separation(data).upper)
    states = [survey(view, principal_frame(view, k))]
    states += [here for _, here in climb(view, states[0], (0.1, 4.0), StepCache(None), ("", math.inf))]
    i, j = np.nonzero(np.triu(data.labels[:, None] != data.labels))
    every = view.coordinates[i] - view.coordinates[j]
    for before, here in pairwise(states):
        assert here.value**2 == pytest.approx(((every @ here.frame) ** 2).sum(axis=1).min(), rel=1e-4)
        assert set(map(tuple, before.pairs.tolist())) <= set(map(tuple, here.pairs.tolist()))
    assert states[-1].value > states[0].value
