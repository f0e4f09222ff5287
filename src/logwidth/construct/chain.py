"""The first layer, and behind it a chain of narrow layers that carry the image coordinates along, described unit by unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from logwidth.construct.plan import Plan, unwatched
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.norms import dual_exponent, lengths
from logwidth.rounding import float_format, gamma_upper, stored
from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Unit:
    """One unit `ReLU(⟨z, weights⟩ + Σ inputs[name]·value(name) + bias)` of the next layer."""

    name: str
    inputs: Mapping[str, float]
    bias: float = 0.0
    z_weights: FloatArray | None = None


@dataclass(eq=False)
class Chain:
    """Layers under construction. Every layer holds the coordinates `z_0 … z_{m−1}` first, then its named units."""

    m: int
    dtype: str
    layers: list[AffineLayer] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    on_layer: Callable[[int], None] = unwatched

    @classmethod
    def of(cls, plan: Plan) -> Self:
        """Return the chain of a plan, still without layers."""
        return cls(plan.map_rank, plan.dtype, on_layer=plan.on_layer)

    def start(self, T: FloatArray, b: FloatArray, twins: Sequence[tuple[str, int, float]] = ()) -> None:
        """Add the first layer: `z = ReLU(T x + b)` and, per twin `(name, j, bias)`, `ReLU(T_j x + bias)`."""
        matrix = np.concatenate([T, T[[j for _, j, _ in twins]]]) if twins else T
        bias = np.concatenate([b, [value for _, _, value in twins]])
        matrix, bias = (stored(part, self.dtype).astype(self.dtype) for part in (matrix, bias))
        self.layers.append(AffineLayer.from_dense(matrix, bias))
        self.names = {name: self.m + k for k, (name, _, _) in enumerate(twins)}

    def carry(self, units: Sequence[Unit], into_first: Mapping[str, float] | None = None) -> None:
        """Add a layer that copies `z` and holds `units`; `into_first` adds multiples of units to `z_0`."""
        rows, bias = [self._row(unit) for unit in units], [unit.bias for unit in units]
        if into_first:
            first = {0: 1.0, **{self.names[name]: w for name, w in into_first.items()}}
            copies = [first] + [{j: 1.0} for j in range(1, self.m)]
            self._append([*copies, *rows], [0.0] * self.m + bias)
        else:
            self._append(rows, bias, self.m)
        self.names = {unit.name: self.m + k for k, unit in enumerate(units)}

    def last(self, units: Sequence[Unit]) -> None:
        """Add a layer that holds `units` only: the coordinates end here."""
        self._append([self._row(unit) for unit in units], [unit.bias for unit in units])
        self.names = {unit.name: k for k, unit in enumerate(units)}

    def output(self, output: Unit) -> ReluNetwork:
        """Add the output and return the network."""
        self._append([self._row(output)], [output.bias])
        return ReluNetwork(tuple(self.layers[:-1]), self.layers[-1])

    def finish(self, units: Sequence[Unit], output: Unit) -> ReluNetwork:
        """Add a last hidden layer of `units` and the output; return the network."""
        self.last(units)
        return self.output(output)

    def _append(self, rows: Sequence[Mapping[int, float]], bias: Sequence[float], copied: int = 0) -> None:
        self.layers.append(AffineLayer.from_rows(self.layers[-1].n_outputs, rows, bias, self.dtype, copied))
        self.on_layer(len(self.layers))

    def _row(self, unit: Unit) -> dict[int, float]:
        row = {} if unit.z_weights is None else dict(enumerate(unit.z_weights.tolist()))
        for name, weight in unit.inputs.items():
            column = 0 if name == "z0" else self.names[name]
            row[column] = row.get(column, 0.0) + weight
        return row


@dataclass(frozen=True, eq=False)
class Frame:
    """Image coordinates `z = T x + b` that stay positive on every ball.

    `T` `(m, d)` and `b` `(m,)` hold numbers of the network's format (stored as float64). `images` `(P, m)` are the
    prototypes' coordinates, `upper` `(m,)` bounds every coordinate on the balls, and `scale` is the factor by which
    lengths were multiplied.
    """

    T: FloatArray
    b: FloatArray
    images: FloatArray
    upper: FloatArray
    scale: float

    @property
    def metric(self) -> FloatArray:
        """Gram matrix `G` `(m, m)` with `‖x − y‖² scale² = (z − w)ᵀ G (z − w)` of images z, w in the row space."""
        return np.asarray(np.linalg.inv(self.T @ self.T.T / self.scale**2), dtype=np.float64)


def basis_along(directions: Sequence[FloatArray], images: FloatArray) -> FloatArray:
    """Return an invertible `(m, m)` matrix with unit rows: first along `directions`, then principal axes of the rest.

    With one direction the matrix is orthogonal. Principal axes of `images` `(n, m)` keep coordinates, and with them the
    rounding errors of scores, small.
    """
    m = images.shape[1]
    rows = np.array([v / np.linalg.norm(v) for v in directions]).reshape(-1, m)[:m]
    q, _ = np.linalg.qr(np.concatenate([rows, np.eye(m)]).T)
    rest = q.T[len(rows) :]
    if len(rest):
        centred = (images - images.mean(axis=0)) @ rest.T
        rest = np.linalg.eigh(centred.T @ centred)[1].T[::-1] @ rest
    return np.concatenate([rows, rest])


def build_frame(
    plan: Plan,
    points: FloatArray,
    directions: Sequence[FloatArray],
    scale: float | None = None,
    rows: IntArray | None = None,
) -> Frame:
    """Return the frame whose first coordinates run along the images of `directions`.

    It holds the images of `points` `(P, d)`, in the order of `rows` where that is given; each direction is a vector `(d,)`.

    The offset `b` keeps `T x + b ≥ 0` within `distance/2` and `plan.reach` of every sample, rounding included. A unit that
    reads one of these coordinates with another offset is one more affine piece for free, and the rank stays m. Lengths are
    multiplied by `scale` (default: a power of two that makes coordinates about 1).
    """
    along = [plan.matrix @ direction for direction in directions]
    T, images = plan.matrix, plan.points @ plan.matrix.T
    if plan.norm == 2.0 or along:
        basis = basis_along(along, images)
        T, images = basis @ T, images @ basis.T
    scale = _unit_scale(images) if scale is None else scale
    T = stored(scale * T, plan.dtype)
    projected = plan.points @ T.T
    reach = _reach(plan, T, projected)
    lift = stored((reach - projected).max(axis=0), plan.dtype).astype(plan.dtype)
    b = stored(np.nextafter(lift, np.inf), plan.dtype)
    placed = (points if rows is None else points[rows]) @ T.T + b
    return Frame(T, b, placed, (projected + b + reach).max(axis=0), float(scale))


def _unit_scale(images: FloatArray) -> float:
    spread = float(np.abs(images - images.mean(axis=0)).max())
    return float(2.0 ** -np.round(np.log2(spread))) if spread > 0 else 1.0


def _reach(plan: Plan, T: FloatArray, projected: FloatArray) -> FloatArray:
    """How far the balls and the rounding of the first layer can take each coordinate of each image, `(N, m)`."""
    unit = float_format(plan.dtype).unit
    radii = np.maximum(max(plan.radius, plan.distance / 2), 0.0 if plan.reach is None else plan.reach) * (1 + 2.0**-10)
    radii = np.broadcast_to(radii, len(plan.points))
    radius = float(radii.max())
    rounding = gamma_upper(plan.points.shape[1] + 4, unit) * (
        np.abs(T) @ (np.maximum(plan.points.max(axis=0), -plan.points.min(axis=0)) + radius) + np.abs(projected).max(axis=0)
    )
    lipschitz = lengths(T, dual_exponent(plan.norm))
    room: FloatArray = radii[:, None] * lipschitz * (1 + 2.0**-10) + 2 * rounding
    return room
