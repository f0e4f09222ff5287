"""The attack: nothing may change inside certified balls; outside, the nearest other label bounds every radius from above."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from logwidth.attack.classifier import Classifier
from logwidth.attack.outside import NEAR_ONE, BoundarySearch, FarAttack, attack_far, inside_points, towards_others
from logwidth.certify import Rejection
from logwidth.certify.balls.witness import in_ball
from logwidth.dataset import Dataset
from logwidth.display import OneLine, Shown, axes_or_new, down, draw_radii, up
from logwidth.norms import norm_name
from logwidth.rounding import distance_upper
from logwidth.types import FloatArray, IndexArray, IntArray, Progress, silent

OTHERS, CHUNK = 4, 64


@dataclass(frozen=True, eq=False, repr=False)
class Target(OneLine):
    """What is attacked: the network's bytes, the samples and what is claimed of them.

    `radius_lower` `(N,)` are radii proven here (≤ 0: none), `claimed` `(N,)` those to be broken, which a certificate may
    only state. `rule` says how labels are claimed to be read: 'exact', the output is the label itself, or 'rounded', the
    nearest label. `steps` `(N, d)` are suspected ways to another label (zero: none); to find them `solved` small programs
    were chosen from `pairs`. The network reads inputs that are `scales` `(d,)` times the data's (None: the data's).
    `far` is what is claimed of inputs far from all samples (None: nothing), `weights` `(m, d)` those of the first layer.
    """

    content: bytes
    data: Dataset
    norm: float
    rule: str
    radius_lower: FloatArray
    claimed: FloatArray
    steps: FloatArray
    details: dict[str, FloatArray] = field(default_factory=dict)
    solved: int = 0
    pairs: int = 0
    scales: FloatArray | None = None
    far: Rejection | None = None
    weights: FloatArray | None = None

    def _line(self) -> list[str]:
        return [repr(self.data), f"l{norm_name(self.norm)}", f"{len(self.content):,} bytes of ONNX"]


@dataclass(frozen=True, eq=False, repr=False)
class AttackReport(Shown):
    """What an attack found, per sample in ℓp.

    `radius_lower` as proven; `radius_upper` is the distance, rounded up, of `witnesses` `(N, d)`: inputs representable in
    the network's format on which onnxruntime's reading is another label (∞: none found). `label_changes` counts inputs
    inside claimed balls, of `inside` evaluated there, with another reading than claimed; `broken` maps samples to one.
    `misclassified` `(k,)` are the samples themselves that are read as another class, or as none: their upper radius is 0.
    `far` says what inputs beyond the reject radius got (None: nothing is claimed of them).
    """

    norm: float
    evaluations: int
    inside: int
    label_changes: int
    radius_lower: FloatArray
    radius_upper: FloatArray
    witnesses: FloatArray
    found: IntArray
    broken: dict[int, FloatArray]
    details: dict[str, FloatArray] = field(default_factory=dict)
    solved: int = 0
    pairs: int = 0
    misclassified: IndexArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    far: FarAttack | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing was found that breaks what is claimed, in the balls and far from all samples."""
        return not (self.label_changes or (self.far is not None and self.far.changes))

    @property
    def gap(self) -> FloatArray:
        """Relative gaps `(upper − lower)/upper`, ∞ where one side is missing."""
        known = np.isfinite(self.radius_upper) & (self.radius_lower >= 0) & (self.radius_upper > 0)
        upper = np.where(known, self.radius_upper, 1.0)
        return np.where(known, (upper - np.maximum(self.radius_lower, 0.0)) / upper, np.inf)

    def facts(self) -> list[tuple[str, str]]:
        """Return what was tried and found, with medians of the radii from both sides, as rows of text."""
        known = np.isfinite(self.radius_upper)
        rows = [
            ("evaluations", f"{self.evaluations:,} ({self.inside:,} inside claimed balls)"),
            ("label changes inside claimed balls", f"{self.label_changes}"),
            ("samples read as another class, or none", f"{self.misclassified.size:,} of {known.size:,}"),
            *([] if self.far is None else _far_rows(self.far)),
            ("samples with a witness", f"{int(known.sum()):,} of {known.size:,}"),
            ("median radius, lower", down(float(np.median(np.maximum(self.radius_lower, 0))))),
            ("median radius, upper", up(float(np.median(self.radius_upper)))),
            ("median relative gap", f"{float(np.median(self.gap)):.3g}"),
        ]
        if "rule_lower" in self.details:
            lower, upper = self.details["rule_lower"], self.details["rule_upper"]
            gaps = [(high - low) / high if high > 0 else np.inf for low, high in zip(lower, upper, strict=True)]
            rows.append(("the same in real arithmetic", f"{float(np.median(gaps)):.3g}"))
        return rows

    def plot(self, ax: Any = None) -> Any:
        """Draw how many samples have which radius, from both sides, into `ax` or new axes; return them (extra `plot`)."""
        return draw_radii(axes_or_new(ax, 6.0, 3.5), self.radius_lower, self.radius_upper)

    def _line(self) -> list[str]:
        return [
            f"{self.label_changes:,} label changes in {self.inside:,} evaluations inside claimed balls",
            f"{self.radius_lower.size:,} samples in l{norm_name(self.norm)}",
            f"median relative gap {float(np.median(self.gap)):.3g}",
        ]


def _far_rows(far: FarAttack) -> list[tuple[str, str]]:
    return [("evaluations beyond the reject radius", f"{far.evaluations:,}"), ("labels there", f"{far.changes:,}")]


def attack_network(target: Target, *, evaluations: int, rng: int = 0, progress: Progress | None = None) -> AttackReport:
    """Attack `target` with about `evaluations` inputs inside claimed balls, besides the search for upper radii.

    Raises InputError when onnxruntime cannot evaluate the network on the data.
    """
    none = None if target.far is None else target.far.value
    classifier, random = Classifier(target.content, target.data, target.scales, none), np.random.default_rng(rng)
    say = progress or silent
    search = _search_outside(target, classifier, random, say)
    inside, broken, changes = _attack_inside(target, classifier, evaluations, random, say)
    data = target.data
    known = np.isfinite(search.nearest.distance)
    upper = np.array(
        [
            distance_upper(search.nearest.points[i], data.points[i], target.norm) if known[i] else np.inf
            for i in range(data.n_samples)
        ]
    )
    found = classifier.classes(search.nearest.points)  # every witness is replayed as it will be written
    lost = known & (found == data.labels)
    upper[lost] = np.inf
    for i in np.flatnonzero((upper <= target.claimed) & (target.claimed > 0)):
        if in_ball(search.nearest.points[i], data.points[i], float(target.claimed[i]), target.norm):
            broken[int(i)] = search.nearest.points[i]
            changes += 1
    points = np.where(np.isfinite(upper)[:, None], search.nearest.points, np.nan)
    return AttackReport(
        target.norm,
        classifier.evaluations,
        inside,
        changes,
        target.radius_lower,
        upper,
        points,
        np.where(np.isfinite(upper), found, -1),
        broken,
        target.details,
        target.solved,
        target.pairs,
        np.flatnonzero(classifier.classes(data.points) != data.labels),
        _attack_far(target, classifier, evaluations, rng),
    )


def _attack_far(target: Target, classifier: Classifier, evaluations: int, rng: int) -> FarAttack | None:
    if target.far is None:
        return None
    weights = np.eye(target.data.n_features) if target.weights is None else target.weights
    return attack_far(classifier, target.data, target.far, target.norm, weights, evaluations, rng)


def _search_outside(target: Target, classifier: Classifier, rng: np.random.Generator, say: Progress) -> BoundarySearch:
    data, norm = target.data, target.norm
    search = BoundarySearch(classifier, data.points, data.labels, norm)
    rows = np.arange(data.n_samples)
    wrong = rows[classifier.classes(data.points) != data.labels]
    search.nearest.offer(wrong, data.points[wrong], np.zeros(wrong.size))
    known = np.setdiff1d(rows[np.abs(target.steps).max(axis=1) > 0], wrong)
    parts = np.array_split(known, max(1, len(known) // CHUNK))
    for number, part in enumerate(parts, start=1):
        if part.size:
            search.along(part, target.steps[part], NEAR_ONE)
        say("steps", number / len(parts))
    open_rows = np.setdiff1d(rows[~np.isfinite(search.nearest.distance)], wrong)
    for number, i in enumerate(open_rows, start=1):
        ways = towards_others(data.points, data.labels, int(i), norm, OTHERS)
        search.along(np.full(len(ways), i), ways, np.arange(1, 33) / 32)
        say("opposite samples", number / len(open_rows))
    search.boundary_walk(100 if open_rows.size else 10, rng)
    return search


def _attack_inside(
    target: Target, classifier: Classifier, evaluations: int, rng: np.random.Generator, say: Progress
) -> tuple[int, dict[int, FloatArray], int]:
    data, broken, changes, done = target.data, dict[int, FloatArray](), 0, 0
    held = np.flatnonzero(target.claimed > 0)
    streams = {}
    for i in held:
        ways = np.concatenate(
            [target.steps[i][None, :], towards_others(data.points, data.labels, int(i), target.norm, OTHERS)]
        )
        streams[int(i)] = inside_points(data.points[i], float(target.claimed[i]), target.norm, ways, classifier.dtype, rng)
    read = classifier.exact if target.rule == "exact" else classifier.classes
    while done < evaluations and held.size:
        before = done
        for part in np.array_split(held, max(1, len(held) // 32)):
            blocks = {int(i): next(streams[int(i)]) for i in part}
            owner = np.concatenate([np.full(len(block), i) for i, block in blocks.items()])
            points = np.concatenate(list(blocks.values()))
            wrong = np.flatnonzero(read(points) != data.labels[owner])
            done += len(points)
            for k in wrong:
                sample = int(owner[k])
                if in_ball(points[k], data.points[sample], float(target.claimed[sample]), target.norm):
                    changes += 1
                    broken.setdefault(sample, points[k])
            say("inside certified balls", min(1.0, done / max(evaluations, 1)))
            if done >= evaluations:
                break
        if done == before:
            break
    return done, broken, changes
