"""What a construction is asked to build, what it hands on, and the gap between scores that a map and a radius leave."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from logwidth.network import ReluNetwork
from logwidth.types import FloatArray, IntArray

THIN = 2.0**16  # rates are this much larger than the theorems ask
BITS = {"float32": 24, "float64": 53}


def unwatched(_layers: int) -> None:
    """Report no layer."""


@dataclass(frozen=True, eq=False)
class Prototypes:
    """Pieces of a power diagram: scores `a_s(z) = 2⟨c_s, z⟩ − ‖c_s‖² + ω_s` on images z, `c_s` the image of `points[s]`.

    `points` `(P, d)`, `offsets` ω `(P,)`, `classes` `(P,)`; with `rows` `(P,)` piece t is `points[rows[t]]`, so that pieces
    that are samples need no copy. With all offsets 0 they are the Voronoi cells. On every ball
    some score of its class leads all scores of other classes by `gap`: the builder's belief, from which it takes its rates.
    `matrix` `(m, d)` is the map that they need, with orthonormal rows, where it is another than the one they began with.
    """

    points: FloatArray
    offsets: FloatArray
    classes: IntArray
    gap: float
    matrix: FloatArray | None = None
    rows: IntArray | None = None

    @property
    def centres(self) -> FloatArray:
        """Return the pieces' points `(P, d)`, copied where they are rows of others."""
        return self.points if self.rows is None else self.points[self.rows]


@dataclass(frozen=True, eq=False)
class Folds:
    """Folding layers in input units, and scores on what they make of the samples (docs/theory/t13-folding.md).

        p_1 = P x,  h_1 = ReLU(A x − t_1);   p_{l+1} = p_l + E_l h_l,  h_{l+1} = ReLU(B_l p_l + b_l h_l − t_{l+1});
        y = p_L + E_L h_L,      score of sample i:  2⟨c_i, y⟩ − |c_i|² + ω_i,   c_i = y_i + moves_i

    `P` `(r, d)`, `A` `(K, d)`, `t` `(L, K)`, `B` `(L − 1, K, r)`, `b` `(L − 1, K, K)`, `E` `(L, r, K)`, `moves` `(N, r)`,
    `offsets` ω `(N,)`. On every ball the sample's score leads all of other classes by `gap`: the builder's belief.
    """

    P: FloatArray
    A: FloatArray
    t: FloatArray
    B: FloatArray
    b: FloatArray
    E: FloatArray
    moves: FloatArray
    offsets: FloatArray
    gap: float


@dataclass(frozen=True)
class Reject:
    """Wherever all samples are farther than `radius` the network is to print `value`, which no class has."""

    radius: float
    value: float


@dataclass(frozen=True, eq=False)
class Plan:
    """The order to a construction.

    `points` `(N, d)` with class indices `labels` `(N,)`; the network prints `values[c]` `(C,)` for class `c`.
    `matrix` `(m, d)` has orthonormal rows up to rounding; images of opposite samples lie at least `distance` apart
    under it in the norm of exponent `image_norm`, in which the map is 1-Lipschitz up to rounding (2 for `norm` 2; None: no
    such norm is known).
    `prototypes` are the pieces to use where scores decide (None: all samples).
    Every ball of radius `radius < distance/2` in the norm is to be labelled right in the float format `dtype`. The first
    layer must not clip within `reach` `(N,)` of the samples either, so that larger balls can be certified (default: 0).
    `folds` are the folding layers to use where a construction has them. `radii` `(d,)` are radii per feature, which boxes
    keep instead of `radius`. `reject` is what they print far from all samples (None: the label of some class).
    `share_cells` allows cells that hold many samples, with less room for rounding.
    `near` `(N,)` is an opposite sample near each, which saves time (None: looked for where that is of use).
    `lanes` is the number of running maxima per class where a construction has several (default: one per piece); of boxes
    side by side (default: one). `max_depth` asks boxes for as few side by side as keep the depth within it.
    `on_layer` is told the number of layers built so far, after each of a chain.
    """

    points: FloatArray
    labels: IntArray
    values: FloatArray
    matrix: FloatArray
    radius: float
    distance: float
    dtype: str = "float32"
    norm: float = 2.0
    image_norm: float | None = 2.0
    prototypes: Prototypes | None = None
    reach: FloatArray | None = None
    lanes: int | None = None
    share_cells: bool = True
    folds: Folds | None = None
    max_depth: int | None = None
    radii: FloatArray | None = None
    reject: Reject | None = None
    near: IntArray | None = None
    on_layer: Callable[[int], None] = unwatched

    @property
    def map_rank(self) -> int:
        """Rank m of the map."""
        return int(self.matrix.shape[0])

    @property
    def n_classes(self) -> int:
        """Number C of classes."""
        return int(self.values.size)


@dataclass(frozen=True, eq=False)
class Construction:
    """A network and the claim that its theorem makes; nothing here is certified yet.

    `rule` says how a label is read off: 'exact' (the output is the label) or 'rounded' (the nearest label).
    """

    name: str
    network: ReluNetwork
    theorem: str
    rule: str
    map_rank: int
    n_pieces: int


def thin_rate(x: float) -> float:
    """Return a power of two far above `x`: between two labels the output is fractional on a layer `THIN` times thinner.

    It costs nothing in floats: what the rate multiplies is exactly 0 on a ball that keeps clear, and clears the register on
    one that does not.

    >>> thin_rate(5.0) == 8.0 * THIN
    True
    """
    return power_above(x) * THIN


def score_gap(plan: Plan, scale: float) -> float:
    """Return by how much the own score leads on every ball, in scaled units; `Δ(Δ − 2σ)` when every sample is a prototype.

    A builder's estimate, from which it takes its rates; the certificate measures the real lead.
    """
    distance, radius = plan.distance * scale, plan.radius * scale
    if plan.prototypes is not None:
        return plan.prototypes.gap * scale * scale
    return distance * max(distance - 2 * radius, distance * 2.0**-40)


def power_above(x: float) -> float:
    """Return the smallest power of two ≥ x > 0: multiplying by it rounds nothing.

    >>> power_above(5.0), power_above(0.25)
    (8.0, 0.25)
    """
    return 2.0 ** math.ceil(math.log2(x))


def on_grid(values: FloatArray, dtype: str, *, terms: int = 2, largest: float = 0.0) -> FloatArray:
    """Return the values rounded to multiples of one power of two, such that sums of `terms` of them are exact in `dtype`.

    The grid is as fine as the largest value, or `largest` if that is larger, allows.

    >>> on_grid(np.array([1.0, 0.1]), "float32").tolist()
    [1.0, 0.09999990463256836]
    """
    bound = max(float(np.abs(values).max(initial=0.0)), largest)
    if bound == 0.0:
        return np.asarray(values, dtype=np.float64)
    step = power_above(bound * terms) * 2.0 ** -(BITS[dtype] - 1)
    rounded: FloatArray = np.round(values / step) * step
    return rounded
