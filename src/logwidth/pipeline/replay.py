"""A run in a runtime, and what an attack returned against it."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.certify import Certificate, read_onnx, reload_data
from logwidth.certify.runs.check import binding_problems
from logwidth.certify.runs.run_files import read_certificate, read_file, read_summary, scale_problems
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline.run import Run
from logwidth.runtimes import Confirmed, ReplayReport, Runtime, confirmed_inputs, replay_network, runtime_of

Source = Run | str | os.PathLike[str]


def replay(
    run: Source,
    runtime: str | Runtime = "onnxruntime",
    data: Dataset | None = None,
    *,
    settings: Mapping[str, str] | None = None,
    points: int = 20_000,
    rng: int = 0,
    progress: Callable[[str, float], None] | None = None,
) -> ReplayReport:
    """Evaluate a run's network in a runtime, at its samples and at the worst points of its certified balls.

    `runtime` is onnxruntime, openvino, torch, jax, tract, tflite, ncnn or tvm (each but the first an extra of that name),
    with the runtime's own `settings`, or what :func:`runtime_of` returns, such as a command. About `points` inputs lie at
    0.999 of the certified radii, towards rivals and along duals. The report counts labels that differ; it tells by probe
    networks what the runtime does to numbers, and names the setting that mends it. `data` default to those of the run.

    Raises InputError where the run cannot be read, the data are not its own or the runtime does not take the file, and
    MissingExtraError that names the extra.

    >>> import logwidth as lw
    >>> run = lw.memorize(lw.load("iris"), ratio=0.9)
    >>> lw.replay(run, "onnxruntime", points=300).holds
    True
    """
    if points < 0:
        raise InputError(f"the number of points must not be negative, not {points}")
    opened = runtime if isinstance(runtime, Runtime) else runtime_of(runtime, settings)
    content, certificate, own = _parts(run, data)
    return replay_network(content, certificate, own, opened, points=points, rng=rng, progress=progress)


def confirmed(run: Source, found: Any, data: Dataset | None = None, *, samples: ArrayLike | None = None) -> Confirmed:
    """Return what inputs that an attack found are worth: finite, inside their ball, another label (all three break a run).

    `found` `(n, d)`, an array or a tensor on the CPU, holds one input for each of the data's rows `samples` `(n,)`
    (default: the first n rows, in order). Membership is decided in exact arithmetic, labels by onnxruntime. Attack libraries
    count rows of NaN, and inputs that left the ball by rounding, as successes; here neither does.

    Raises InputError for another shape, or row numbers that the data have not.

    >>> import logwidth as lw
    >>> run = lw.memorize(lw.load("iris"), ratio=0.9)
    >>> lw.confirmed(run, run.data.points).broken.any()
    np.False_
    """
    content, certificate, own = _parts(run, data)
    rows = np.asarray(found.detach().cpu().numpy() if hasattr(found, "detach") else found, dtype=np.float64)
    rows = rows.reshape(len(rows), -1) if rows.ndim > 1 else rows
    if rows.ndim != 2 or rows.shape[1] != own.n_features:
        raise InputError(f"what was found must be rows of {own.n_features} features, not an array of shape {rows.shape}")
    return confirmed_inputs(content, certificate, own, rows, _numbers(samples, len(rows), own.n_samples))


def _numbers(samples: ArrayLike | None, count: int, most: int) -> NDArray[np.intp]:
    numbers = np.arange(count) if samples is None else np.asarray(samples)
    if numbers.shape != (count,) or numbers.dtype.kind not in "iu":
        raise InputError(f"samples must be {count} row numbers, one for each input found")
    if count and not 0 <= int(numbers.min()) <= int(numbers.max()) < most:
        raise InputError(f"the data have {most:,} rows: samples (default: the first rows) go from 0 to {most - 1:,}")
    return numbers.astype(np.intp)


def _parts(run: Source, data: Dataset | None) -> tuple[bytes, Certificate, Dataset]:
    """Return a run's file, its certificate and its data, which are compared."""
    if isinstance(run, Run):
        content, certificate, own = run.onnx, run.certificate, data if data is not None else run.data
        own = own if own is not None else reload_data(dict(run.summary))
    else:
        folder = Path(run)
        content, certificate = read_file(folder / "network.onnx"), read_certificate(folder / "certificate.json")
        own = data if data is not None else reload_data(read_summary(folder / "summary.json"))
    problems = binding_problems(certificate, content, own)
    problems += scale_problems(certificate, read_onnx(content).network.hidden[0], own)
    if problems:
        raise InputError(problems[0])
    return content, certificate, own
