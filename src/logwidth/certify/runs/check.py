"""Checking a run directory from its files and the data alone."""

import hashlib
import json
import math
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.balls.certify import Certification, certify
from logwidth.certify.forms.boxes.cuboids import CELLS, cuboids_right
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.onnx.chain import StoredNetwork, read_onnx
from logwidth.certify.onnx.fused import StoredFusedNetwork, read_fused_onnx
from logwidth.certify.outcome import Outcome, UnrecognisedNetworkError
from logwidth.certify.runs.certificate import Certificate
from logwidth.certify.runs.claims import beyond_balls, boxes_problems, pieces_problems, width_problems
from logwidth.certify.runs.exact_certificate import ExactCertificate
from logwidth.certify.runs.rejection import Rejection, prove_rejection
from logwidth.certify.runs.run_files import (
    column_problems,
    read_certificate,
    read_file,
    read_summary,
    reload_data,
    scale_problems,
    summary_column_problems,
)
from logwidth.dataset import Dataset
from logwidth.display import Shown
from logwidth.errors import AlteredCertificateError, InputError
from logwidth.network import DyadicNetwork, ReluNetwork
from logwidth.norms import norm_name
from logwidth.separation import least_distance, separation
from logwidth.types import Progress, silent

BARELY = 1 + 2.0**-20  # beyond the stated separation that is looked for first
FUSED_NETWORK, FUSED_CERTIFICATE = "network_fused.onnx", "certificate_fused.json"


@dataclass(frozen=True, repr=False)
class CheckReport(Shown):
    """The verdict on a run: `problems` names everything that is wrong; `certified` counts the balls proven again.

    `unproven` names what the certificate states beyond these balls and is neither proven here nor refuted, such as a larger
    radius of a sample; `excess` is by how much of itself such a radius exceeds what is proven, at most. `data` says which
    data the claim is about: without others they are those that the run names, which may not be the ones that you think of.
    """

    problems: tuple[str, ...]
    certified: int
    falsified: int
    undecided: int
    claim: str
    unproven: tuple[str, ...] = ()
    excess: float = 0.0
    data: str = ""

    @property
    def radius_proven(self) -> bool:
        """Whether the balls of the certificate's radius are all proven, whatever else is wrong."""
        return self.certified > 0 and self.falsified == self.undecided == 0

    @property
    def passed(self) -> bool:
        """Whether the certificate's claim holds for every sample and all files agree with it."""
        return self.radius_proven and not self.problems and not self.unproven

    def facts(self) -> list[tuple[str, str]]:
        """Return the verdict as rows of text: what was proven again, of which data, and all that is wrong."""
        return [
            ("verdict", self._verdict()),
            ("certified", f"{self.certified:,}"),
            ("falsified", f"{self.falsified:,}"),
            ("undecided", f"{self.undecided:,}"),
            ("claim", self.claim),
            ("data", self.data),
            *(("problem", problem) for problem in self.problems),
            *(("unproven", text) for text in self.unproven),
        ]

    def _verdict(self) -> str:
        if self.passed:
            return "passed"
        return "FAILED" if self.problems or self.falsified else "NOT PASSED"

    def _line(self) -> list[str]:
        counts = f"{self.certified:,} certified, {self.falsified:,} falsified, {self.undecided:,} undecided"
        return [f"{self._verdict()}: {counts}", *self.problems, *self.unproven]


def check(run: str | os.PathLike[str], data: Dataset | None = None, *, progress: Progress | None = None) -> CheckReport:
    """Check a run of a network of floats, as the public function of this name says, which is in `exact_run.py`."""
    report = progress or silent
    report("reading", 0.0)
    folder = Path(run)
    content = read_file(folder / "network.onnx")
    stored = read_onnx(content)
    summary = read_summary(folder / "summary.json")
    data = data if data is not None else reload_data(summary)
    try:
        certificate = read_certificate(folder / "certificate.json")
    except AlteredCertificateError as problem:
        return CheckReport((str(problem),), 0, 0, data.n_samples, "", data=named(data))
    problems = binding_problems(certificate, content, data) + _metadata_problems(stored, data)
    if certificate.arithmetic is not None:
        problems.append(
            f"certificate.json speaks of arithmetic in {certificate.arithmetic}, which no chain is certified for"
        )
    problems += scale_problems(certificate, stored.network.hidden[0], data) + summary_column_problems(
        summary, stored.metadata
    )
    if problems:
        return CheckReport(tuple(problems), 0, 0, data.n_samples, certificate.claim, data=named(data))
    report("reading", 1.0)
    share = partial(report, "proving every ball")
    found = certify(stored.network, data, certificate.radius, norm=certificate.norm, progress=share)
    problems = _proof_problems(certificate, found, stored) + _summary_problems(summary, certificate, stored, (data, found))
    beyond = beyond_balls(certificate, found, stored.network, data)
    problems += beyond.refuted
    problems += _cuboid_problems(summary, stored, data)
    far, far_unproven = _far_problems(certificate, stored, summary, data)
    problems += far
    problems += width_problems(folder / "width_certificate.json", summary, certificate, data)
    problems += boxes_problems(summary, certificate, data)
    problems += pieces_problems(folder / "pieces_certificate.json", summary, certificate, stored, data)
    problems += [f"the fused network: {problem}" for problem in _fused_problems(folder, certificate, data)]
    counts = [int((found.status == outcome).sum()) for outcome in Outcome]
    open_questions = (*beyond.unproven, *far_unproven), beyond.excess
    return CheckReport(tuple(problems), counts[0], counts[1], counts[2], certificate.claim, *open_questions, named(data))


def _cuboid_problems(summary: dict[str, Any], stored: StoredNetwork, data: Dataset) -> list[str]:
    """Return what is not proven of the cuboids that a summary states, where it states any."""
    stated = summary.get("cuboids")
    if stated is None:
        return []
    try:
        right = cuboids_right(recognise(stored.network), data, stated.get("radii", CELLS), stated.get("cells", 1.0))
    except (InputError, UnrecognisedNetworkError, AttributeError, TypeError, ValueError) as problem:
        return [f"the cuboids of summary.json cannot be proven: {problem}"]
    if stated.get("proven") != int(right.sum()):
        return [f"summary.json states {stated.get('proven')!r} cuboids as proven, found are {int(right.sum())}"]
    return []


def _far_problems(
    certificate: Certificate, stored: StoredNetwork | StoredFusedNetwork, summary: dict[str, Any], data: Dataset
) -> tuple[list[str], list[str]]:
    """Return what is false of the claim about inputs far from all samples, and what is neither proven nor refuted."""
    stated, value = certificate.rejection, stored.metadata.get("none_value")
    told = None if stated is None else {"radius": stated.radius, "value": stated.value, "inputs_upper": stated.inputs_upper}
    wrong = (
        [] if summary.get("reject") == told or not summary else ["summary.json states another reject than the certificate"]
    )
    if value != (None if stated is None else repr(stated.value)):
        wrong.append("network.onnx names another value for none than the certificate")
    if stated is None:
        return wrong, []
    if stated.radius < certificate.radius:
        wrong.append("the reject radius is smaller than that of the balls")
    found = prove_rejection(stored.network, data, stated.radius, norm=certificate.norm, value=stated.value)
    if found.outcome == Outcome.FALSIFIED:
        wrong.append(f"beyond the reject radius another value than none was found at {found.witness['point']}")
    elif stated != found:
        wrong.append(
            f"the certificate states of inputs far away what is not found: {_told(stated)}, found is {_told(found)}"
        )
    return wrong, [] if found.holds else [f"that far inputs get none is not proven: {found.reason}"]


def _told(rejection: Rejection) -> str:
    return f"{rejection.outcome.name.lower()} up to inputs of {rejection.inputs_upper!r}"


def named(data: Dataset) -> str:
    """Return which data a verdict is about."""
    name = data.name if data.source is None else data.source.data
    sizes = f"{data.n_samples:,} samples, {data.n_features:,} features, {data.n_classes:,} classes"
    return f"{name}, {sizes}, SHA-256 {data.sha256}"


def binding_problems(
    certificate: Certificate | ExactCertificate, content: bytes, data: Dataset, name: str = "network.onnx"
) -> list[str]:
    """Return why the certificate is not about these bytes of the network's file and these data; empty if it is."""
    problems = []
    if hashlib.sha256(content).hexdigest() != certificate.network_sha256:
        problems.append(f"{name} is not the network that was certified: its digest differs")
    if data.sha256 != certificate.data_sha256:
        problems.append("the data are not those that were certified: a value or a label differs")
    lists: list[NDArray[Any]] = [certificate.status]
    if isinstance(certificate, Certificate):
        lists.append(certificate.radius_lower)
    other = [values.size for values in lists if values.shape != (data.n_samples,)]
    if other:
        problems.append(f"the certificate speaks of {other[0]} samples, the data have {data.n_samples}")
    return problems


def _metadata_problems(stored: StoredNetwork | StoredFusedNetwork, data: Dataset) -> list[str]:
    """Compare the names and values of the classes in the ONNX file, where it has them, with the data's."""
    truth = {
        "classes": ("class names", list(data.classes)),
        "label_values": ("label values", data.values.tolist()),
    }
    wrong = [
        f"the {what} in network.onnx are not those of the data"
        for key, (what, value) in truth.items()
        if stored.metadata.get(key, json.dumps(value)) != json.dumps(value)
    ]
    return wrong + column_problems(stored.metadata, data)


def _fused_problems(folder: Path, chain: Certificate, data: Dataset) -> list[str]:
    """Check the fused network, if the run holds one, against its own certificate and that of the chain."""
    paths = folder / FUSED_NETWORK, folder / FUSED_CERTIFICATE
    missing = [path.name for path in paths if not path.exists()]
    if missing:
        return [f"{missing[0]} is missing"] if len(missing) == 1 else []
    content = read_file(paths[0])
    stored = read_fused_onnx(content)
    try:
        certificate = read_certificate(paths[1])
    except AlteredCertificateError as problem:
        return [str(problem)]
    problems = binding_problems(certificate, content, data) + _metadata_problems(stored, data)
    problems += scale_problems(certificate, stored.network.first, data)
    if certificate.radius > chain.radius or certificate.norm != chain.norm:
        problems.append("its certificate speaks of other balls, or larger ones, than certificate.json")
    if problems:
        return problems
    ball, arithmetic = (certificate.radius, certificate.norm), certificate.arithmetic
    try:
        found = certify(stored.network, data, ball[0], norm=ball[1], arithmetic=arithmetic)
    except InputError as problem:
        return [f"its arithmetic: {problem}"]
    lost = int((found.status != Outcome.CERTIFIED).sum())
    unproven = [f"{lost} balls are not proven"] if lost else []
    beyond = beyond_balls(certificate, found, stored.network, data)
    wrong, open_far = _far_problems(certificate, stored, {}, data)
    return [*_proof_problems(certificate, found, stored), *unproven, *beyond.refuted, *beyond.unproven, *wrong, *open_far]


def _proof_problems(certificate: Certificate, found: Certification, stored: StoredNetwork | StoredFusedNetwork) -> list[str]:
    problems = []
    if (certificate.form, certificate.rule, certificate.dtype) != (found.form, found.rule, stored.network.dtype):
        problems.append("the certificate names another form, rule or float format than the network has")
    worse = np.flatnonzero((certificate.status == Outcome.CERTIFIED) & (found.status != Outcome.CERTIFIED))
    if worse.size:
        names = [Outcome(found.status[i]).name.lower() for i in worse[:3]]
        shown = ", ".join(f"{i} ({name})" for i, name in zip(worse[:3].tolist(), names, strict=True))
        problems.append(
            f"{worse.size} samples are stored as certified at radius {certificate.radius!r} but are not: {shown}"
        )
    unclaimed = int(((certificate.status != Outcome.CERTIFIED) & (found.status == Outcome.CERTIFIED)).sum())
    if unclaimed:
        problems.append(f"{unclaimed} samples are not stored as certified but are: the certificate is not what was found")
    if found.reason:
        problems.append(found.reason)
    elif certificate.reason or set(certificate.witnesses) - set(found.witnesses):
        problems.append("the certificate holds witnesses or a reason against itself, and none is found")
    return problems


def _within(network: ReluNetwork, most: Any) -> bool:
    """Return whether no stored weight or bias is larger than a number."""
    parts = [part for layer in network.stored().layers for part in (layer.weights, layer.bias)]
    return isinstance(most, float | int) and all(float(np.abs(part).max(initial=0.0)) <= most for part in parts)


def _summary_problems(
    summary: dict[str, Any], certificate: Certificate, stored: StoredNetwork, proven: tuple[Dataset, Certification]
) -> list[str]:
    """Compare a summary with the certificate, the network, the data, and what is `proven` of them.

    Two balls on which the network provably gives different labels do not meet: so the samples are farther apart than their
    radii together, and δ is looked for among those alone whose proven balls are small.
    """
    if not summary:
        return []
    data, found = proven
    network, delta = stored.network, summary.get("delta")
    guess = BARELY * delta if isinstance(delta, float) else math.inf
    apart = np.where(found.status == Outcome.CERTIFIED, np.maximum(found.radius_lower, 0.0), 0.0)
    lower, upper = least_distance(data, norm=certificate.norm, guess=guess, apart=apart)
    truth = {
        **stated_sizes(certificate, network, data),
        "norm": norm_name(certificate.norm),
        "radius_lower_min": float(certificate.radius_lower.min()),
        "radius_lower_median": float(np.median(certificate.radius_lower)),
        "dtype": network.dtype,
        "label_rule": certificate.rule,
    }
    truth.update({key: getattr(network, key) for key in ("n_entries", "total_bits") if key in summary})
    if "largest_feature" in summary:
        truth["largest_feature"] = float(max(data.points.max(), -data.points.min()))
    if "radius_mode" in summary:
        truth["radius_lower_max"] = float(certificate.radius_lower.max())
        sep = separation(data, norm=certificate.norm)
        truth["own_share_median"] = float(np.median(2 * certificate.radius_lower / sep.sample_upper))
    heavier = ["max_weight"] if "max_weight" in summary and not _within(network, summary["max_weight"]) else []
    return misstated(summary, truth, heavier, (lower, upper))


def stated_sizes(
    certificate: Certificate | ExactCertificate, network: ReluNetwork | DyadicNetwork, data: Dataset
) -> dict[str, Any]:
    """Return what every summary states of radius, network, data and outcome."""
    return {
        "radius": certificate.radius,
        "width": network.width,
        "depth": network.depth,
        "n_nonzero": network.n_nonzero,
        "n_samples": data.n_samples,
        "n_features": data.n_features,
        "n_classes": data.n_classes,
        **{outcome.name.lower(): certificate.count(outcome) for outcome in Outcome},
        "data_sha256": certificate.data_sha256,
        "network_sha256": certificate.network_sha256,
    }


def misstated(
    summary: dict[str, Any], truth: dict[str, Any], further: list[str], separation: tuple[float, float]
) -> list[str]:
    """Return which numbers a summary states otherwise than `truth`, with `further` ones, and δ and the ratio.

    `separation` are bounds on δ from below and above.
    """
    lower, upper = separation
    wrong = [name for name, value in truth.items() if summary.get(name) != value] + further
    delta, ratio = summary.get("delta"), summary.get("ratio")
    if not (isinstance(delta, float) and lower <= delta <= upper):
        wrong.append("delta")
    if not (isinstance(ratio, float) and abs(ratio * lower - 2 * truth["radius"]) <= 1e-9 * lower):
        wrong.append("ratio")
    return [f"summary.json states another {', '.join(wrong)} than the files show"] if wrong else []
