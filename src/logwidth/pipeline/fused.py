"""The fused network of a stored run: exported, read back, certified for the same balls."""

import os
from collections.abc import Callable
from pathlib import Path

from logwidth.certify import (
    FUSED_CERTIFICATE,
    FUSED_NETWORK,
    Certificate,
    UnrecognisedNetworkError,
    certify,
    open_run,
    read_fused_onnx,
    read_onnx,
    reload_data,
)
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export import fused_to_onnx, write_file
from logwidth.network.storage import rounded_to

KEPT = ("classes", "label_values", "radius", "norm", "logwidth_version", "feature_names", "label_name", "columns")


def fuse_run(
    directory: str | os.PathLike[str],
    data: Dataset | None = None,
    *,
    storage: str | None = None,
    progress: Callable[[float], None] | None = None,
) -> Certificate:
    """Write `network_fused.onnx` and `certificate_fused.json` into a run if every ball is certified; return the certificate.

    The scores are read from `network.onnx`; what is certified is what was read back from the new file's bytes, for the
    radius and norm of `certificate.json`. `data` are those of the run (default: its recorded source). If some ball is not
    certified nothing is written: see `holds`. With `storage`, 'float16' or 'bfloat16', all numbers are rounded to that
    format first, so that a runtime or a converter that stores them there changes none.

    Raises InputError when the network has no class-wise maximum of scores, the data are not the run's, or the format of
    `storage` does not hold the numbers.
    """
    folder, run = Path(directory), open_run(directory)
    data = data if data is not None else reload_data(run.summary)
    if data.sha256 != run.certificate.data_sha256:
        raise InputError("the data are not those that the run was certified for")
    try:
        fusion = run.fuse()
    except UnrecognisedNetworkError as problem:
        raise InputError(f"this network cannot be fused: {problem}") from problem
    words = read_onnx((folder / "network.onnx").read_bytes()).metadata
    fused = fusion.network if storage is None else rounded_to(fusion.network, storage)
    content = fused_to_onnx(fused, {key: words[key] for key in KEPT if key in words} | {"construction": "fused"})
    stored, ball = read_fused_onnx(content).network, (run.certificate.radius, run.certificate.norm)
    found = certify(stored, data, ball[0], norm=ball[1], progress=progress)
    certificate = Certificate.bind(found, data, content, ball, stored.dtype, stored.first.input_scales)
    if certificate.holds:
        write_file(folder / FUSED_CERTIFICATE, certificate.to_json().encode())
        write_file(folder / FUSED_NETWORK, content)
    return certificate
