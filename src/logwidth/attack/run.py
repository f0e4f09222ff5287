"""Attacking a run directory, or any ONNX classifier beside its data."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from logwidth.attack.assault import AttackReport, Target, attack_network
from logwidth.certify import recognise, two_sided_radii
from logwidth.certify.check import read_certificate, read_file, read_summary, reload_data
from logwidth.certify.onnx_reader import read_onnx
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import parse_norm

Progress = Callable[[str, float], None]


def attack_run(
    run: str | os.PathLike[str],
    data: Dataset | None = None,
    *,
    norm: object = 2,
    evaluations: int = 100_000,
    rng: int = 0,
    progress: Progress | None = None,
) -> AttackReport:
    """Attack the run directory, or the `.onnx` file, `run`: two-sided radii per sample and everything that breaks a claim.

    For a run the norm is its certificate's and `data` default to the recorded source. For an ONNX file `data` are needed and
    nothing is claimed, so lower radii are 0.

    Raises InputError for files that cannot be read, and when data or network do not fit.
    """
    target = target_of_run(run, data, norm=norm, progress=progress)
    return attack_network(target, evaluations=evaluations, rng=rng, progress=progress)


def target_of_run(
    run: str | os.PathLike[str], data: Dataset | None = None, *, norm: object = 2, progress: Progress | None = None
) -> Target:
    """Return what a run claims, with proven radii as large as its network allows; see :func:`attack_run`."""
    folder = Path(run)
    if folder.is_file():
        return _bare(read_file(folder), data, parse_norm(norm))
    content = read_file(folder / "network.onnx")
    certificate = read_certificate(folder / "certificate.json")
    data = data if data is not None else reload_data(read_summary(folder / "summary.json"))
    if data.sha256 != certificate.data_sha256:
        raise InputError("the data are not those that the run was certified for")
    lower, steps = certificate.radius_lower, np.zeros_like(data.points)
    if lower.shape != (data.n_samples,):
        raise InputError(f"the certificate speaks of {lower.size} samples, the data have {data.n_samples}")
    details, solved, pairs = {}, 0, 0
    try:
        form = recognise(read_onnx(content).network)
        values = data.values[data.labels]
        say = None if progress is None else lambda share: progress("radii", share)
        found = two_sided_radii(form, data.points, values, (certificate.radius, certificate.norm), progress=say)
        lower, steps = np.maximum(lower, found.radius_lower), found.steps
        details = {"rule_lower": found.rule_lower, "rule_upper": found.rule_upper}
        solved, pairs = found.solved, found.pairs
    except (UnrecognisedNetworkError, UnprovableNetworkError):
        pass  # the certificate's own claims are attacked
    return Target(content, data, certificate.norm, certificate.rule, lower, steps, details, solved, pairs)


def _bare(content: bytes, data: Dataset | None, norm: float) -> Target:
    if data is None:
        raise InputError("an ONNX file alone does not say which samples to attack: name the DATA too")
    nothing = np.zeros(data.n_samples)
    return Target(content, data, norm, "rounded", nothing, np.zeros_like(data.points))
