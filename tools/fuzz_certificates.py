"""Laws for fuzzing: an enemy who seals certificates and writes summaries as he likes gets nothing false past `check`."""

import importlib.util
import itertools
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from fuzz_files import scratch

import logwidth as lw
from logwidth.certify import certify, find_line, prove_width_bound
from logwidth.certify.lower_bounds.lower_bounds import check_lower_bound, read_lower_bound
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.sealed import seal, unseal

_spec = importlib.util.spec_from_file_location("kit", Path(__file__).parents[1] / "tests" / "kit.py")
kit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(kit)


@cache
def stored() -> tuple[lw.Dataset, Path, dict[str, bytes]]:
    data = kit.FAMILIES["plane"]()
    folder = scratch() / "run"
    lw.memorize(data, ratio=0.7).save(folder)
    return data, folder, {path.name: path.read_bytes() for path in folder.iterdir()}


def check_sealed(content: bytes) -> None:
    """An enemy seals what he likes: a run passes only if its claim holds."""
    body = json.loads(content)
    if not isinstance(body, dict):
        return
    data, folder, _ = stored()
    try:
        text = seal(body)
    except ValueError:  # 1e999 was read as infinity, and the reader has no digest for that either
        return
    (folder / "certificate.json").write_text(text)
    if lw.check(folder, data).passed:
        told = lw.open_run(folder)
        found = certify(told.network, data, told.certificate.radius, norm=told.certificate.norm)
        assert (found.status == 0).all()
        assert (told.certificate.radius_lower <= found.radius_lower).all()


def check_summary(content: bytes) -> None:
    """Any summary beside a true run; what it says is compared or ignored, its data source is not followed."""
    data, folder, files = stored()
    (folder / "certificate.json").write_bytes(files["certificate.json"])
    (folder / "summary.json").write_bytes(content)
    try:
        lw.check(folder, data)
    finally:
        (folder / "summary.json").write_bytes(files["summary.json"])


def lower_bound(content: bytes) -> None:
    text = content.decode()
    try:
        body = json.loads(text)
        text = seal({k: v for k, v in body.items() if k != "digest"}) if isinstance(body, dict) else text
    except ValueError:
        pass
    data = stored()[0]
    bound = read_lower_bound(text)
    if not check_lower_bound(bound, data) and bound.excludes(0.999 * lw.separation(data, norm=bound.norm).lower / 2):
        assert bound.width_lower <= data.n_features, "the identity preserves all balls that do not meet"


def bounds_below() -> Iterator[bytes]:
    data = stored()[0]
    yield find_line(data, lw.separation(data).lower / 2, 2.0).to_json().encode()
    pairs = [[i, j] for i, j in itertools.product(range(data.n_samples), repeat=2) if data.labels[i] < data.labels[j]]
    for norm, ellipsoid in ((1.0, np.ones(2)), (2.0, None), (np.inf, np.eye(2))):
        weights = [1 / len(pairs)] * len(pairs)
        yield prove_width_bound(data, 1, pairs, weights, norm=norm, ellipsoid=ellipsoid).to_json().encode()


def body_of(name: str) -> bytes:
    text = stored()[2][name].decode()
    return json.dumps(unseal(text, name, (json.loads(text)["format"],))).encode()


TARGETS = {
    "certificate": (lambda c: Certificate.from_json(c.decode(errors="replace")), lambda: [stored()[2]["certificate.json"]]),
    "sealed": (check_sealed, lambda: [body_of("certificate.json")]),
    "summary": (check_summary, lambda: [stored()[2]["summary.json"]]),
    "width": (lower_bound, bounds_below),
}
