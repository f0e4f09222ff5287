"""The networks of benchmarks: the same function behind mixed and idle units; one score a class; rounding that shows."""

from dataclasses import dataclass

import numpy as np

from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.norms import dual_exponent, lengths
from logwidth.rounding import stored
from logwidth.types import FloatArray, IntArray

POWERS = (-2, -1, 0, 1, 2)
CLEARANCE = 1.0 / 16  # by how much of its range an idle unit stays below zero
Box = tuple[FloatArray, FloatArray]
MOST_CLASSES = 1000
SMALLEST, LARGEST = 15, 20  # exponents k of the shifts: grids of 1/256 to 1/8


@dataclass(frozen=True)
class Obfuscation:
    """How a network is obfuscated.

    The carried coordinates are re-mixed by random shears in `mixes` layers and held by `split` units each; `idle` units per
    layer are 0 on every ball and read by every score; `scaled` and `shuffled` change units by powers of two and their order.
    `soft` halves the register's rate so often: the layer in which the label changes gets thicker, and weights smaller.
    """

    mixes: int = 0
    split: int = 1
    idle: int = 0
    scaled: bool = False
    shuffled: bool = False
    soft: int = 0


def image_box(network: ReluNetwork, points: FloatArray, reach: float, norm: float) -> Box:
    """Return bounds `(lower, upper)` of `T x + b` on the balls `B_p(x_i, reach)`, with a little room for rounding."""
    T, b = network.hidden[0].dense()[:-1].astype(np.float64), network.hidden[0].bias[:-1].astype(np.float64)
    images = points @ T.T + b
    swing = lengths(T, dual_exponent(norm)) * reach
    room = 2.0**-10 * (swing + np.ptp(images, axis=0))
    return images.min(axis=0) - swing - room, images.max(axis=0) + swing + room


def obfuscate(network: ReluNetwork, box: Box, how: Obfuscation, rng: np.random.Generator) -> ReluNetwork:
    """Return a register network with the same pieces whose carried coordinates are obfuscated as `how` says.

    `box` bounds `z = T x + b`, both `(m,)`, on all inputs of interest; where the first layer would clip there it is shifted.
    Layers hold carriers `v = C z + c`, and scores read `w` with `w C` the weights on z that they had. All weights are
    rounded to the format: a certificate of the result must be made from the result.

    Raises InputError when the network is not a register network of at least three layers.
    """
    m = network.hidden[0].n_outputs - 1
    if network.depth < 3 or any(layer.n_outputs != m + 3 for layer in network.hidden[1:-1]):
        raise InputError("only register networks of at least three layers can be obfuscated")
    obfuscator = _Obfuscator(box, how, rng, network.dtype)
    first, state = obfuscator.first_layer(network.hidden[0])
    layers = [first]
    mixed = set(rng.permutation(np.arange(2, network.depth - 1))[: how.mixes].tolist())
    for t, layer in enumerate(network.hidden[1:-1], start=1):
        obfuscated, state = obfuscator.middle_layer(layer, state, split=t == 1, mix=t in mixed)
        layers.append(obfuscated)
    last = network.hidden[-1]
    row = {state.place[column]: weight for column, weight in obfuscator.register_row(last.row(0)).items()}
    layers.append(AffineLayer.from_rows(state.size, [row], last.bias.tolist(), network.dtype))
    return ReluNetwork(tuple(layers), network.output)


@dataclass(frozen=True, eq=False)
class _State:
    """One obfuscated layer: carriers `C z + c` at the units `live`, idle units, and where the other plain units went."""

    C: FloatArray
    c: FloatArray
    live: IntArray
    idle: IntArray
    place: dict[int, int]
    size: int


@dataclass(frozen=True, eq=False)
class _Obfuscator:
    box: Box
    how: Obfuscation
    rng: np.random.Generator
    dtype: str

    def first_layer(self, layer: AffineLayer) -> tuple[AffineLayer, _State]:
        """The coordinates, shifted where they would be clipped, and the twin, in any order."""
        m = layer.n_outputs - 1
        lift = self._rounded(np.maximum(-self.box[0], 0.0) * (1 + 2.0**-10))
        bias = self._rounded(layer.bias.astype(np.float64) + np.append(lift, 0.0))
        state = self._placed(np.eye(m), bias[:m] - layer.bias[:m], 0, [m])
        order = np.argsort(np.append(state.live, state.place[m]))
        return AffineLayer.from_dense(layer.dense()[order], bias[order].astype(self.dtype)), state

    def middle_layer(self, layer: AffineLayer, before: _State, *, split: bool, mix: bool) -> tuple[AffineLayer, _State]:
        """The carriers' next form, the plain layer's last three units, and idle units, in any order."""
        A = self._change(np.abs(before.C) @ (self.box[1] - self.box[0]), split=split, mix=mix)
        C = A @ before.C
        shift = self._rounded(self._clearing(C, A @ before.c))
        m = before.C.shape[1]
        after = self._placed(C, A @ before.c + shift, self.how.idle, [m, m + 1, m + 2])
        matrix, bias = np.zeros((after.size, before.size)), np.zeros(after.size)
        matrix[np.ix_(after.live, before.live)], bias[after.live] = A, shift
        for unit in after.idle:
            matrix[unit, before.live], bias[unit] = self._idle_row(before)
        for unit, place in after.place.items():
            matrix[place], bias[place] = self._plain_row(layer, unit, before)
        return AffineLayer.from_dense(matrix.astype(self.dtype), bias.astype(self.dtype)), after

    def _placed(self, C: FloatArray, c: FloatArray, idle: int, units: list[int]) -> _State:
        size = len(C) + idle + len(units)
        order = self.rng.permutation(size) if self.how.shuffled else np.arange(size)
        # without shuffling the order is that of the plain network: carriers, then its own units, then idle ones
        own = dict(zip(units, order[len(C) : len(C) + len(units)].tolist(), strict=True))
        return _State(C, c, order[: len(C)], order[len(C) + len(units) :], own, size)

    def _change(self, spread: FloatArray, *, split: bool, mix: bool) -> FloatArray:
        """A matrix of the format: the identity, each row `split` times, shears if `mix`, powers of two.

        `spread` `(n,)` is how far each carrier ranges: shears and powers keep carriers comparable, and errors small.
        """
        A = np.repeat(np.eye(len(spread)), self.how.split if split else 1, axis=0)
        spread = np.maximum(A @ spread, 2.0**-20)
        if mix:
            odd, even = np.array_split(self.rng.permutation(len(A)), 2)
            odd = odd[: len(even)]
            even = even[: len(odd)]
            size = self.rng.uniform(0.25, 0.75, size=len(odd)) * self.rng.choice([-1.0, 1.0], size=len(odd))
            A[even] += (size * spread[even] / spread[odd])[:, None] * A[odd]
        if self.how.scaled:
            A = 2.0 ** (self.rng.choice(POWERS, size=len(A)) - np.round(np.log2(spread)))[:, None] * A
        return self._rounded(A)

    def _clearing(self, C: FloatArray, c: FloatArray) -> FloatArray:
        """What keeps `C z + c` above zero on the box: nothing where it is."""
        lower = np.maximum(C, 0) @ self.box[0] + np.minimum(C, 0) @ self.box[1] + c
        reach = np.abs(C) @ np.maximum(np.abs(self.box[0]), np.abs(self.box[1])) + np.abs(c)
        floor = 2.0**-12 * reach
        return np.where((lower < floor) & (np.count_nonzero(C, axis=1) > 1), 2 * floor - lower, 0.0)

    def _idle_row(self, before: _State) -> tuple[FloatArray, float]:
        """Random weights on the carriers, and a bias that keeps the unit below zero on the whole box."""
        spread = np.abs(before.C) @ (self.box[1] - self.box[0]) + 2.0**-20
        row = self._rounded(self.rng.standard_normal(len(before.C)) / spread)
        on_z = row @ before.C
        top = float(np.maximum(on_z, 0) @ self.box[1] + np.minimum(on_z, 0) @ self.box[0] + row @ before.c)
        return row, -top - CLEARANCE * float(np.abs(row) @ spread)

    def _plain_row(self, layer: AffineLayer, unit: int, before: _State) -> tuple[FloatArray, float]:
        """A unit of the plain layer, its weights on z moved to the carriers and some noise to the idle units."""
        m = before.C.shape[1]
        row, bias, plain = np.zeros(before.size), float(layer.bias[unit]), layer.row(unit)
        if unit == m + 2:
            plain = self.register_row(plain)
        for column, weight in plain.items():
            if column >= m:
                row[before.place[column]] = weight
        w = np.array([plain.get(j, 0.0) for j in range(m)])
        if w.any():
            moved = self._rounded(self._over_carriers(w, before.C))
            row[before.live] = moved
            row[before.idle] = self.rng.standard_normal(before.idle.size) * np.abs(w).max()
            middle = (self.box[0] + self.box[1]) / 2
            bias += float(w @ middle - moved @ (before.C @ middle + before.c))
        return row, bias

    def register_row(self, row: dict[int, float]) -> dict[int, float]:
        """The register's row with its rate, the one negative weight, made smaller."""
        return {column: weight * 2.0**-self.how.soft if weight < 0 else weight for column, weight in row.items()}

    def _over_carriers(self, w: FloatArray, C: FloatArray) -> FloatArray:
        """Return weights v with `v C = w`; units that share a coordinate share its weight at random."""
        if self.how.split == 1 and self.how.mixes == 0:
            return w / C[np.arange(len(w)), np.arange(len(w))]  # powers of two: exact
        inverse = np.linalg.pinv(C)
        noise = self.rng.uniform(-0.5, 0.5, size=len(C)) * np.abs(w @ inverse).max()
        return np.asarray(w @ inverse + noise - (noise @ C) @ inverse, dtype=np.float64)

    def _rounded(self, values: FloatArray) -> FloatArray:
        return stored(values, self.dtype)


def with_logits(network: ReluNetwork, n_classes: int) -> ReluNetwork:
    """Return the network whose output c is `2 c l − c² = l² − (l − c)²`, `l` the label in `{0, …, C−1}` that it printed.

    The score of class `l` exceeds that of class c by `(l − c)² ≥ 1`. Weights, terms and sums are integers below 2²⁴, so that
    float32 computes them exactly in any order: the margin of 1 is larger than the rounding error, which is 0.

    Raises InputError for more classes than that holds for, or a network with more than one output.

    >>> one = AffineLayer.from_rows(1, [{0: 1.0}], [0.0], "float32")
    >>> with_logits(ReluNetwork((one,), one), 3).output.dense().tolist()
    [[0.0], [2.0], [4.0]]
    """
    if network.n_outputs != 1:
        raise InputError(f"a head of scores needs a network with one output, not {network.n_outputs}")
    if not 2 <= n_classes <= MOST_CLASSES:
        raise InputError(f"a head of scores serves 2 to {MOST_CLASSES} classes, not {n_classes}")
    codes = np.arange(n_classes, dtype=network.dtype)
    row, bias = network.output.dense()[0], network.output.bias[0]
    head = AffineLayer.from_dense(2 * codes[:, None] * row[None, :], 2 * codes * bias - codes * codes)
    return ReluNetwork(network.hidden, head)


@dataclass(frozen=True)
class Cell:
    """Where one coordinate's score changes sign: in real numbers at `threshold`, in floats at `turn = grid + spacing/2`.

    `early`: the threshold lies below the turn, so that real numbers see a positive score first.
    """

    grid: float
    spacing: float
    early: bool

    @property
    def threshold(self) -> float:
        """The input at which the score of real numbers is 0."""
        return self.grid + self.spacing * (0.25 if self.early else 0.75)

    @property
    def turn(self) -> float:
        """The input at which the rounded one jumps to the next point of the grid."""
        return self.grid + self.spacing / 2


def rounding_network(n_features: int, depth: int, rng: np.random.Generator) -> tuple[ReluNetwork, list[Cell]]:
    """Return a float32 network of `depth ≥ 2` layers with a score per coordinate and one more, and the cell of each.

    Units are permuted and scaled by powers of two in every layer, which changes no rounding.
    """
    powers = rng.integers(SMALLEST, LARGEST + 1, size=n_features)
    cells = [_cell(int(k), bool(i % 2), rng) for i, k in enumerate(powers)]
    order, scale = np.arange(n_features), np.zeros(n_features, dtype=np.int64)
    layers = []
    for number in range(depth):
        fresh, finer = rng.permutation(n_features), rng.integers(-6, 7, size=n_features)
        place = {int(coordinate): column for column, coordinate in enumerate(order)}
        shift = {0: 1.0, 1: -1.0}.get(number, 0.0)
        rows = [{place[int(i)]: 2.0 ** int(finer[r] - scale[place[int(i)]])} for r, i in enumerate(fresh)]
        bias = [shift * 2.0 ** int(powers[i] + finer[r]) for r, i in enumerate(fresh)]
        layers.append(AffineLayer.from_rows(n_features, rows, bias, "float32"))
        order, scale = fresh, finer
    place = {int(coordinate): column for column, coordinate in enumerate(order)}
    heights = [4.0 / cell.spacing for cell in cells]
    scores = [{place[i]: height * 2.0 ** int(-scale[place[i]])} for i, height in enumerate(heights)]
    levels = [0.0, *(-height * cell.threshold for height, cell in zip(heights, cells, strict=True))]
    return ReluNetwork(tuple(layers), AffineLayer.from_rows(n_features, [{}, *scores], levels, "float32")), cells


def _cell(power: int, early: bool, rng: np.random.Generator) -> Cell:
    spacing = 2.0 ** (power - 23)
    return Cell(spacing * int(np.floor(rng.uniform(0.5, 0.8) / spacing)), spacing, early)
