"""A ReLU network whose numbers are dyadic rationals of any length: stored, counted and evaluated without any rounding."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Self

from logwidth.errors import InputError

Exact = int | Fraction


@dataclass(frozen=True, slots=True)
class DyadicRow:
    """One unit before its ReLU: `(Σ w_j v_j + b) / 2^shift`, all of them whole numbers.

    `weights` holds pairs `(column, w)` by rising column, none of them zero; `shift ≥ 0` is the least that serves.
    """

    weights: tuple[tuple[int, int], ...]
    bias: int
    shift: int

    @classmethod
    def of(cls, weights: dict[int, Exact], bias: Exact = 0) -> Self:
        """Return the unit `Σ w_j v_j + b`; its numbers must be dyadic.

        Raises InputError for a number whose denominator is no power of two.

        >>> DyadicRow.of({3: Fraction(1, 4), 0: 2}, 1)
        DyadicRow(weights=((0, 8), (3, 1)), bias=4, shift=2)
        """
        numbers = [*weights.values(), bias]
        shift = max(_exponent(number) for number in numbers)
        whole = [(column, int(weight * 2**shift)) for column, weight in sorted(weights.items()) if weight]
        return cls(tuple(whole), int(bias * 2**shift), shift)

    @property
    def numbers(self) -> list[int]:
        """The bias and the weights, times `2^shift`."""
        return [self.bias, *(weight for _, weight in self.weights)]


def _exponent(number: Exact) -> int:
    denominator = number.denominator
    if denominator & (denominator - 1):
        raise InputError(f"{number} is no dyadic number: its denominator is no power of two")
    return denominator.bit_length() - 1


@dataclass(frozen=True, eq=False)
class DyadicNetwork:
    """Layers of units; ReLU follows on all layers but the last, which has one unit.

    Width, depth, entries and bits are those of the stored numbers. A layer of k units on n inputs has `k (n + 1)` entries.
    """

    n_inputs: int
    layers: tuple[tuple[DyadicRow, ...], ...]

    @property
    def depth(self) -> int:
        """Number of hidden layers."""
        return len(self.layers) - 1

    @property
    def widths(self) -> list[int]:
        """Units of the hidden layers."""
        return [len(layer) for layer in self.layers[:-1]]

    @property
    def width(self) -> int:
        """Units of the widest hidden layer."""
        return max(self.widths)

    @property
    def entries(self) -> int:
        """All weights and biases, zero or not."""
        inputs = [self.n_inputs, *self.widths]
        return sum(len(layer) * (n + 1) for layer, n in zip(self.layers, inputs, strict=True))

    @cached_property
    def n_nonzero(self) -> int:
        """Weights and biases that are not zero."""
        return sum(len(row.weights) + (row.bias != 0) for layer in self.layers for row in layer)

    @cached_property
    def bits(self) -> int:
        """Binary digits of the longest stored number, see :func:`digits`."""
        return max(longest(layer) for layer in self.layers)


def longest(layer: Iterable[DyadicRow]) -> int:
    """Return the binary digits of the longest number in some units."""
    return max((digits(number, row.shift) for row in layer for number in row.numbers), default=0)


def digits(number: int, shift: int) -> int:
    """Return how many binary digits `number / 2^shift` takes when written out: from the first, or the point, to the last.

    >>> digits(5, 0), digits(8, 0), digits(8, 3), digits(1, 3), digits(11, 2)
    (3, 4, 1, 3, 4)
    """
    if number == 0:
        return 0
    spare = min((number & -number).bit_length() - 1, shift)
    return max((abs(number) >> spare).bit_length(), shift - spare)


def outputs_exactly(network: DyadicNetwork, points: Sequence[Sequence[Exact]]) -> list[Fraction]:
    """Return the output for each of some points `(n, n_inputs)`, in exact arithmetic.

    Raises InputError where a point has another number of features.
    """
    for point in points:
        if len(point) != network.n_inputs:
            raise InputError(f"the network takes {network.n_inputs} features, not {len(point)}")
    scale = lcm(1, *(x.denominator for point in points for x in point))
    scale <<= max((row.shift for row in network.layers[0]), default=0)
    found = outputs_behind(network, 0, [[int(x * scale) for x in point] for point in points], scale)
    return [Fraction(value) / scale for value in found]


LONG = 256  # bits from which a number is worth computing once for all points that share it


def outputs_behind(network: DyadicNetwork, layer: int, states: Sequence[Sequence[Exact]], scale: int) -> list[Exact]:
    """Return the outputs times `scale` where the inputs of `layers[layer]` are the `states` `(n, …)`, times `scale`, too.

    ReLU is homogeneous, so whole numbers stay whole. Points that share long numbers are taken together: a unit that has
    the same value for all of them is computed once.
    """
    found: list[Exact] = [0] * len(states)
    waiting = [(layer, [_joined(list(column)) for column in zip(*states, strict=True)], list(range(len(states))))]
    while waiting:
        at, columns, rows = waiting.pop()
        if not rows:
            continue
        hidden = at < len(network.layers) - 1
        before, columns = columns, [_unit(row, columns, len(rows), scale, hidden, at > 0) for row in network.layers[at]]
        if not hidden:
            value = columns[0]
            for place, i in enumerate(rows):
                found[i] = value[place] if isinstance(value, list) else value
            continue
        for places in _parts(columns, before, len(rows)):
            kept = columns if len(places) == len(rows) else [_chosen(column, places) for column in columns]
            waiting.append((at + 1, kept, [rows[i] for i in places]))
    return found


Column = Exact | list[Exact]  # one value for all points, or one each


def _unit(row: DyadicRow, columns: list[Column], n: int, scale: int, hidden: bool, inner: bool) -> Column:
    if inner and hidden and row.shift == row.bias == 0 and len(row.weights) == 1 and row.weights[0][1] == 1:
        return columns[row.weights[0][0]]  # carried: it has passed a ReLU already
    alike: Exact = row.bias * scale
    apart: list[tuple[list[Exact], int]] = []
    for column, weight in row.weights:
        value = columns[column]
        if isinstance(value, list):
            apart.append((value, weight))
        else:
            alike += weight * value
    if not apart:
        return _finished(alike, row.shift, hidden)
    totals = [alike + sum(weight * values[i] for values, weight in apart) for i in range(n)]
    return _joined([_finished(total, row.shift, hidden) for total in totals])


def _finished(total: Exact, shift: int, hidden: bool) -> Exact:
    if hidden and total <= 0:
        return 0
    if shift == 0:
        return total
    if isinstance(total, int) and not total & ((1 << shift) - 1):
        return total >> shift
    return Fraction(total) / (1 << shift)


def _joined(values: list[Exact]) -> Column:
    return values[0] if values and values.count(values[0]) == len(values) else values


def _chosen(column: Column, places: list[int]) -> Column:
    return _joined([column[i] for i in places]) if isinstance(column, list) else column


def _parts(columns: list[Column], before: list[Column], n: int) -> list[list[int]]:
    """Return the places of points that share long numbers; only those are looked at that were not there a layer `before`."""
    known = {id(column) for column in before}
    fresh = [c for c in columns if isinstance(c, list) and id(c) not in known]
    long = [c for c in fresh if max(v.numerator.bit_length() for v in c) > LONG]
    shared = [c for c in long if len(set(c)) <= n // 2]
    if not shared:
        return [list(range(n))]
    parts: dict[tuple[Exact, ...], list[int]] = {}
    for i in range(n):
        parts.setdefault(tuple(c[i] for c in shared), []).append(i)
    return list(parts.values())
