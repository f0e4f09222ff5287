"""Laws of the store for resuming: what is kept is what was found, for the same key and build only; nothing else is met."""

import numpy as np
import pytest

from logwidth.compute import step_cache
from logwidth.compute.step_cache import Codec, StepCache, build_digest, steps_in
from logwidth.errors import InputError

ARRAY = Codec(lambda found: {"found": found}, lambda kept: kept["found"])
VALUES = [np.arange(6.0).reshape(2, 3), np.array([]), np.array([[1, 2]]), np.array(True), np.array("text")]


@pytest.fixture(autouse=True)
def _written_after_every_step(monkeypatch):
    monkeypatch.setattr(step_cache, "APART", 0.0)


def key():
    return ("a search", 3, None, np.arange(3))


def never():
    raise AssertionError("done again")


def killed(path):
    with steps_in(path, key) as steps:
        steps.recall("step", lambda: np.array(1), ARRAY)
        raise KeyboardInterrupt


def quiet(stage, fraction):
    pass


def test_what_was_found_is_found_again_bit_for_bit(tmp_path):
    first = StepCache(tmp_path / "steps.npz", key)
    for n, value in enumerate(VALUES):
        assert first.recall(f"step {n}", lambda value=value: value, ARRAY) is value
    again = StepCache(tmp_path / "steps.npz", key)
    for n, value in enumerate(VALUES):
        kept = again.recall(f"step {n}", never, ARRAY)
        assert (kept.dtype, kept.shape, kept.tobytes()) == (value.dtype, value.shape, value.tobytes())


def test_steps_of_a_step_are_forgotten_when_it_is_done(tmp_path):
    steps = StepCache(tmp_path / "steps.npz", key)

    def outer():
        one = steps.recall("inner", lambda: np.array(1), ARRAY)
        assert StepCache(steps.path, key).done == ("/outer/inner",)
        return one + 1

    assert steps.recall("outer", outer, ARRAY) == 2
    assert StepCache(steps.path, key).done == ("/outer",)


def test_within_a_step_writing_waits_and_what_waits_is_written_when_it_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(step_cache, "APART", 1e9)
    steps = StepCache(tmp_path / "steps.npz", key)

    def outer():
        for name in ("first", "second"):
            steps.recall(name, lambda: np.array(1), ARRAY)
        assert StepCache(steps.path, key).done == ("/outer/first",)
        return steps.recall("third", never, ARRAY)

    with pytest.raises(AssertionError, match="done again"):
        steps.recall("outer", outer, ARRAY)
    assert StepCache(steps.path, key).done == ("/outer/first", "/outer/second")
    steps.recall("outer", lambda: np.array(1), ARRAY)
    steps.recall("other", lambda: np.array(1), ARRAY)
    assert StepCache(steps.path, key).done == ("/outer", "/other")


def test_what_is_forgotten_is_that_step_and_no_other(tmp_path):
    steps = StepCache(tmp_path / "steps.npz", key)
    for name in ("rank 1", "rank 10", "rank 1 2"):
        steps.recall(name, lambda: np.array(1), ARRAY)
    steps.forget("rank 1")
    assert StepCache(steps.path, key).done == ("/rank 10",)
    steps.forget("rank 10")
    assert not steps.path.exists()


@pytest.mark.parametrize("other", [("a search", 4, None, np.arange(3)), ("a search", 3, None, np.arange(4)), ()])
def test_another_key_is_refused_or_ignored(other, tmp_path):
    StepCache(tmp_path / "steps.npz", key).recall("step", lambda: np.array(1), ARRAY)
    with pytest.raises(InputError, match="other data or with other arguments, or by another build"):
        StepCache(tmp_path / "steps.npz", lambda: other)
    assert StepCache(tmp_path / "steps.npz", lambda: other, quiet).done == ()


def test_another_build_is_refused_or_ignored(tmp_path, monkeypatch):
    StepCache(tmp_path / "steps.npz", key).recall("step", lambda: np.array(1), ARRAY)
    monkeypatch.setattr("logwidth.compute.step_cache.build_digest", lambda: "another")
    with pytest.raises(InputError, match="another build"):
        StepCache(tmp_path / "steps.npz", key)
    assert StepCache(tmp_path / "steps.npz", key, quiet).done == ()


def test_builds_differ_by_any_source_file(tmp_path):
    digests = []
    for text in ("a = 1\n", "a = 1\n", "a = 2\n"):
        (tmp_path / "search.py").write_text(text)
        digests.append(build_digest.__wrapped__(tmp_path))
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    "harm", [lambda b: b[:-9], lambda b: b"", lambda b: b"text", "sum"], ids="cut empty text sum".split()
)
def test_damage_is_seen(harm, tmp_path):
    path = tmp_path / "steps.npz"
    StepCache(path, key).recall("step", lambda: np.arange(9.0), ARRAY)
    if harm == "sum":
        with np.load(path) as stored:
            arrays = {name: stored[name] for name in stored.files}
        np.savez(path, **{**arrays, "0 found": np.arange(9.0)[::-1]})
    else:
        path.write_bytes(harm(path.read_bytes()))
    with pytest.raises(InputError, match="cannot be read"):
        StepCache(path, key)
    assert StepCache(path, key, quiet).done == ()


def test_what_fails_its_check_is_done_again(tmp_path):
    def refused(kept):
        raise InputError("no such map")

    StepCache(tmp_path / "steps.npz", key).recall("step", lambda: np.array(1), ARRAY)
    steps = StepCache(tmp_path / "steps.npz", key)
    assert steps.recall("step", lambda: np.array(2), Codec(lambda found: {"found": found}, refused)) == 2


def test_a_search_removes_its_own_file_when_it_is_done_and_leaves_that_of_the_job(tmp_path):
    with steps_in(tmp_path / "own.npz", key) as steps:
        steps.recall("step", lambda: np.array(1), ARRAY)
        assert steps.path.exists()
    assert not (tmp_path / "own.npz").exists()
    job = StepCache(tmp_path / "job.npz", key)
    with steps_in(job, never) as steps:
        steps.recall("step", lambda: np.array(1), ARRAY)
    assert job.path.exists()
    with pytest.raises(KeyboardInterrupt):
        killed(tmp_path / "own.npz")
    assert StepCache(tmp_path / "own.npz", key).done == ("/step",)
