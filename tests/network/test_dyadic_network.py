"""Networks of exact numbers against the obvious evaluation, unit by unit in rationals."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest

from logwidth.certify.exact_networks.reader import constants_on_balls
from logwidth.errors import InputError
from logwidth.network import DyadicNetwork, DyadicRow, outputs_exactly


def plainly(network, point):
    values = [Fraction(x) for x in point]
    for place, layer in enumerate(network.layers):
        units = [(sum((w * values[j] for j, w in row.weights), Fraction(row.bias)) / 2**row.shift) for row in layer]
        values = units if place == len(network.layers) - 1 else [max(unit, Fraction(0)) for unit in units]
    return values[0]


def drawn(rng, sizes, bits):
    def number():
        return int(rng.integers(-9, 10)) * 2 ** int(rng.integers(0, bits)) + int(rng.integers(-1, 2))

    def row(n):
        kept = [j for j in range(n) if rng.random() < 0.7]
        return DyadicRow.of({j: Fraction(number(), 2 ** int(rng.integers(0, 4))) for j in kept}, number())

    return DyadicNetwork(sizes[0], tuple(tuple(row(n) for _ in range(k)) for n, k in pairwise(sizes)))


@pytest.mark.parametrize("bits", [3, 40, 600])
@pytest.mark.parametrize("sizes", [(1, 1, 1), (2, 3, 3, 1), (3, 4, 4, 4, 4, 1)], ids=str)
def test_all_points_at_once_give_what_each_gives_alone(sizes, bits):
    rng = np.random.default_rng([bits, *sizes])
    for _ in range(5):
        network = drawn(rng, sizes, bits)
        points = [[Fraction(int(a), int(b)) for a, b in rng.integers(1, 7, (sizes[0], 2)) * [1, 1]] for _ in range(12)]
        points += points[:2]
        points += [[-x for x in point] for point in points]
        assert outputs_exactly(network, points) == [plainly(network, point) for point in points]


@pytest.mark.parametrize("bits", [3, 300])
def test_what_is_proven_constant_is_constant_up_to_the_edge(bits):
    rng, proven = np.random.default_rng(bits), 0
    moves = [(1, 0), (-1, 0), (0, 1), (0, -1), (0, 0), (Fraction(3, 5), Fraction(4, 5)), (Fraction(-4, 5), Fraction(3, 5))]
    for _ in range(60):
        network = drawn(rng, (2, 3, 3, 1), bits)
        point, radius = [Fraction(int(x), 4) for x in rng.integers(-20, 20, 2)], Fraction(1, 2)
        (found,) = constants_on_balls(network, [point], radius)
        values = {plainly(network, [x + radius * m for x, m in zip(point, move, strict=True)]) for move in moves}
        assert found is None or values == {found}
        proven += found is not None
    assert proven > 5


def test_an_output_that_moves_is_not_proven_whatever_the_signs():
    moving = DyadicNetwork(1, ((DyadicRow.of({0: 1}, 5),), (DyadicRow.of({0: 1}),)))
    assert constants_on_balls(moving, [[Fraction(0)]], Fraction(1)) == [None]
    still = DyadicNetwork(1, ((DyadicRow.of({0: 1}, 5),), (DyadicRow.of({}, 3),)))
    assert constants_on_balls(still, [[Fraction(0)]], Fraction(5)) == [3]
    assert constants_on_balls(still, [[Fraction(0)]], Fraction(6)) == [None]


def test_inputs_below_0_are_cut_like_everything_else():
    network = DyadicNetwork(1, ((DyadicRow.of({0: 1}),), (DyadicRow.of({0: 3}, 1),)))
    assert outputs_exactly(network, [[-2], [2], [Fraction(-1, 3)]]) == [1, 7, 1]


def test_other_numbers_and_other_features_are_refused():
    with pytest.raises(InputError, match="1/3 is no dyadic number"):
        DyadicRow.of({0: Fraction(1, 3)})
    network = DyadicNetwork(1, ((DyadicRow.of({0: 1}),), (DyadicRow.of({0: 1}),)))
    with pytest.raises(InputError, match="takes 1 features, not 2"):
        outputs_exactly(network, [[1, 2]])
