"""Networks that read some inputs otherwise in floats than in real numbers, at places that are known.

Coordinate i enters as `a_i = ReLU(x_i + B_i)`, `B_i = 2^k`, and leaves as `d_i = ReLU(a_i − B_i)`. In real arithmetic
`d_i = x_i`; in float32 `a_i` is rounded to a multiple of `s_i = 2^(k−23)`, so that `d_i` is `x_i` rounded to that grid.
The score of class i + 1 is `w_i (d_i − t_i)`, that of class 0 is 0. With `t_i` a quarter of `s_i` above a point g of the
grid, inputs in `(t_i, g + s_i/2)` have a positive score in real numbers and a negative one in floats; with three quarters,
inputs in `(g + s_i/2, t_i)` the other way round.
"""

from dataclasses import dataclass

import numpy as np

from logwidth.network import AffineLayer, ReluNetwork

SMALLEST, LARGEST = 15, 20  # exponents k of the shifts: grids of 1/256 to 1/8


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
