"""Queries of VNN-LIB 1.0 and 2.0, evaluated on values of their variables in exact rationals."""

import re
from dataclasses import dataclass
from fractions import Fraction
from operator import eq, ge, gt, le, lt, ne

from logwidth.errors import InputError
from logwidth.verifiers.assignment import NUMBER, VARIABLE, Tree, tree_of

COMPARISONS = {"<=": le, ">=": ge, "<": lt, ">": gt, "==": eq, "=": eq, "!=": ne}
TOLERANCE = Fraction(1, 10_000)  # how far an input may miss a bound, as scorers allow
Values = dict[str, list[Fraction]]


@dataclass(frozen=True)
class Declared:
    """A network that a query speaks of: its name, the names of its input and output, and the type of the latter."""

    name: str
    source: str
    sink: str
    kind: str = ""

    @property
    def real(self) -> bool:
        """Whether the query is about the network's function of real numbers."""
        return self.kind.lower() == "real"


class Formula:
    """A query's networks and assertions; raises InputError for a text that is none."""

    def __init__(self, text: str) -> None:
        body = "\n".join(line.split(";")[0] for line in text.splitlines())
        terms = [term for term in tree_of(body) if isinstance(term, list) and term]
        self.networks = [_network(term) for term in terms if term[0] == "declare-network"] or [Declared("f", "X", "Y")]
        self.assertions = [term[1] for term in terms if term[0] == "assert" and len(term) == 2]
        self.sources = {network.source for network in self.networks}
        if not self.assertions:
            raise InputError("it asserts nothing")

    def holds(self, values: Values) -> bool:
        """Return whether all assertions hold; a bound of one input by a number may be missed by 1e-4."""
        return all(self._true(term, values) for term in self.assertions)

    def _true(self, term: Tree, values: Values) -> bool:
        if isinstance(term, str) or not term or not isinstance(term[0], str):
            raise InputError(f"{term} is no formula")
        operator, *parts = term
        if operator == "and":
            return all(self._true(part, values) for part in parts)
        if operator == "or":
            return any(self._true(part, values) for part in parts)
        if operator == "not" and len(parts) == 1:
            return not self._true(parts[0], values)
        if operator not in COMPARISONS or len(parts) != 2:
            raise InputError(f"{operator} is no comparison of two terms")
        return self._compared(str(operator), parts, values)

    def _compared(self, operator: str, parts: list[Tree], values: Values) -> bool:
        left, right = (_value(part, values) for part in parts)
        if operator in ("<=", "<", ">=", ">") and self._bounds_an_input(parts):
            slack = TOLERANCE if operator in ("<=", "<") else -TOLERANCE
            return bool(COMPARISONS[operator](left, right + slack))
        return bool(COMPARISONS[operator](left, right))

    def _bounds_an_input(self, parts: list[Tree]) -> bool:
        """Return whether one side is an input and the other a number."""
        found = [VARIABLE.fullmatch(part) if isinstance(part, str) else None for part in parts]
        numbers = [isinstance(part, str) and NUMBER.fullmatch(part) is not None for part in parts]
        return any(match and match[1] in self.sources and numbers[1 - k] for k, match in enumerate(found))


def _network(term: list[Tree]) -> Declared:
    """Return the names in a declaration of a network with one input and one output."""
    given = [part for part in term if isinstance(part, list) and part[0] == "declare-input"]
    made = [part for part in term if isinstance(part, list) and part[0] == "declare-output"]
    if [len(part) for part in (*given, *made)] != [4, 4]:
        raise InputError("a network has not one input and one output")
    return Declared(str(term[1]), str(given[0][1]), str(made[0][1]), str(made[0][2]))


def _value(term: Tree, values: Values) -> Fraction:
    if isinstance(term, str):
        return _leaf(term, values)
    operator, *parts = term
    numbers = [_value(part, values) for part in parts]
    if operator == "+":
        return sum(numbers, Fraction(0))
    if operator == "-" and numbers:
        return -numbers[0] if len(numbers) == 1 else numbers[0] - sum(numbers[1:], Fraction(0))
    if operator == "*":
        product = Fraction(1)
        for number in numbers:
            product *= number
        return product
    raise InputError(f"{operator} is no operation of numbers")


def _leaf(term: str, values: Values) -> Fraction:
    if NUMBER.fullmatch(term):
        return Fraction(term)
    match = VARIABLE.fullmatch(term)
    if match is None or match[1] not in values:
        raise InputError(f"{term} is no number and no variable of the networks")
    place = re.findall(r"\d+", match[2] or match[3] or "")
    return values[match[1]][int(place[-1])]
