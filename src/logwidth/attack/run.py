"""Attacking a run directory, or any ONNX classifier beside its data."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.attack.network_attack import AttackReport, Target, attack_network
from logwidth.certify import recognise, two_sided_radii
from logwidth.certify.onnx.chain import read_onnx
from logwidth.certify.onnx.declared import with_weights
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.runs.check import binding_problems
from logwidth.certify.runs.run_files import read_certificate, read_file, read_summary, reload_data, scale_problems
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import parse_norm
from logwidth.types import Progress


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
    nothing is claimed, so lower radii are 0; weights that it keeps in other files are those of its own folder.

    Raises InputError for files that cannot be read, and when data or network do not fit.
    """
    target = target_of_run(run, data, norm=norm, progress=progress)
    return attack_network(target, evaluations=evaluations, rng=rng, progress=progress)


def target_of_run(
    run: str | os.PathLike[str], data: Dataset | None = None, *, norm: object = 2, progress: Progress | None = None
) -> Target:
    """Return what a run claims, and what of it is proven here from the network alone; see :func:`attack_run`."""
    folder = Path(run)
    if folder.is_file():
        return _bare(with_weights(read_file(folder), folder.parent), data, parse_norm(norm))
    content = read_file(folder / "network.onnx")
    certificate = read_certificate(folder / "certificate.json")
    data = data if data is not None else reload_data(read_summary(folder / "summary.json"))
    first = read_onnx(content).network.hidden[0]
    far = certificate.rejection if certificate.rejection is not None and certificate.rejection.holds else None
    more: dict[str, Any] = {"scales": first.input_scales, "far": far, "weights": first.dense().astype(np.float64)}
    problems = binding_problems(certificate, content, data) + scale_problems(certificate, first, data)
    if problems:
        raise InputError(problems[0])
    say = None if progress is None else lambda share: progress("radii", share)
    try:
        form, values = recognise(read_onnx(content).network), data.values[data.labels]
        found = two_sided_radii(form, data.points, values, (certificate.radius, certificate.norm), progress=say)
    except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError):  # nothing is proven; the claims are attacked
        found = None
    if found is None:
        nothing, steps = np.zeros(data.n_samples), np.zeros_like(data.points)
        ball = (certificate.norm, certificate.rule)
        return Target(content, data, *ball, nothing, certificate.radius_lower, steps, **more)
    lower, claimed = found.radius_lower, np.maximum(certificate.radius_lower, found.radius_lower)
    details = {"rule_lower": found.rule_lower, "rule_upper": found.rule_upper}
    ball = (certificate.norm, certificate.rule)
    return Target(content, data, *ball, lower, claimed, found.steps, details, found.solved, found.pairs, **more)


def _bare(content: bytes, data: Dataset | None, norm: float) -> Target:
    if data is None:
        raise InputError("an ONNX file alone does not say which samples to attack: name the DATA too")
    nothing = np.zeros(data.n_samples)
    return Target(content, data, norm, "rounded", nothing, nothing, np.zeros_like(data.points))
