"""A run as C: its stored network in floats, or the same labels in integers, certified anew."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from logwidth.certify import Fusion, Outcome, StoredRun, UnrecognisedNetworkError, certify, open_run, reload_data
from logwidth.certify.runs.check import binding_problems
from logwidth.certify.runs.run_files import read_file
from logwidth.dataset import Dataset
from logwidth.errors import InputError, UndecidedError
from logwidth.export.c_chain import integers_to_c, network_to_c
from logwidth.network.lattice import IntegerNetwork, to_integers
from logwidth.norms import norm_name

FINEST = 16
BITS = (3, 4, 5, 6, 7, 8, 10, 12, 15)


@dataclass(frozen=True)
class CFile:
    """The text of a C file, how many balls of the run are certified for it, and its integers, if it has any."""

    text: str
    certified: int
    integers: IntegerNetwork | None = None


def c_of_run(
    directory: str | os.PathLike[str],
    data: Dataset | None = None,
    *,
    integers: bool = False,
    progress: Callable[[float], None] | None = None,
) -> CFile:
    """Return a run's network in C99.

    In floats it is the stored network, number for number, and certificate.json speaks of it. With `integers` it is a
    rounding of the run's fused network: weights of the fewest bits (3 to 15, sign apart) for which every ball is
    certified anew, for a network of these integers in exact arithmetic. It reads integer rows, features times a power of
    two.

    Raises InputError where the data are not the run's, lie on no lattice (multiples of a power of two), or were divided, and
    UndecidedError where not every ball can be certified in integers of 15 bits.
    """
    run = open_run(directory)
    data = data if data is not None else reload_data(run.summary)
    problems = binding_problems(run.certificate, read_file(Path(directory) / "network.onnx"), data)
    if problems:
        raise InputError(problems[0])
    ball = f"radius {run.certificate.radius!r} in l{norm_name(run.certificate.norm)}"
    proven = run.certificate.count(Outcome.CERTIFIED)
    about = [
        f"network_sha256 {run.certificate.network_sha256}",
        f"data_sha256 {run.certificate.data_sha256}",
        f"{proven} of {data.n_samples} balls certified, {ball}",
    ]
    far = run.certificate.rejection
    if far is not None:
        said = "certified" if far.holds else "not proven"
        about.append(f"class -1, output {far.value!r}, farther than {far.radius!r} from all samples: {said}")
    if not integers:
        text = network_to_c(run.network, run.label_values, run.classes, about=about, rule=run.certificate.rule)
        return CFile(text, proven)
    found = _in_integers(run, data, progress)
    about[2] = f"{data.n_samples} of {data.n_samples} balls certified for these integers, {ball}"
    return CFile(integers_to_c(found, run.classes, about=about), data.n_samples, found)


def _in_integers(run: StoredRun, data: Dataset, progress: Callable[[float], None] | None) -> IntegerNetwork:
    if run.network.hidden[0].input_scales is not None:
        raise InputError("the run divides its features, which integers do not; fit without --standardize")
    try:
        fused = run.fuse()
    except UnrecognisedNetworkError as problem:
        raise InputError(f"this network has no scores that integers could hold: {problem}") from problem
    if not isinstance(fused, Fusion):
        raise InputError("this network has no scores that integers could hold: boxes have thresholds between floats")
    shift, low, high = lattice_of(data.points, run.certificate.radius)
    for number, bits in enumerate(BITS, start=1):
        network, units = to_integers(fused.network, bits, shift, low, high)
        network.largest()
        proven = certify(
            network.as_reals(units, fused.network.values), data, run.certificate.radius, norm=run.certificate.norm
        )
        if progress is not None:
            progress(number / len(BITS))
        if (proven.status == Outcome.CERTIFIED).all():
            return network
    lost = int((proven.status != Outcome.CERTIFIED).sum())
    raise UndecidedError(
        f"with weights of {BITS[-1]} bits {lost} balls are not certified; fit with a smaller --ratio, or leave --integers"
    )


def lattice_of(points: NDArray[np.float64], radius: float) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Return the least shift with integer `points · 2^shift`, and the integers between which features of the balls lie.

    Raises InputError where there is none up to 16.

    >>> lattice_of(np.array([[0.5, 2.0]]), 0.25)[0]
    1
    """
    for shift in range(FINEST + 1):
        scaled = np.ldexp(points, shift)
        if np.array_equal(scaled, np.round(scaled)) and np.abs(scaled).max(initial=0) < 2**31:
            room = np.ceil(np.ldexp(radius, shift))
            low, high = np.floor(scaled.min(axis=0) - room), np.ceil(scaled.max(axis=0) + room)
            return shift, low.astype(np.int64), high.astype(np.int64)
    raise InputError(
        f"the features are no multiples of 2^-{FINEST}: integers are for counts, pixels, bits or fixed-point numbers; "
        "leave out --integers, or fit features that are multiplied up to integers"
    )
