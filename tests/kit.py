"""What the tests of networks share: data families, built networks, exact attacks, an evaluator that rounds badly."""

import itertools
import zlib
from fractions import Fraction

import numpy as np
import pytest

from logwidth.certify.balls.witness import in_ball
from logwidth.certify.leads.first_layer import Extremes, domain_within
from logwidth.construct import CONSTRUCTIONS, Folds, Plan, Pruning
from logwidth.construct.folded import build_folded, build_folded_list
from logwidth.construct.scores.collapse import testing_order
from logwidth.dataset import Dataset, load
from logwidth.maps import check_map, random_map, search_map
from logwidth.network import AffineLayer, ReluNetwork, evaluate_exactly


def domain_around(first, points, norm, reach):
    """What is known on the balls around points."""
    return domain_within(first, Extremes.of(first, points), norm, reach)


def rng_of(*words):
    """A generator that depends on the words only."""
    return np.random.default_rng(zlib.crc32(repr(words).encode()))


def cloud(name, n, d, classes, spread=20):
    """Distinct integer points, classes as equal as possible."""
    rng = rng_of("cloud", name, n, d, classes)
    points = np.unique(rng.integers(-spread, spread + 1, size=(4 * n, d)), axis=0)
    points = points[rng.permutation(len(points))[:n]].astype(float)
    return Dataset(points, rng.permutation(np.arange(len(points)) % classes))


def thinned(name, step=3):
    """Every third row of a built-in data set: real shapes, and searches that take a tenth of the time."""
    data = load(name)
    return Dataset(data.points[::step], data.labels[::step])


def _with_copies():
    data = cloud("copies", 6, 2, 2)
    return Dataset(np.concatenate([data.points, data.points[:3]]), [*data.labels, *data.labels[:3]])


FAMILIES = {
    "two samples": lambda: Dataset([[0.0, 0.0], [3.0, 4.0]], [5, -2]),
    "two on a line": lambda: Dataset([[0.25], [-7.0]], [0, 1]),
    "line": lambda: cloud("line", 9, 1, 2),
    "line of three": lambda: cloud("line", 8, 1, 3),
    "plane": lambda: cloud("plane", 9, 2, 2),
    "plane of three": lambda: cloud("plane", 8, 2, 3),
    "lone and many": lambda: Dataset(cloud("lone", 7, 2, 1 + 1).points, [0, 1, 1, 1, 1, 1, 1]),
    "many and lone": lambda: Dataset(cloud("lone", 7, 3, 1 + 1).points, [0, 0, 0, 0, 0, 0, 9]),
    "all alone": lambda: Dataset(cloud("alone", 5, 3, 2).points, [3, 1, 4, 15, 9]),
    "lone in the middle": lambda: Dataset(cloud("middle", 7, 2, 2).points, [0, 0, 1, 2, 2, 2, 3]),
    "copies": _with_copies,
    "seven classes": lambda: cloud("seven", 14, 6, 7),
    "space": lambda: cloud("space", 16, 5, 4),
    "far from zero": lambda: Dataset(cloud("far", 8, 3, 2).points + 1000.0, np.arange(8) % 2),
    "tiny": lambda: Dataset(cloud("tiny", 8, 3, 3).points * 2.0**-90, np.arange(8) % 3),
    "huge": lambda: Dataset(cloud("huge", 8, 3, 3).points * 2.0**90, np.arange(8) % 3),
    "wide labels": lambda: Dataset(cloud("labels", 6, 2, 2).points, [-1000, 70000, 0, -1000, 70000, 0]),
}


def plan_of(data, ratio, dtype, matrix=None, norm=2.0):
    """The order that the pipeline would give."""
    d = data.n_features
    found = check_map(data, np.eye(d) if matrix is None else matrix, norm=norm)
    radius = ratio * found.distance_lower / 2
    return Plan(
        data.points, data.labels, data.values, found.matrix, radius, found.distance_lower, dtype, norm, found.image_norm
    )


def low_rank(data, rank, name, rng=0):
    """A map of lower rank that a construction can use, and the norm of the balls."""
    home = CONSTRUCTIONS[name].home
    if home in (1.0, np.inf):
        return search_map(data, rank, norm=home, rng=rng).matrix, home
    return random_map(data, rank, rng=rng).matrix, 2.0


def serves(name, data):
    return CONSTRUCTIONS[name].serves(np.bincount(data.labels))


COUNTS = {family: np.bincount(make().labels) for family, make in FAMILIES.items()}


NEAREST = ("chebyshev", "manhattan", "minkowski")


def _case(name, dtype, family):
    """A case by day if the format is the construction's first or the family is a plain one, else by night.

    The nearest-sample networks share most of their code: by day each goes over some families only.
    """
    plain = family in ("plane", "lone and many", "two samples")
    quick = dtype == CONSTRUCTIONS[name].dtypes[0] or plain
    if name.startswith(NEAREST):
        quick = dtype == "float32" and (plain or family in ("two on a line", "line of three", "copies", "tiny"))
    if CONSTRUCTIONS[name].reference:  # its networks are deep
        quick = quick and family not in ("seven classes", "space", "huge", "many and lone", "all alone", "plane of three")
    return pytest.param(name, dtype, family, marks=() if quick else pytest.mark.slow)


CASES = [
    _case(name, dtype, family)
    for name, spec in CONSTRUCTIONS.items()
    for dtype in spec.dtypes
    for family in FAMILIES
    if spec.serves(COUNTS[family])
]


def build(name, data, ratio=0.9, dtype="float32", matrix=None, norm=None):
    plan = plan_of(data, ratio, dtype, matrix, CONSTRUCTIONS[name].home if norm is None else norm)
    return plan, CONSTRUCTIONS[name].build(plan)


def sizes_in_order(name, plan):
    """Distinct samples per class in the order in which the construction meets the classes."""
    order = testing_order(plan) if name == "collapse" else range(plan.n_classes)
    return [len(np.unique(plan.points[plan.labels == c], axis=0)) for c in order]


def reads(output, values, rule):
    """The label value that is read off an output, None where no label is printed exactly."""
    if rule == "exact":
        return next((v for v in values if output == v), None)
    return min(values, key=lambda v: abs(output - v)) if np.isfinite(float(output)) else None


def overlaps(data, radii, norm=2):
    """Opposite pairs whose balls of these radii meet: never all proven, for no network gives both labels."""
    pairs = [(i, j) for i, j in itertools.combinations(range(data.n_samples), 2) if data.labels[i] != data.labels[j]]
    gaps = {(i, j): data.points[i] - data.points[j] for i, j in pairs}
    sizes = {pair: np.linalg.norm(gap / np.abs(gap).max(), ord=norm) * np.abs(gap).max() for pair, gap in gaps.items()}
    return [(i, j) for i, j in pairs if min(radii[i], radii[j]) > 0 and radii[i] + radii[j] > sizes[i, j] * (1 + 1e-12)]


def worst_points(data, i, radius, norm=2, share=1 - 2.0**-45, most=3):
    """Float points in the ball of sample i towards the nearest opposite samples, and the centre; membership is exact."""
    others = data.points[data.labels != data.labels[i]] - data.points[i]
    others = others[np.argsort(np.linalg.norm(others / np.abs(others).max(), axis=1))[:most]]
    lengths = np.linalg.norm(others / np.abs(others).max(), ord=norm, axis=1) * np.abs(others).max()
    steps = others * (share * radius / lengths)[:, None]
    if norm == 1:
        axis = np.argmax(np.abs(others), axis=1)
        steps = np.zeros_like(others)
        steps[np.arange(len(others)), axis] = np.sign(others[np.arange(len(others)), axis]) * radius * share
    if np.isinf(norm):
        steps = np.sign(others) * radius * share
    points = np.concatenate([data.points[i][None, :], data.points[i] + steps])
    return np.array([x for x in points if in_ball(x, data.points[i], radius, norm)])


def survives_exactly(network, data, i, radius, rule, norm=2):
    """Whether the network in rational arithmetic returns the label at the worst points of a ball."""
    value = data.values[data.labels[i]]
    return all(
        reads(evaluate_exactly(network, x.tolist())[0], data.values, rule) == value
        for x in worst_points(data, i, radius, norm)
    )


def survives_floats(network, data, i, radius, rule, norm=2, share=1 - 1e-6):
    """Whether it does so under two orders of summation (others for other samples), fused and not."""
    value = data.values[data.labels[i]]
    points = worst_points(data, i, radius, norm, share)
    return all(
        reads(float(y), data.values, rule) == value
        for order, fused in itertools.product(ORDERS[i % 3 :: 3], (False, True))
        if network.dtype == "float32" or not fused
        for y in adversary(network, points, order, fused=fused)[0]
    )


# --- an evaluator with any order of summation, with or without fused multiply-add

ORDERS = ("forward", "backward", "shuffled", "pairwise", "large first", "small first")


def fma32(a, b, c):
    """`a·b + c` rounded once to float32. The product is exact in float64 and the sum is rounded to odd there."""
    product, c = np.float64(a) * np.asarray(b, np.float64), np.asarray(c, np.float64)
    total = np.atleast_1d(product + c)
    back = total - product
    error = (product - (total - back)) + (c - back)  # TwoSum
    bits = total.view(np.int64)
    even = (bits & 1) == 0
    total = np.where((error != 0) & even, np.nextafter(total, np.where(error > 0, np.inf, -np.inf)), total)
    return total.astype(np.float32).reshape(np.shape(product))


def adversary(network, points, order="forward", *, fused=False, seed=0, depth=None):
    """Outputs `(n_outputs, n)` (or the activations of hidden layer `depth`) under one way of summing."""
    kind, rng = np.dtype(network.dtype).type, np.random.default_rng(seed)
    value = np.asarray(points, dtype=np.float64).astype(kind).T
    for number, layer in enumerate(network.layers, start=1):
        rows = [_unit(layer.row(i), layer.bias[i], value, order, fused, rng) for i in range(layer.n_outputs)]
        value = np.array(rows).reshape(layer.n_outputs, -1)
        if number <= network.depth:
            value = np.maximum(value, kind(0))
        if number == depth:
            break
    return value


def _unit(row, bias, value, order, fused, rng):
    kind = value.dtype.type
    terms = [(kind(w), value[c]) for c, w in row.items()] + [(kind(1), np.full(value.shape[1], bias))]
    terms = _arranged(terms, order, rng)
    if fused:
        total = np.zeros(value.shape[1], dtype=kind)
        for w, v in terms:
            total = fma32(w, v, total)
        return total
    return _summed([w * v for w, v in terms], order)


def _summed(products, order):
    while order == "pairwise" and len(products) > 1:
        products = [sum(products[k : k + 2][1:], products[k]) for k in range(0, len(products), 2)]
    total = products[0]
    for product in products[1:]:
        total = total + product
    return total


def _arranged(terms, order, rng):
    if order == "backward":
        return terms[::-1]
    if order == "shuffled":
        return [terms[k] for k in rng.permutation(len(terms))]
    if order in ("large first", "small first"):
        return sorted(terms, key=lambda t: float(np.abs(t[0] * t[1]).max(initial=0)), reverse=order == "large first")
    return terms


# --- changing a network


def dense(network):
    return [(layer.dense().copy(), layer.bias.copy()) for layer in network.layers]


def of_dense(layers):
    built = [AffineLayer.from_dense(W, b) for W, b in layers]
    return ReluNetwork(tuple(built[:-1]), built[-1])


def changed(network, layer, *, weight=None, bias=None, to):
    """The network with one number replaced: `weight = (row, column)` or `bias = row`."""
    layers = dense(network)
    if weight is not None:
        layers[layer][0][weight] = to(layers[layer][0][weight])
    else:
        layers[layer][1][bias] = to(layers[layer][1][bias])
    return of_dense(layers)


SCALED = {"register": (1, "ss0", "0"), "cells": (0, "s0", "0"), "list": (0, "s", "0")}  # twins; units beside z, at the end


def rescaled(name, family, *, inputs=0, z=0, scores=0, room=64.0):
    """A network in double precision and its data, in other units: by powers of two, but for what over- or underflows.

    Inputs are multiplied by `2^inputs`, coordinates by `2^z`, scores by `2^scores`; the rest is made up for. Coordinates are
    `room` larger than the builder would have them, so that larger balls are not clipped either.
    """
    data = FAMILIES[family]()
    plan, built = build(name, data, 0.9, "float64")
    layers, (twins, units, end) = dense(built.network), SCALED[name]
    m = len(layers[0][1]) - twins
    layers[0][1][:m] += room
    before = np.full(data.n_features, inputs)
    for k, (W, b) in enumerate(layers):
        beside = units if len(b) == m + len(units) and 0 < k < len(layers) - 1 else end
        powers = [scores if unit == "s" else 0 for unit in beside]
        powers = [z] * (m + twins) if k == 0 else [*[z] * (len(b) - len(beside)), *powers]
        if k and W.shape[1] >= m:
            b[len(b) - len(beside) :] -= room * W[len(b) - len(beside) :, :m].sum(axis=1)
        with np.errstate(under="ignore", over="ignore"):
            W[:], b[:] = np.ldexp(W, np.subtract.outer(powers, before)), np.ldexp(b, powers)
        before = np.array(powers)
    return Dataset(np.ldexp(data.points, inputs), data.labels), of_dense(layers), float(np.ldexp(plan.radius, inputs))


def exact_norm_power(vector, q):
    """`‖v‖_q^q` (the norm itself for q = ∞) as a rational."""
    parts = [abs(Fraction(float(v))) for v in vector]
    return max(parts) if np.isinf(q) else sum((v ** int(q) for v in parts), Fraction(0))


def pruned_prototypes(plan, *, seed=0, effort="normal"):
    return Pruning(plan, seed, effort).pruned()


def covering_prototypes(plan):
    return Pruning(plan).cover()


def shortfall(plan, pieces, matrix):
    """By how much, per sample, the best own piece misses its lead of 0 on the ball: straight from the definition."""
    Y, C = plan.points @ matrix.T, pieces.centres @ matrix.T
    a = 2 * Y @ C.T - (C * C).sum(axis=1) + pieces.offsets
    worst = []
    for i, label in enumerate(plan.labels):
        own, other = np.flatnonzero(pieces.classes == label), np.flatnonzero(pieces.classes != label)
        gaps = 2 * plan.radius * np.linalg.norm(C[own][:, None] - C[other][None], axis=2)
        worst.append((gaps - (a[i, own][:, None] - a[i, other][None])).max(axis=1).min())
    return np.array(worst)


def behind_a_fold(*, share_cells=True, build=build_folded):
    """Three classes, a radius, and their network behind a fold of two hinges: cells, the scores of all samples, or lists."""
    rng = np.random.default_rng(5)
    centres = [[0, 0, 0], [4, 0, 1], [0, 4, -1], [4, 4, 0], [8, 1, 0], [2, 8, 1]]  # no class is all on one side
    points = np.concatenate([rng.normal(size=(6, 3)) * 0.5 + centre for centre in centres])
    data = Dataset(points, np.repeat([0, 1, 1, 0, 2, 2], 6))
    folds = Folds(
        P=np.array([[1.0, 0.1, 0.0], [0.0, 1.0, 0.2]]), A=np.array([[0.5, 0.5, 0.1], [0.3, -0.4, 0.2]]),
        t=np.array([[1.0, 0.2]]), B=np.zeros((0, 2, 2)), b=np.zeros((0, 2, 2)), E=np.array([[[0.3, 0.2], [-0.2, 0.3]]]),
        moves=np.zeros((36, 2)), offsets=np.zeros(36), gap=0.2,
    )  # fmt: skip
    radius = 0.2
    plan = Plan(points, data.labels, data.values, np.eye(2, 3), radius, 2 * radius, share_cells=share_cells, folds=folds)
    return data, radius, build(plan)


def ring_behind_a_fold(samples=8):
    """Two classes in turn on a ring, whose balls no halfspace cuts off whole, a radius, and their list behind a fold."""
    angles = 2 * np.pi * np.arange(samples) / samples
    points = np.column_stack([np.cos(angles), np.sin(angles), 0.3 * np.cos(3 * angles)])
    data, radius = Dataset(points, np.arange(samples) % 2), 0.29
    folds = Folds(
        P=np.eye(2, 3), A=np.array([[0.8, 0.5, 0.2]]), t=np.array([[0.1]]), B=np.zeros((0, 1, 2)), b=np.zeros((0, 1, 1)),
        E=np.array([[[0.15], [0.1]]]), moves=np.zeros((samples, 2)), offsets=np.zeros(samples), gap=0.01,
    )  # fmt: skip
    plan = Plan(points, data.labels, data.values, np.eye(2, 3), radius, 2 * radius, dtype="float64", folds=folds)
    return data, radius, build_folded_list(plan)


def read_above(network):
    """The network of cells whose output reads κ + 1 for κ: right where κ is counted, wrong where the last cell clears it."""
    last, out = network.hidden[-1], network.output
    (weight,) = out.dense()[0]
    above = AffineLayer.from_dense(np.repeat(last.dense(), 2, axis=0), last.bias[[0, 0]] + np.array([0, 1], last.bias.dtype))
    moved = AffineLayer.from_dense(np.array([[0, weight]], out.bias.dtype), out.bias - weight)
    return ReluNetwork((*network.hidden[:-1], above), moved)
