"""Laws of checkpoints: killed anywhere, a search goes on and ends with the same bytes; a wrong file is refused."""

import numpy as np
import pytest

from logwidth.errors import InputError
from logwidth.maps import search_map, smallest_rank_map


class Killer:
    """A progress callback that interrupts at one of its calls."""

    def __init__(self, at=None):
        self.at, self.calls = at, 0

    def __call__(self, stage, fraction):
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt


def one_rank(data, **options):
    return search_map(data, 2, rng=3, wanted_ratio=0.999, effort="low", **options)


def all_ranks(data, **options):
    return smallest_rank_map(data, 0.5, rng=3, **options)


@pytest.fixture(scope="module")
def data(make_cloud):
    return make_cloud(11, n=24, d=5)


@pytest.mark.parametrize("search", [one_rank, all_ranks])
def test_a_search_killed_anywhere_ends_with_the_same_bytes(search, data, tmp_path):
    count = Killer()
    undisturbed = search(data, progress=count)
    path = tmp_path / "search.npz"
    for at in (3, count.calls // 2, count.calls):
        with pytest.raises(KeyboardInterrupt):
            search(data, progress=Killer(at), checkpoint=path)
        if at > 3:
            assert path.exists()
            with pytest.raises(KeyboardInterrupt):
                search(data, progress=Killer(3), checkpoint=path)
        resumed = search(data, checkpoint=path)
        assert resumed.matrix.tobytes() == undisturbed.matrix.tobytes()
        assert resumed.ratio_lower == undisturbed.ratio_lower
        assert list(tmp_path.iterdir()) == []


def test_a_resumed_search_does_not_repeat_its_rounds(data, tmp_path, monkeypatch):
    path, rounds = tmp_path / "search.npz", []
    monkeypatch.setattr("logwidth.maps.climb.ascend", spy_on(rounds))
    one_rank(data)
    whole = len(rounds)
    with pytest.raises(KeyboardInterrupt):
        one_rank(data, progress=Killer(20), checkpoint=path)
    before = len(rounds) - whole
    one_rank(data, checkpoint=path)
    assert 0 < before < whole
    assert len(rounds) == 2 * whole


def spy_on(rounds):
    from logwidth.maps.softmin import ascend

    def spied(*arguments):
        rounds.append(1)
        return ascend(*arguments)

    return spied


def interrupted(data, path):
    with pytest.raises(KeyboardInterrupt):
        one_rank(data, progress=Killer(10), checkpoint=path)


def test_a_checkpoint_of_another_search_is_refused(data, make_cloud, tmp_path):
    path = tmp_path / "search.npz"
    interrupted(data, path)
    kept = path.read_bytes()
    for other in (
        lambda: search_map(data, 3, rng=3, checkpoint=path),
        lambda: search_map(data, 2, rng=4, wanted_ratio=0.999, checkpoint=path),
        lambda: search_map(data, 2, rng=3, wanted_ratio=0.999, start=np.eye(2, 5), checkpoint=path),
        lambda: one_rank(make_cloud(12, n=24, d=5), checkpoint=path),
        lambda: all_ranks(data, checkpoint=path),
    ):
        with pytest.raises(InputError, match="belongs to a search on other data or with other arguments"):
            other()
    assert path.read_bytes() == kept


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"hello"])
def test_a_damaged_checkpoint_is_refused(data, tmp_path, damage):
    path = tmp_path / "search.npz"
    interrupted(data, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(InputError, match=r"cannot be read .* delete it to start afresh"):
        one_rank(data, checkpoint=path)


def test_a_checkpoint_needs_a_folder(data, tmp_path):
    with pytest.raises(InputError, match="there is no folder"):
        one_rank(data, checkpoint=tmp_path / "nowhere" / "search.npz")


def test_checkpoints_hold_no_pickles(data, tmp_path):
    path = tmp_path / "search.npz"
    interrupted(data, path)
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "Uif" for name in stored.files)


def test_a_disk_that_fills_up_costs_the_checkpoint_not_the_search(data, tmp_path, monkeypatch):
    def full(*_arguments, **_arrays):
        raise OSError(28, "No space left on device")

    undisturbed = one_rank(data)
    monkeypatch.setattr("logwidth.compute.step_cache.np.savez", full)
    assert one_rank(data, checkpoint=tmp_path / "search.npz").matrix.tobytes() == undisturbed.matrix.tobytes()
    assert list(tmp_path.iterdir()) == []
