"""The text formats of verification queries: VNN-LIB 1.0 and 2.0, numbers as plain decimals that read back exactly.

This file is part of the script that benchmark folders carry: Python 3.8 and its standard library only.
"""

from __future__ import annotations

import struct
from decimal import Decimal
from typing import List, Union

Term = Union[str, List["Term"]]
FLOAT, REAL = "float32", "real"  # what a query speaks of: the network in floats, or its function of real numbers


def box_around(point: list[float], epsilon: float) -> list[tuple[float, float]]:
    """Return the float32 bounds nearest to `x ± epsilon`."""
    return [(single(x - epsilon), single(x + epsilon)) for x in point]


def single(value: float) -> float:
    """Return the float32 nearest to a number."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def decimal(value: float) -> str:
    """Return a plain decimal that reads back as this number: no exponent, at least one digit after the point.

    >>> decimal(1e-05), decimal(3.0), decimal(single(0.1))
    ('0.00001', '3.0', '0.10000000149011612')
    """
    text = format(Decimal(repr(value)), "f")
    return text if "." in text else text + ".0"


def property_v1(box: list[tuple[float, float]], label: int, classes: int) -> str:
    """Return the VNN-LIB 1.0 query: is there an input of the box on which some score is at least the label's?

    >>> print(property_v1([(0.0, 1.0)], 0, 2).splitlines()[-2])
        (and (>= Y_1 Y_0))
    """
    lines = [f"; sat: an input of the box on which class {label} has not the single largest score"]
    lines += header_v1(len(box), classes)
    for i, (low, high) in enumerate(box):
        _refuse_empty(low, high)
        lines += [f"(assert (<= X_{i} {decimal(high)}))", f"(assert (>= X_{i} {decimal(low)}))"]
    others = [f"    (and (>= Y_{c} Y_{label}))" for c in range(classes) if c != label]
    return "\n".join([*lines, "(assert (or", *others, "))"]) + "\n"


def header_v1(n_inputs: int, n_outputs: int) -> list[str]:
    """Return the declarations of a query in VNN-LIB 1.0."""
    names = [*(f"X_{i}" for i in range(n_inputs)), *(f"Y_{c}" for c in range(n_outputs))]
    return [f"(declare-const {name} Real)" for name in names]


def property_v2(box: list[tuple[float, float]], label: int, classes: int, kind: str = FLOAT) -> str:
    """Return the same query in VNN-LIB 2.0, of numbers of that kind."""
    return version_2(bounds_v2(box), len(box), label, classes, kind)


def bounds_v2(box: list[tuple[float, float]], name: str = "X") -> list[str]:
    """Return the assertions that an input lies in a box."""
    bounds = []
    for i, (low, high) in enumerate(box):
        _refuse_empty(low, high)
        bounds += [f"(assert (<= {name}[0,{i}] {decimal(high)}))", f"(assert (>= {name}[0,{i}] {decimal(low)}))"]
    return bounds


def ball_property(point: list[float], label: int, radius: float, classes: int, kind: str = FLOAT) -> str:
    """Return the query on a Euclidean ball, `Σ (X_i − x_i)² ≤ r²`, in VNN-LIB 2.0."""
    gaps = [f"(- X[0,{i}] {decimal(x)})" if x >= 0 else f"(+ X[0,{i}] {decimal(-x)})" for i, x in enumerate(point)]
    squares = " ".join(f"(* {gap} {gap})" for gap in gaps)
    total = f"(+ {squares})" if len(gaps) > 1 else squares
    bound = f"(assert (<= {total} {decimal(single(radius * radius))}))"
    return version_2([bound], len(point), label, classes, kind)


def version_2(bounds: list[str], n_inputs: int, label: int, classes: int, kind: str) -> str:
    """Return a query in VNN-LIB 2.0: under these assertions, is some score at least the label's?"""
    others = [f"    (and (>= Y[0,{c}] Y[0,{label}]))" for c in range(classes) if c != label]
    return "\n".join([*header_v2(n_inputs, classes, kind), *bounds, "(assert (or", *others, "))"]) + "\n"


def header_v2(n_inputs: int, n_outputs: int, kind: str, names: tuple[str, str, str] = ("f", "X", "Y")) -> list[str]:
    """Return the first lines of a query in VNN-LIB 2.0 about one network; `names` are those of it, its input and output."""
    return ["(vnnlib-version <2.0>)", *network_v2(names[0], (names[1], n_inputs), (names[2], n_outputs), kind)]


def network_v2(name: str, given: tuple[str, int], made: tuple[str, int], kind: str) -> list[str]:
    """Return the declaration of a network by the names and sizes of its input and output."""
    return [
        f"(declare-network {name}",
        f"    (declare-input {given[0]} {kind} [1,{given[1]}])",
        f"    (declare-output {made[0]} {kind} [1,{made[1]}])",
        ")",
    ]


def _refuse_empty(low: float, high: float) -> None:
    if not low < high:
        raise ValueError("a box without volume crashes verifiers")


def labels_differ(box: list[tuple[float, float]], kind: str = FLOAT) -> str:
    """Return the query about two networks that print labels: is there an input of the box with different ones?"""
    lines = ["(vnnlib-version <2.0>)"]
    for name, given, made in (("f", "X", "Y"), ("g", "Z", "W")):
        lines += network_v2(name, (given, len(box)), (made, 1), kind)
    lines += bounds_v2(box)
    lines += [f"(assert (== Z[0,{i}] X[0,{i}]))" for i in range(len(box))]
    return "\n".join([*lines, "(assert (or", "    (and (< Y[0,0] W[0,0]))", "    (and (> Y[0,0] W[0,0]))", "))"]) + "\n"
