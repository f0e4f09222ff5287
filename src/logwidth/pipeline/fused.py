"""The fused network of a stored run: exported, read back, certified for the same balls."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from logwidth.certify import (
    FUSED_CERTIFICATE,
    FUSED_NETWORK,
    Certificate,
    Rejection,
    StoredRun,
    UnrecognisedNetworkError,
    certify,
    open_run,
    prove_rejection,
    read_fused_onnx,
    read_onnx,
    reload_data,
)
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import fused_to_onnx, write_file
from logwidth.network import FusedNetwork
from logwidth.network.fused import rounded_to

FAR = ("none_value", "reject")
KEPT = ("classes", "label_values", "radius", "norm", "logwidth_version", "feature_names", "label_name", "columns")


def fuse_run(
    directory: str | os.PathLike[str],
    data: Dataset | None = None,
    *,
    storage: str | None = None,
    arithmetic: str | None = None,
    ratio: float | None = None,
    progress: Callable[[float], None] | None = None,
) -> Certificate:
    """Write `network_fused.onnx` and `certificate_fused.json` into a run if every ball is certified; return the certificate.

    The scores are read from `network.onnx`; what is certified is what was read back from the new file's bytes, for the
    radius and norm of `certificate.json`. `data` are those of the run (default: its recorded source). If some ball is not
    certified nothing is written: see `holds`. With `storage`, 'float16' or 'bfloat16', all numbers are rounded to that
    format first, so that a runtime or a converter that stores them there changes none. With `arithmetic`, one of the same
    two, they are numbers of it, and every ball is certified for runtimes that also round features, coordinates and scores
    to it. With `ratio` the balls are those of this ratio, which is at most the run's: rounding takes a part of the margin.
    Where the run says none far from all samples and that is proven of the fused network too, the certificate claims it.

    Raises InputError when the network has no class-wise maximum of scores, the data are not the run's, or the format of
    `storage` does not hold the numbers.
    """
    folder, run = Path(directory), open_run(directory)
    data = data if data is not None else reload_data(run.summary)
    if arithmetic is not None and storage not in (None, arithmetic):
        raise InputError(f"arithmetic in {arithmetic} takes weights of {arithmetic}; leave out the storage, {storage}")
    storage = storage if arithmetic is None else arithmetic
    if data.sha256 != run.certificate.data_sha256:
        raise InputError("the data are not those that the run was certified for")
    try:
        fusion = run.fuse()
    except UnrecognisedNetworkError as problem:
        raise InputError(f"this network cannot be fused: {problem}") from problem
    words = read_onnx((folder / "network.onnx").read_bytes()).metadata
    fused = fusion.network if storage is None else rounded_to(fusion.network, storage)
    ball = (_radius(run, ratio), run.certificate.norm)
    rejects = _rejection(fused, data, run.certificate) is not None
    kept = {key: words[key] for key in (*KEPT, *(FAR if rejects else ())) if key in words}
    content = fused_to_onnx(fused, {**kept, "construction": "fused", "radius": repr(ball[0])})
    stored = read_fused_onnx(content).network
    found = certify(stored, data, ball[0], norm=ball[1], arithmetic=arithmetic, progress=progress)
    certificate = Certificate.bind(found, data, content, ball, stored.dtype, stored.first.input_scales, arithmetic)
    certificate = replace(certificate, rejection=_rejection(stored, data, run.certificate))
    if certificate.holds:
        write_file(folder / FUSED_CERTIFICATE, certificate.to_json().encode())
        write_file(folder / FUSED_NETWORK, content)
    return certificate


def _rejection(network: FusedNetwork, data: Dataset, chain: Certificate) -> Rejection | None:
    """Return what a chain claims far from all samples, proven of the fused network; None where it is not."""
    if chain.rejection is None:
        return None
    found = prove_rejection(network, data, chain.rejection.radius, norm=chain.norm, value=chain.rejection.value)
    return found if found.holds else None


def _radius(run: StoredRun, ratio: float | None) -> float:
    """Return the radius of balls of a ratio, the run's own by default."""
    if ratio is None:
        return run.certificate.radius
    whole = run.summary.get("ratio")
    if not isinstance(whole, float) or not 0 < ratio <= whole:
        raise InputError(f"the ratio of a fused network is positive and at most the run's, {whole!r}, not {ratio!r}")
    return run.certificate.radius * (ratio / whole)
