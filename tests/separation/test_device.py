"""Tiles on a device: the bits of the processor, for products that err as much as they may; and what is refused."""

import importlib.util
import sys
from types import SimpleNamespace

import array_api_strict
import numpy as np
import pytest

import kit
import logwidth as lw
from logwidth.cli import main
from logwidth.compute import device as rooms_device
from logwidth.compute.executor import SerialExecutor, using_executor
from logwidth.errors import InputError, MissingExtraError
from logwidth.rounding import BINARY32, gamma_upper
from logwidth.rounding.tensors import DEEP
from logwidth.separation import cluster_of, device_of, device_prefilter, nearest_opposite
from logwidth.separation.envelope import Envelope

LIBRARIES = [name for name in ("array_api_strict", "torch") if importlib.util.find_spec(name)]


@pytest.fixture(params=LIBRARIES)
def library(request, monkeypatch):
    """An array of a library that is taken to live elsewhere: one that allows the standard's functions alone, and torch."""
    monkeypatch.setattr(sys.modules["logwidth.rounding.tensors"], "LIBRARIES", ("array_api_strict", "torch", "cupy"))
    return importlib.import_module(request.param).zeros(1)


def same(a, b):
    assert (a.lower == b.lower).all()
    assert (a.upper == b.upper).all()
    assert (a.neighbor == b.neighbor).all()
    assert (a.close == b.close).all()
    assert a.close_complete == b.close_complete


def clouds():
    """Samples in many units and shapes: mixed and pure blocks, ties, equal samples, an offset, tiny and huge numbers."""
    rng = np.random.default_rng(0)
    wide, labels = rng.standard_normal((700, 80)), rng.integers(0, 40, 700)
    yield "mixed", wide, labels
    yield "pure", wide, labels % 2
    yield "offset", wide + 1e7, labels % 3
    yield "tiny", wide * 1e-300, labels
    yield "huge", wide * 1e300, labels
    yield "ties", np.repeat(np.eye(40), 8, axis=0) * 0.1, np.repeat(np.arange(40), 8)
    yield "equal", np.zeros((50, 3)), np.arange(50) % 7
    yield "line", np.sort(rng.standard_normal((300, 1)), axis=0), np.arange(300) % 2


SCALED = ("tiny", "huge")  # by day in large blocks only


@pytest.mark.parametrize(
    ("bytes_", "case"),
    [
        pytest.param(bytes_, case, id=f"{bytes_}-{case[0]}", marks=pytest.mark.slow if bytes_ and case[0] in SCALED else ())
        for bytes_ in (None, 1)
        for case in clouds()
    ],
)
def test_the_same_bits(library, case, bytes_):
    _, points, labels = case
    with device_of(library):
        found = nearest_opposite(points, labels, memory_bytes=bytes_)
    same(found, nearest_opposite(points, labels, memory_bytes=bytes_))


def test_only_pairs_within_a_distance(library):
    _, points, labels = next(clouds())
    within = float(np.median(nearest_opposite(points, labels).upper))
    with device_of(library):
        found = nearest_opposite(points, labels, within=within)
    same(found, nearest_opposite(points, labels, within=within))
    assert 0 < (found.neighbor < 0).sum() < 700


class Erring:
    """A library whose products are off by `share` of what the bound allows, up or down at random."""

    def __init__(self, true, share):
        self.true, self.share, self.rng, self.asked = true, share, np.random.default_rng(1), 0

    def __getattr__(self, name):
        return getattr(self.true, name)

    def matmul(self, left, right):
        if left.shape[1] == DEEP:  # the probe
            return self.true.matmul(left, right)
        left, right = (np.asarray(a).astype(np.float64) for a in (left, right))
        reach = np.sqrt(left[:, -1])[:, None] + np.sqrt(right[-2].max())
        bound = gamma_upper(left.shape[1] + 6, BINARY32.unit) * reach**2
        self.asked += 1
        found = left @ right + self.share * bound * self.rng.choice([-1.0, 1.0], size=bound.shape[:1] + right.shape[1:])
        return self.true.asarray(found.astype(np.float32))


def crowded():
    """Samples far from the origin for their distances: what the bound allows is as large as the least distances."""
    rng = np.random.default_rng(2)
    points = rng.standard_normal((300, 20)) * np.array([100.0, *(0.03,) * 19])
    return np.sort(points, axis=0), np.arange(300) % 3


def seen_by(namespace, points, labels):
    token = rooms_device._in_use.set(rooms_device.Device(namespace, array_api_strict.zeros(1).device))
    try:
        return nearest_opposite(points, labels)
    finally:
        rooms_device._in_use.reset(token)


def test_products_may_err_as_much_as_their_bound():
    points, labels = crowded()
    erring, expected = Erring(array_api_strict, 0.9), nearest_opposite(points, labels)
    same(seen_by(erring, points, labels), expected)
    assert erring.asked
    wrong = seen_by(Erring(array_api_strict, 300.0), points, labels)
    assert (wrong.neighbor != expected.neighbor).any(), "the case tells errors apart"


def test_maps_and_networks_are_the_same(library):
    data = kit.thinned("iris")
    expected = lw.memorize(data, ratio=0.5, rng=0)
    with device_of(library):
        run = lw.memorize(data, ratio=0.5, rng=0)
    assert run.certificate.network_sha256 == expected.certificate.network_sha256
    assert (run.certificate.radius_lower == expected.certificate.radius_lower).all()


def test_other_norms_stay_on_the_processor(library, monkeypatch):
    monkeypatch.setattr(device_prefilter.DevicePrefilter, "tile_result", lambda *_: pytest.fail("a device was asked"))
    data = lw.load("iris")
    with device_of(library):
        assert lw.separation(data, norm=1).lower == lw.separation(data, norm=1).lower
        with pytest.raises(pytest.fail.Exception):
            lw.separation(data, norm=2)


def test_a_device_is_in_use_inside_the_block_alone(library):
    assert rooms_device.device_in_use() is None
    with device_of(library):
        assert rooms_device.device_in_use().place == library.device
        with device_of(None):
            assert rooms_device.device_in_use() is not None
    assert rooms_device.device_in_use() is None


def test_what_gives_up_is_one_line(library, monkeypatch):
    def full(*_):
        raise RuntimeError("CUDA out of memory.\nTried to allocate 2 GiB")

    monkeypatch.setattr(rooms_device.Device, "put", full)
    with (
        device_of(library),
        pytest.raises(InputError, match=r"gave up: CUDA out of memory. Tried to allocate 2 GiB; compute without it"),
    ):
        nearest_opposite(*crowded())


def test_coarse_products_are_refused(library, monkeypatch):
    true = rooms_device.namespace(library)

    class Coarse:
        def __getattr__(self, name):
            return getattr(true, name)

        def matmul(self, a, b):
            short = (np.asarray(x).astype(np.float16).astype(np.float32) for x in (a, b))
            return true.asarray(np.matmul(*short))

    monkeypatch.setattr(rooms_device, "namespace", lambda _: Coarse())
    with pytest.raises(InputError, match="TF32"), device_of(library):
        pass


def test_a_setting_that_becomes_coarse_inside_the_block_is_seen():
    torch = pytest.importorskip("torch")
    with device_of("cpu"):
        torch.set_float32_matmul_precision("medium")
        try:
            with pytest.raises(InputError, match="TF32"):
                nearest_opposite(*crowded())
        finally:
            torch.set_float32_matmul_precision("highest")
        nearest_opposite(*crowded())


@pytest.mark.parametrize("name", LIBRARIES)
def test_a_data_set_is_made_of_tensors(name):
    library, iris = importlib.import_module(name), lw.load("iris")
    data = lw.Dataset(library.asarray(iris.points.copy()), library.asarray(iris.labels.copy()))
    assert (data.points == iris.points).all()
    assert data.classes == (0, 1, 2)
    assert {type(label) for label in data.classes} == {int}


def test_tensors_that_numpy_cannot_hold_are_one_line():
    torch = pytest.importorskip("torch")
    points = torch.zeros((2, 3), dtype=torch.bfloat16, requires_grad=True)
    with pytest.raises(InputError, match=r"cannot become an array .*BFloat16.*; convert it to float64"):
        lw.Dataset(points, [0, 1])


@pytest.mark.parametrize(
    ("like", "word"),
    [(3, "not 3"), (np.zeros(2), "a device is named by"), ("cupy", "CuPy"), ("", "device ''"), ("nowhere:0", "'nowhere:0'")],
)
def test_what_is_no_device_is_named(library, like, word, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    if isinstance(like, str) and like != "cupy" and type(library).__module__ != "torch":
        monkeypatch.setitem(sys.modules, "torch", None)
        with pytest.raises(MissingExtraError, match=r"logwidth\[torch\]"), device_of(like):
            pass
        return
    with pytest.raises(InputError, match=word), device_of(like):
        pass


def test_a_device_and_workers_exclude_each_other(library):
    with device_of(library), pytest.raises(InputError, match="either a device or workers"), cluster_of(workers=2):
        pass
    with using_executor(SerialExecutor()), pytest.raises(InputError, match="either a device or workers"), device_of(library):
        pass


def test_the_command_names_a_device_that_is_not_there(capsys, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(SystemExit) as stop:
        main(["fit", "iris", "--ratio", "0.5", "--device", "cupy", "--out", str(tmp_path / "run")])
    assert stop.value.code == 2
    assert "there is no CuPy here" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_limits_of_masked_lines_are_finite():
    limit = Envelope(2, 1.0, 0.0, np.zeros(1), np.zeros(1)).entry_limit(np.array([np.inf]), np.dtype(np.float32))
    assert np.isfinite(limit).all(), "pairs of one class, whose entries are infinite, are never listed"


def test_a_device_that_returns_no_numbers_changes_nothing():
    points, labels = crowded()
    broken = Erring(array_api_strict, 0.5)
    broken.rng = SimpleNamespace(choice=lambda _signs, size: np.where(np.arange(size[1]) % 7 == 3, np.nan, np.ones(size)))
    same(seen_by(broken, points, labels), nearest_opposite(points, labels))
    assert broken.asked
