"""What an attack returned, replayed: finite, inside the ball in exact arithmetic, and another label?"""

from dataclasses import dataclass

import numpy as np

from logwidth.attack import Classifier
from logwidth.certify import Certificate
from logwidth.certify.balls.witness import in_ball
from logwidth.dataset import Dataset
from logwidth.display import Shown
from logwidth.types import BoolArray, FloatArray, IndexArray


@dataclass(frozen=True, eq=False, repr=False)
class Confirmed(Shown):
    """Inputs that an attack returned, one per row `(n, …)`, and what they are worth against the certificate.

    `finite`: all their numbers are, in the network's format. `inside`: they lie in the certified ball of their sample,
    decided in exact arithmetic. `changed`: onnxruntime's output is read as another label than the sample's. `broken` are
    the rows that are all three: each of them would refute the certificate.
    """

    samples: IndexArray
    finite: BoolArray
    inside: BoolArray
    changed: BoolArray

    @property
    def broken(self) -> BoolArray:
        """Rows that refute the certificate, `(n,)`."""
        found: BoolArray = self.finite & self.inside & self.changed
        return found

    def facts(self) -> list[tuple[str, str]]:
        """Return the counts as rows of text."""
        return [
            ("inputs", f"{self.samples.size:,}"),
            ("finite", f"{int(self.finite.sum()):,}"),
            ("inside their certified balls", f"{int(self.inside.sum()):,}"),
            ("with another label", f"{int(self.changed.sum()):,}"),
            ("all three: the certificate is broken", f"{int(self.broken.sum()):,}"),
        ]

    def _line(self) -> list[str]:
        return [
            f"{self.samples.size:,} inputs",
            f"{int(self.changed.sum()):,} with another label",
            f"{int((self.changed & self.inside).sum()):,} of these inside their certified balls",
        ]


def confirmed_inputs(
    content: bytes, certificate: Certificate, data: Dataset, found: FloatArray, samples: IndexArray
) -> Confirmed:
    """Return what inputs `found` `(n, d)`, made from the data's rows `samples` `(n,)`, are worth.

    Inputs are rounded to the network's format first, as the network reads them. The ball of a sample is that of its
    certified radius; a sample without one has no ball.
    """
    scales = None if certificate.feature_scales is None else np.array(certificate.feature_scales)
    none = None if certificate.rejection is None else certificate.rejection.value
    classifier = Classifier(content, data, scales, none)
    with np.errstate(over="ignore", invalid="ignore"):
        read = found if scales is None else found * scales
        read = read.astype(classifier.dtype).astype(np.float64)
        rows = read if scales is None else read / scales
    finite: BoolArray = np.asarray(np.isfinite(rows).all(axis=1))
    inside, changed = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    for k in np.flatnonzero(finite):
        radius = float(certificate.radius_lower[samples[k]])
        inside[k] = radius > 0 and in_ball(rows[k], data.points[samples[k]], radius, certificate.norm)
    if finite.any():
        changed[finite] = classifier.classes(rows[finite]) != data.labels[samples[finite]]
    return Confirmed(samples, finite, inside, changed)
