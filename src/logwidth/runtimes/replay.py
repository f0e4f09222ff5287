"""A stored network in a runtime: at the samples, at the worst points of their balls, and why labels differ."""

import time
from dataclasses import dataclass

import numpy as np

from logwidth.attack.outside import towards_others
from logwidth.certify import Certificate, beyond_points, is_beyond, read_onnx
from logwidth.certify.balls.witness import in_ball
from logwidth.dataset import Dataset
from logwidth.display import Shown
from logwidth.network import AffineLayer
from logwidth.norms import lengths
from logwidth.runtimes.probes import Probes, probe, reasons, remedy
from logwidth.runtimes.runtime import Runtime, in_chunks, opened
from logwidth.types import FloatArray, IndexArray, Progress, silent

SHARE = 0.999
SURE = 1.0 - 2.0**-40
RIVALS = 4
WORK = 2e10  # numbers that the search for rivals may read


def worst_points(
    data: Dataset, radii: FloatArray, norm: float, first: AffineLayer, count: int, rng: np.random.Generator
) -> tuple[FloatArray, IndexArray]:
    """Return about `count` inputs `(m, d)`, in the format of the network's layer `first`, and whose ball each is in, `(m,)`.

    They lie at 0.999 of the radii `(N,)` (≤ 0: no ball): towards the nearest samples of other classes, and along the duals
    of what the first layer makes of these ways (the point of the ball that goes farthest in this direction); then, where
    more are asked for, along mixtures of both. What rounding to the format takes out of its ball is left out. With more
    samples than points, or too many to look for all their rivals, samples are drawn.
    """
    held = np.flatnonzero(radii > 0)
    if not (count and held.size):
        return np.zeros((0, data.n_features)), np.zeros(0, dtype=np.intp)
    most = min(count, max(64, int(WORK / data.points.size)))
    chosen = np.sort(rng.choice(held, most, replace=False)) if held.size > most else held
    each, matrix = -(-count // chosen.size), first.dense().astype(np.float64)
    points, owner = [], []
    for i in chosen:
        ways = _ways(data, int(i), norm, matrix, each, rng)
        found = data.points[i] + SHARE * float(radii[i]) * ways
        points.append(_within(found.astype(first.dtype).astype(np.float64), data.points[i], float(radii[i]), norm))
        owner.append(np.full(len(points[-1]), i))
    return np.concatenate(points)[:count], np.concatenate(owner)[:count]


def _ways(data: Dataset, i: int, norm: float, matrix: FloatArray, each: int, rng: np.random.Generator) -> FloatArray:
    """Return `each` directions `(each, d)` of length 1 in ℓp."""
    rivals = towards_others(data.points, data.labels, i, norm, RIVALS)
    rivals = rivals / np.abs(rivals).max(axis=1, keepdims=True)
    duals = np.array([dual_vector(matrix.T @ (matrix @ way), norm) for way in rivals])
    known = np.stack([_unit(rivals, norm), _unit(duals, norm)], axis=1).reshape(-1, data.n_features)
    if each <= len(known):
        return known[:each]
    mixed = rng.dirichlet(np.ones(len(known)), size=each - len(known)) @ known
    mixed += 0.1 * np.abs(mixed).max(axis=1, keepdims=True) * rng.normal(size=mixed.shape)
    return np.concatenate([known, _unit(mixed, norm)])


def dual_vector(functional: FloatArray, norm: float) -> FloatArray:
    """Return the direction of the unit ball of ℓp in which `functional` `(d,)` grows most, not normalised.

    >>> dual_vector(np.array([1.0, -3.0]), np.inf).tolist(), dual_vector(np.array([1.0, -3.0]), 1.0).tolist()
    ([1.0, -1.0], [0.0, -1.0])
    """
    size = np.abs(functional) / (np.abs(functional).max() or 1.0)
    if norm == 1.0:
        return np.where(np.arange(size.size) == size.argmax(), np.sign(functional), 0.0)
    power = 0.0 if np.isinf(norm) else 1.0 / (norm - 1.0)
    found: FloatArray = np.asarray(np.sign(functional) * size**power, dtype=np.float64)
    return found


def _unit(ways: FloatArray, norm: float) -> FloatArray:
    size = lengths(ways, norm)[:, None]
    found: FloatArray = np.divide(ways, size, out=np.zeros_like(ways), where=size > 0)
    return found


def _within(points: FloatArray, centre: FloatArray, radius: float, norm: float) -> FloatArray:
    shift = points - centre
    scale = float(np.abs(shift).max(initial=0.0)) or 1.0
    kept: FloatArray = points[lengths(shift / scale, norm) * scale <= radius * SURE]
    return kept


@dataclass(frozen=True, eq=False, repr=False)
class ReplayReport(Shown):
    """What a runtime made of a stored network.

    `sample_changes` counts the `certified` samples, of all `samples`, that get another label themselves. `label_changes`
    counts, of `points` inputs inside certified balls, those that get another one; `changed_samples` are the samples
    concerned, `broken` maps each to such an input, whose membership in the ball was decided exactly. An output counts as
    the label whose value is nearest, or as none where that is. Of `far_points` inputs beyond the reject radius around
    samples `far_changes` are as far from all others and get a label (both 0 where none is claimed). `inexact` counts
    outputs that are no label value, where the certificate says that they
    are. `probes` is what the runtime keeps of numbers, `reasons` the same in words, and `remedy` the setting that mends it.
    """

    runtime: str
    version: str
    settings: dict[str, str]
    samples: int
    certified: int
    sample_changes: int
    points: int
    label_changes: int
    far_points: int
    far_changes: int
    inexact: int
    changed_samples: IndexArray
    broken: dict[int, FloatArray]
    probes: Probes
    reasons: tuple[str, ...]
    remedy: str | None
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether no certified label changed."""
        return not (self.sample_changes or self.label_changes or self.far_changes)

    def facts(self) -> list[tuple[str, str]]:
        """Return what was evaluated, how many labels differ, and why, as rows of text."""
        settings = ", ".join(f"{name}={value}" for name, value in self.settings.items()) or "defaults"
        rows = [
            ("runtime", f"{self.runtime} {self.version}, {settings}"),
            ("certified samples with another label", f"{self.sample_changes:,} of {self.certified:,}"),
            ("points of certified balls with another label", f"{self.label_changes:,} of {self.points:,}"),
            ("samples concerned", f"{self.changed_samples.size:,}"),
        ]
        if self.far_points:
            rows.append(("points far from all samples with a label", f"{self.far_changes:,} of {self.far_points:,}"))
        if self.inexact:
            rows.append(("outputs that are no label value exactly", f"{self.inexact:,}"))
        said = self.reasons or ("nothing was found that the certificate does not cover",)
        rows += [("arithmetic", reason) for reason in said]
        if self.remedy is not None:
            rows.append(("to mend it", self.remedy))
        return rows

    def _line(self) -> list[str]:
        return [
            f"{self.runtime} {self.version}",
            f"{self.sample_changes:,} of {self.certified:,} certified samples with another label",
            f"{self.label_changes:,} of {self.points:,} points of their balls",
            *self.reasons,
        ]


def replay_network(
    content: bytes,
    certificate: Certificate,
    data: Dataset,
    runtime: Runtime,
    *,
    points: int = 20_000,
    rng: int = 0,
    progress: Progress | None = None,
) -> ReplayReport:
    """Evaluate the ONNX file `content` in a runtime at the data's samples and at about `points` points of certified balls.

    The file and the data are those that the certificate is about; whoever calls has compared them. Rows that the file reads
    are the data's, times its feature scales. Raises InputError where the runtime does not take the file.
    """
    say, started = progress or silent, time.perf_counter()
    first = read_onnx(content).network.hidden[0]
    radii = certificate.radius_lower
    inside, owner = worst_points(data, radii, certificate.norm, first, points, np.random.default_rng(rng))
    say("worst points", 1.0)
    found = probe(runtime, first.dtype)
    say("probe networks", 1.0)
    beyond = _beyond(certificate, data, first.dtype, points, rng)
    rows = np.concatenate([data.points, inside, beyond])
    rows = rows if first.input_scales is None else rows * first.input_scales
    outputs = in_chunks(opened(runtime, content), rows.astype(first.dtype))[:, 0]
    say(f"network in {runtime.name}", 1.0)
    own, n, held = np.concatenate([data.labels, data.labels[owner]]), data.n_samples, radii > 0
    far = certificate.rejection
    values = data.values if far is None else np.append(data.values, far.value)
    gaps = np.abs(outputs[:, None] - values[None, :])
    read = np.where(np.isfinite(outputs), np.argmin(np.where(np.isnan(gaps), np.inf, gaps), axis=1), -1)
    labelled = beyond[read[own.size :] != data.n_classes]
    far_changes = 0 if far is None else sum(is_beyond(point, data, far.radius, certificate.norm) for point in labelled)
    outputs, read = outputs[: own.size], read[: own.size]
    wrong = np.flatnonzero(read[n:] != own[n:])
    broken: dict[int, FloatArray] = {}
    confirmed = [k for k in wrong if in_ball(inside[k], data.points[owner[k]], float(radii[owner[k]]), certificate.norm)]
    for k in confirmed:
        broken.setdefault(int(owner[k]), inside[k])
    lost = np.flatnonzero((read[:n] != own[:n]) & held)
    kept = (read == own) & np.concatenate([held, np.ones(len(inside), dtype=bool)])
    inexact = int((kept & (outputs != data.values[own])).sum()) if certificate.rule == "exact" else 0
    faults = reasons(found)
    return ReplayReport(
        runtime.name,
        runtime.version,
        dict(runtime.settings),
        n,
        int(held.sum()),
        int(lost.size),
        len(inside),
        len(confirmed),
        len(beyond),
        far_changes,
        inexact,
        np.union1d(lost, np.array(sorted(broken), dtype=np.intp)),
        broken,
        found,
        tuple(sentence for _, sentence in faults),
        remedy(runtime.name, [kind for kind, _ in faults], harmed=bool(lost.size or confirmed or inexact or far_changes)),
        time.perf_counter() - started,
    )


def _beyond(certificate: Certificate, data: Dataset, dtype: str, count: int, rng: int) -> FloatArray:
    """Return at most `count` inputs beyond the reject radius of a certificate that claims something of them."""
    far = certificate.rejection
    if far is None or not far.holds:
        return np.zeros((0, data.n_features))
    found = beyond_points(data, far.radius, certificate.norm, dtype, rng)
    found = found[(np.abs(found) <= far.inputs_upper).all(axis=1)]
    return found if len(found) <= count else found[np.random.default_rng(rng).permutation(len(found))[:count]]
