"""Laws for fuzzing: whatever network is stored, what is certified of it is true."""

import importlib.util
import itertools
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import atheris
import numpy as np

import logwidth as lw
from logwidth.certify import certify, fuse, read_fused_onnx, recognise
from logwidth.certify.onnx.chain import read_onnx
from logwidth.certify.outcome import UnrecognisedNetworkError
from logwidth.construct import CONSTRUCTIONS
from logwidth.export import fused_to_onnx, to_onnx
from logwidth.network import FusedNetwork, ReluNetwork, evaluate, fused_labels

_spec = importlib.util.spec_from_file_location("kit", Path(__file__).parents[1] / "tests" / "kit.py")
kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(kit)

FAMILIES = ("two on a line", "plane", "space")  # told apart by their number of features
NORMS = (2.0, 1.0, np.inf, 3.0)


@cache
def cases() -> dict[int, tuple[lw.Dataset, list[tuple[ReluNetwork, float]]]]:
    """Per number of features a data set and, of every form that serves it, a network with its radius."""
    found = {}
    for family in FAMILIES:
        data = kit.FAMILIES[family]()
        names = [name for name, spec in CONSTRUCTIONS.items() if kit.serves(name, data) and not spec.reference]
        made = [kit.build(name, data, 0.7, CONSTRUCTIONS[name].dtypes[0]) for name in names]
        found[data.n_features] = data, [(built.network, plan.radius) for plan, built in made]
    return found


def judge(network: ReluNetwork | FusedNetwork, data: lw.Dataset, radius: float, norm: float) -> None:
    """Opposite certified balls do not meet, and the network gives the label at the worst points of each."""
    with np.errstate(all="ignore"):
        found = certify(network, data, radius, norm=norm)
        sure = np.where(found.status == 0, np.maximum(found.radius_lower, radius), 0.0)
        assert not kit.overlaps(data, sure, norm), (found.form, "opposite balls meet")
        for i in np.flatnonzero(sure):
            points = kit.worst_points(data, i, sure[i], norm)
            fused = isinstance(network, FusedNetwork)
            outputs = fused_labels(network, points) if fused else evaluate(network, points)[:, 0]
            read = [kit.reads(float(y), data.values, found.rule) for y in outputs]
            assert all(value == data.values[data.labels[i]] for value in read), (found.form, i, read)


def judge_bytes(content: bytes, read: Callable) -> None:
    network = read(content).network
    if network.n_inputs in cases():
        data, built = cases()[network.n_inputs]
        judge(network, data, built[0][1], 2.0)


def chains() -> Iterator[bytes]:
    for (_, built), form in itertools.product(cases().values(), ("chain", "scan")):
        yield from (to_onnx(network, form=form) for network, _ in built)


def fused_files() -> Iterator[bytes]:
    for network in (network for _, built in cases().values() for network, _ in built):
        try:
            yield fused_to_onnx(fuse(network, recognise(network)).network)
        except UnrecognisedNetworkError:
            continue


def forge(content: bytes) -> None:
    """The bytes say which stored numbers of which network are replaced by what."""
    choose = atheris.FuzzedDataProvider(content)
    data, built = cases()[choose.PickValueInList(sorted(cases()))]
    network, radius = built[choose.ConsumeIntInRange(0, len(built) - 1)]
    norm = choose.PickValueInList(list(NORMS))
    layers = kit.dense(network)
    for _ in range(choose.ConsumeIntInRange(1, 8)):
        W, b = layers[choose.ConsumeIntInRange(0, len(layers) - 1)]
        row = choose.ConsumeIntInRange(0, len(b) - 1)
        numbers, at = (b, row) if choose.ConsumeBool() else (W[row], choose.ConsumeIntInRange(0, W.shape[1] - 1))
        numbers[at] = _edited(choose, W, b, numbers[at])
    if choose.ConsumeBool():
        _rescale(choose, layers)
    if all(np.isfinite(W).all() and np.isfinite(b).all() for W, b in layers):
        judge(kit.of_dense(layers), data, radius * choose.PickValueInList([1.0, 1.2, 0.5]), norm)


def _edited(choose: atheris.FuzzedDataProvider, W: np.ndarray, b: np.ndarray, old: float) -> float:
    with np.errstate(all="ignore"):
        new = {
            0: choose.ConsumeFloat,
            1: lambda: old * 2.0 ** choose.ConsumeIntInRange(-160, 160),
            2: lambda: -old,
            3: lambda: W.flat[choose.ConsumeIntInRange(0, W.size - 1)],
            4: lambda: b[choose.ConsumeIntInRange(0, b.size - 1)],
            5: lambda: np.nextafter(old, choose.PickValueInList([-np.inf, np.inf]), dtype=W.dtype),
            6: lambda: choose.PickValueInList([0.0, 1.0, -1.0, 2.0**24, 2.0**-149, 2.0**-126, 3e38, 0.5]),
        }[choose.ConsumeIntInRange(0, 6)]()
        return W.dtype.type(new)


def _rescale(choose: atheris.FuzzedDataProvider, layers: list) -> None:
    """A unit times a power of two and its readers over it: the same function but for overflow and underflow."""
    at = choose.ConsumeIntInRange(0, len(layers) - 2)
    (W, b), (after, _) = layers[at], layers[at + 1]
    row, factor = choose.ConsumeIntInRange(0, len(b) - 1), 2.0 ** choose.ConsumeIntInRange(-120, 120)
    with np.errstate(all="ignore"):
        W[row], b[row], after[:, row] = W[row] * factor, b[row] * factor, after[:, row] / factor


TARGETS = {
    "onnx": (lambda content: judge_bytes(content, read_onnx), chains),
    "fused": (lambda content: judge_bytes(content, read_fused_onnx), fused_files),
    "forge": (forge, lambda: [bytes(64), bytes(range(256))]),
}
