"""The other half of a claim: wherever all samples are farther than a radius, the network says that it has no label (T15)."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from logwidth.certify.balls.witness import in_ball, outputs_of
from logwidth.certify.forms.balls.form import BallForm
from logwidth.certify.forms.boxes.form import BoxForm
from logwidth.certify.forms.boxes.near import far_problem, inputs_upper
from logwidth.certify.forms.boxes.shallow import ShallowBoxForm
from logwidth.certify.forms.catalogue import recognise
from logwidth.certify.outcome import Outcome, UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.dataset import Dataset
from logwidth.display import OneLine, number
from logwidth.network import FusedNetwork, ReluNetwork
from logwidth.types import FloatArray

SHARES = (1 + 1e-6, 1 + 2.0**-20, 1.25, 2.0, 1e3)
MOST_POINTS, MOST_SAMPLES = 1 << 15, 64
Network = ReluNetwork | FusedNetwork


@dataclass(frozen=True, repr=False)
class Rejection(OneLine):
    """Whether the network returns `value`, which stands for *none*, wherever all samples are farther than `radius`.

    For every real x with `|x_j| ≤ inputs_upper` for all features j. `witness` is an input that is farther, and the output
    there, where one was found; `reason` says why nothing is proven.
    """

    radius: float
    value: float
    inputs_upper: float
    outcome: Outcome
    reason: str = ""
    witness: dict[str, Any] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether it is proven."""
        return self.outcome == Outcome.CERTIFIED

    def claim(self, size: str, distance: str) -> str:
        """Return the theorem in words; `size` is that of a feature of x, `distance` how far x is from x_i."""
        return (
            f"for every real x with {size} <= {self.inputs_upper!r} for all j, and {distance} > {self.radius!r} for every "
            f"sample i, it returns exactly {self.value!r}, which stands for none"
        )

    def _line(self) -> list[str]:
        return [f"none beyond {number(self.radius)}", self.outcome.name.lower(), *([self.reason] if self.reason else [])]

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        names = ("radius", "value", "inputs_upper", "reason", "witness")
        return {**{name: getattr(self, name) for name in names}, "outcome": int(self.outcome)}

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Rejection":
        """Return the fields that JSON holds; raises TypeError, ValueError or KeyError where they are none."""
        numbers = [body[name] for name in ("radius", "value", "inputs_upper")]
        kinds = isinstance(body["reason"], str) and isinstance(body["witness"], dict) and type(body["outcome"]) is int
        if not (kinds and all(type(value) is float and np.isfinite(value) for value in numbers)):
            raise TypeError("the numbers of a rejection are not as they must be")
        radius, value, limit = numbers
        return cls(radius, value, limit, Outcome(body["outcome"]), body["reason"], body["witness"])


def prove_rejection(network: Network, data: Dataset, radius: float, *, norm: float, value: float) -> Rejection:
    """Decide whether the network returns `value` wherever all samples of `data` are farther than `radius` in ℓp.

    What is not proven is attacked beyond the radius: another output there falsifies.
    """
    problem, limit = _decided(network, data, radius, norm, value)
    if not problem:
        return Rejection(radius, value, limit, Outcome.CERTIFIED)
    witness = find_beyond(network, data, radius, norm, value)
    outcome = Outcome.FALSIFIED if witness else Outcome.UNDECIDED
    return Rejection(radius, value, limit, outcome, problem, witness)


def _decided(network: Network, data: Dataset, radius: float, norm: float, value: float) -> tuple[str, float]:
    """Return why it is not proven, '' where it is; and up to which inputs."""
    if not 0 < radius < np.inf:
        return f"the reject radius must be positive and finite, not {radius!r}", 0.0
    if value in data.values.tolist():
        return f"{value!r} is the value of a class", 0.0
    try:
        form = recognise(network)
        if isinstance(form, BoxForm | ShallowBoxForm):
            return far_problem(form, data.points, norm, radius, value), inputs_upper(form)
        if isinstance(form, BallForm):
            return form.far_problem(data.points, norm, radius, value), form.inputs_upper()
    except (UnrecognisedNetworkError, UnprovableNetworkError, ArithmeticError) as problem:
        return str(problem), 0.0
    return f"networks of the form {form.name} give the label of some class however far an input is", 0.0


def find_beyond(network: Network, data: Dataset, radius: float, norm: float, value: float) -> dict[str, Any]:
    """Return an input farther than `radius` from all samples where the output is another than `value`; {} if none is found.

    That it is farther is decided in exact rationals for p = 1, 2, ∞.
    """
    points = beyond_points(data, radius, norm, network.dtype)
    with np.errstate(all="ignore"):
        outputs = outputs_of(network, points)
        for k in np.flatnonzero(outputs != value).tolist():
            if is_beyond(points[k], data, radius, norm):
                alone = float(outputs_of(network, points[k : k + 1])[0])
                if alone != value and np.isfinite(alone):
                    return {"point": points[k].tolist(), "output": alone}
    return {}


def beyond_points(data: Dataset, radius: float, norm: float, dtype: str, rng: int = 0) -> FloatArray:
    """Return inputs of the format a little and far beyond `radius` from samples: along every feature, to corners, at random.

    Some are kernel directions of any map of lower rank: all directions are among those that are drawn.
    """
    draw, d = np.random.default_rng(rng), data.n_features
    rows = draw.permutation(data.n_samples)[:MOST_SAMPLES]
    most = max(1, MOST_POINTS // (len(rows) * len(SHARES)))
    axes = np.concatenate([np.eye(d), -np.eye(d)])
    axes = axes if len(axes) <= most else axes[draw.permutation(len(axes))[:most]]
    corners, free = draw.choice([-1.0, 1.0], size=(8, d)), draw.normal(size=(8, d))
    ways = np.concatenate([axes, corners, free])
    ways /= np.linalg.norm(ways, ord=norm, axis=1)[:, None]
    shares = np.array(SHARES)[:, None, None, None]
    found = data.points[rows][None, :, None, :] + radius * shares * ways[None, None, :, :]
    rounded: FloatArray = found.reshape(-1, d).astype(dtype).astype(np.float64)
    return rounded[np.isfinite(rounded).all(axis=1)]


def is_beyond(point: FloatArray, data: Dataset, radius: float, norm: float) -> bool:
    """Return whether all samples are farther than `radius`, decided exactly for p ∈ {1, 2, ∞}; for other p a safe False."""
    with np.errstate(over="ignore"):
        near = np.linalg.norm(data.points - point, ord=norm, axis=1)
    if norm not in (1.0, 2.0, np.inf):
        return bool((near > radius * (1 + 2.0**-30)).all())
    close = np.flatnonzero(near <= radius * (1 + 2.0**-30))
    return not any(in_ball(point, data.points[i], radius, norm) for i in close.tolist())
