#!/usr/bin/env python3
"""Check a logwidth run without logwidth: numpy, onnx's parser, this file.

    python check_logwidth.py RUN DATA.npz        # RUN holds network.onnx and certificate.json, DATA holds X and y

Claim checked, for every row x_i of X: for every real x with ||x - x_i||_p <= radius the network of network.onnx, evaluated
in its float format with round to nearest (inputs rounded first, any order of summation, fused or not, gradual underflow),
returns exactly the label value of y_i. p and radius are those of certificate.json; nothing else is taken from there. Exit
status: 0 every ball is proven, 3 some are not (that does not say that the claim is false), 2 the files cannot be used.

Where network.onnx names `feature_scales` s, powers of two, the balls are ||(x - x_i) / s||_p <= radius, x and X as the network
reads them: x / s and W s are these numbers, exactly, and everything below is about them.

Where it names `unit_scales`, exponents e_u, the weight from unit v to unit u is 2^(e_u - e_v) times that of the network that is
checked, and the bias 2^e_u times: the same function, and the same float operations in formats with other least and largest
numbers, of which the worst are taken here. Products by +-2^k, k >= 0, must stay exact. Known for register and cells.

Known are chains of Gemm and Relu of four forms, and the first three behind folding layers. All hold z = T x + b >= 0 in m units of every layer and read affine pieces
a_t(z) = <w_t, z> + beta_t off them; u is the unit roundoff, E bounds the error of one computed piece.
  register  s + r is the running maximum of the pieces, kept to 2uS; k <- ReLU(k - rate r + inc) is 0 after the true class if
            that class's best piece leads all others by 2R(1 + small)/rate + 2E + 6uS, R the largest register value.
  collapse  stage by stage: S = max(own) + K loses rate * ReLU(a_j + K - S) for every later piece j. The tested class is
            right if it leads by 2E + 3uS + 2uK, another one if it leads by that and (S + K)/rate. A hit is parked in
            coordinate 0.
  cells     v = min of a cell's halfspaces; k <- ReLU(k - rate ReLU(v) + inc). Right if some own cell has v >= R/rate + E and
            every cell of a later class has a halfspace <= -E, on the whole ball.
  boxes     z = s x + b with s a power of two and z between 2^(p-1) and 2^p is rounded to a whole number; w = clip(z - 2^(p-1), 0,
            2^(p-2)). x <- ReLU(l_t - l_(t-1) + x) and e = ReLU(l_n - x) take the least of sides l of one w each, in whole
            numbers throughout; k <- ReLU(k - rate e) is 0 once a box of a run held, then k <- k + code ReLU(1 - k). Right if an
            own box holds the ball and no later box of another class touches it.
  folded    any ReLU layers u_l = W_l s + b_l, then a form that reads z = T s + b off the last. A lead (or a side) <v, z> + c is bounded below
            backwards: v ReLU(u) >= v t u for v >= 0 and any t in [0, 1], and it is v u or 0 for v < 0: both are followed.
With boxes a second claim is checked where certificate.json has one ("rejection"): for every real x with |x_j| <= inputs_upper
that is farther than its radius from every row of X, the network returns exactly its value. Right if that value is what holds
where no box does, and every box of another value, a whole number wider, can be cut into parts with a row within the radius.
A piece's lead changes by at most radius * ||T^t (w_s - w_j)||_q on a ball. Every computation here is float64; FUZZ times the
sum of the magnitudes of its terms exceeds its error (fewer than 4096 terms: 4096 * 2^-53 = 2^-41), and is given away.
"""

import json
import sys
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import onnx
from onnx import numpy_helper

FUZZ = 2.0**-40
UP = 1.0 + 2.0**-30
SMALLEST = 2.0**-1070  # more than what the underflow of one operation here loses
LOST = 2.0**-1050  # more than what that of 2048 * 2048 operations loses
UNITS = {"float32": (2.0**-24, 2.0**-150, 2.0**127), "float64": (2.0**-53, 2.0**-1074, 2.0**1023)}


class Refused(ValueError):
    """The file is not of a form that this checker knows."""


def need(truth, text):
    if not truth:
        raise Refused(text)


# --- reading


def read_chain(content):
    """The layers [(W, b), ...] of a plain chain Gemm, Relu, ..., Gemm with embedded weights, and the metadata."""
    model = onnx.ModelProto()
    try:
        model.ParseFromString(content)
    except Exception as problem:
        raise Refused(f"network.onnx is damaged: {problem}") from problem
    graph, nodes = model.graph, list(model.graph.node)
    need(not (model.functions or graph.sparse_initializer or graph.quantization_annotation), "unusual parts in the file")
    need(not any(n.overload for n in nodes) and 1 <= model.ir_version <= onnx.IR_VERSION, "a later kind of file")
    need([n.op_type for n in nodes] == ["Gemm", "Relu"] * (len(nodes) // 2) + ["Gemm"], "not a chain of Gemm and Relu")
    need(len(graph.input) == len(graph.output) == 1, "not one input and one output")
    need(len(model.opset_import) == 1 and model.opset_import[0].domain in ("", "ai.onnx"), "foreign operators")
    need(13 <= model.opset_import[0].version <= onnx.defs.onnx_opset_version(), "an unknown set of operators")
    need(all(n.domain in ("", "ai.onnx") and len(n.output) == 1 for n in nodes), "foreign operators")
    tensors = {t.name: t for t in graph.initializer}
    made = [graph.input[0].name, *(n.output[0] for n in nodes)]
    need(
        len(tensors) == len(graph.initializer) and len({*made, *tensors}) == len(made) + len(tensors), "a name occurs twice"
    )
    need("" not in {*made, *tensors}, "a value has no name, so that reading it may mean reading nothing")
    need(made[-1] == graph.output[0].name, "the last layer is not the output")
    layers = []
    for source, node in zip(made, nodes, strict=False):
        need(node.input[0] == source, "the layers are not in a row")
        kinds = {
            "alpha": 1,
            "beta": 1,
            "transA": 2,
            "transB": 2,
        }  # FLOAT and INT: what a runtime reads of another type is open
        need(all(a.type == kinds.get(a.name) and not a.ref_attr_name for a in node.attribute), "an unusual attribute")
        attributes = {a.name: a.i if a.type == 2 else a.f for a in node.attribute}
        need(len(attributes) == len(node.attribute), "an attribute occurs twice")
        if node.op_type == "Relu":
            need(len(node.input) == 1 and not attributes, "an unusual Relu")
            continue
        plain = {"alpha": 1.0, "beta": 1.0, "transA": 0, "transB": 1}
        need(len(node.input) == 3 and {**plain, "transB": 0, **attributes} == plain, "an unusual Gemm")
        arrays = []
        for name in node.input[1:]:
            tensor = tensors.get(name)
            need(
                tensor is not None and tensor.data_type in (1, 11) and tensor.data_location == 0, "weights are not embedded"
            )
            others = ("external", "float", "double", "int32", "int64", "uint64", "string")
            need(not any(getattr(tensor, f"{kind}_data") for kind in others), "weights are not stored plainly")
            need(min(tensor.dims, default=0) > 0 and not tensor.HasField("segment"), "weights are not stored plainly")
            arrays.append(numpy_helper.to_array(tensor))
        W, b = arrays
        need(W.ndim == 2 and b.shape == W.shape[:1] and W.dtype == b.dtype, "weights and biases do not fit")
        need(not layers or (W.shape[1], W.dtype) == (layers[-1][0].shape[0], layers[-1][0].dtype), "layers do not fit")
        need(bool(np.isfinite(W).all() and np.isfinite(b).all()), "a weight is not finite")
        layers.append((W, b))
    need(len(layers) >= 3, "too few layers")
    declared = {v.type.tensor_type.elem_type for v in (graph.input[0], graph.output[0])}
    shape = [d.dim_value for d in graph.input[0].type.tensor_type.shape.dim]
    kind = {"float32": 1, "float64": 11}[str(layers[0][0].dtype)]
    need(declared == {kind} and len(shape) == 2 and shape[1] == layers[0][0].shape[1], "the input is declared otherwise")
    notes = {p.key: p.value for p in model.metadata_props}
    need(len(notes) == len(model.metadata_props), "a note about the network occurs twice")
    return layers, notes


@dataclass
class Unit:
    """One unit: weights on the carried z, weights on the further units before it, bias."""

    z: np.ndarray
    extra: np.ndarray
    bias: float

    def reads(self, *extra, z=False, bias=None):
        """Whether the unit reads exactly these further units (and z only if allowed, with exactly this bias if given)."""
        same = list(self.extra) == list(extra)
        return same and (z or not self.z.any()) and (bias is None or self.bias == bias)


def split(layer, m, first_also=False):
    """The further units of a layer that copies z; what unit 0 reads beside z must be nothing unless `first_also`."""
    W, b = (a.astype(np.float64) for a in layer)
    need(len(b) > m and np.array_equal(W[:m, :m], np.eye(m)) and not b[:m].any() and not W[1:m, m:].any(), "z is not copied")
    need(first_also or not W[0, m:].any(), "coordinate 0 is changed")
    return [Unit(W[k, :m], W[k, m:], float(b[k])) for k in range(m, len(b))], W[0, m:]


def alone(layer, m):
    """The units of a layer that carries no z."""
    W, b = (a.astype(np.float64) for a in layer)
    return [Unit(W[k, :m], W[k, m:], float(b[k])) for k in range(len(b))]


def whole(*numbers, limit=2.0**24):
    return all(float(v).is_integer() and abs(v) <= limit for v in numbers)


# --- what is known of z on the balls


def norms(rows, q):
    """The norms of the rows; they are scaled first, since a power of a small entry underflows."""
    scale = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)
    return np.linalg.norm(rows / np.where(scale > 0, scale, 1.0), ord=q, axis=1) * scale[:, 0] * UP + SMALLEST * (
        scale[:, 0] > 0
    )


@dataclass
class Ground:
    """The first layer on all balls: 0 <= lower <= z <= upper, and how much computed coordinates err."""

    T: np.ndarray
    b: np.ndarray
    twin: float | None
    X: np.ndarray
    radius: float
    q: float
    unit: float
    tiny: float
    most: float
    scales: np.ndarray
    z: np.ndarray = field(init=False)
    far: tuple | None = None  # what is claimed far from all rows: value, radius, p, inputs_upper
    far_proven: bool = False

    def __post_init__(self):
        need(max(self.T.shape) < 2048, "too many features")
        reach = np.abs(self.X).max(axis=0) + self.radius * UP
        size = (np.abs(self.T) @ reach + np.abs(self.b)) * UP
        if self.twin is not None:
            size[0] = max(size[0], (np.abs(self.T[0]) @ reach + abs(self.twin)) * UP)
        n = self.T.shape[1]
        need(
            float(max(size.max(), reach.max(), (reach * self.scales).max())) * 4 < self.most and (n + 6) * self.unit < 0.01,
            "the first layer may overflow",
        )
        lost = np.abs(self.T) @ np.maximum(1.0, 1.0 / self.scales)  # an input that underflows where it is read
        underflow = (lost + n + 1) * self.tiny * 2 * UP
        self.error = (
            ((n + 6) * self.unit * 1.02 * size + underflow) * UP + FUZZ * size + LOST
        )  # the network's, and this file's in z
        self.z = self.X @ self.T.T + self.b
        swing = (norms(self.T, self.q) * self.radius + self.error) * UP
        self.lower, self.upper = self.z.min(axis=0) - swing, (self.z.max(axis=0) + swing) * UP
        need(bool((self.lower >= 0).all()), "the first ReLU may clip a ball")

    def size(self, w, beta):
        """Bounds on sum |w z| + |beta| on the balls."""
        return (np.abs(w) @ self.upper + np.abs(beta)) * UP

    def held(self, w, beta, slack):
        """Bounds on what the running minimum of a cell's halfspaces holds before each row: l_t - min(l_1, ..., l_t)."""
        up, down = np.maximum(w, 0), np.minimum(w, 0)
        top, bottom = up @ self.upper + down @ self.lower + beta, up @ self.lower + down @ self.upper + beta
        found = np.maximum(top - np.minimum.accumulate(bottom) + slack, 0.0) * UP
        found[0] = 0.0
        return found

    def dot(self, size):
        """The error of one computed piece with terms of this total size."""
        m = len(self.b)
        return ((m + 4) * self.unit * 1.02 * size + (m + 5) * self.tiny * 2) * UP

    def top(self, w, beta):
        """A bound on the largest piece and 0 on the balls."""
        gain = np.maximum(w, 0) @ self.upper + np.minimum(w, 0) @ self.lower + beta
        return max(0.0, float((gain + FUZZ * self.size(w, beta)).max())) * UP


@dataclass
class Folds(Ground):
    """The same for z = T s + b, s what the folding layers `below` make of x: bounds ball by ball."""

    below: list = field(default_factory=list)

    def __post_init__(self):
        self.chain = [*self.below, (self.T, self.b)]
        need(max(max(W.shape) for W, _ in self.chain) < 2048, "too many features")
        top, state = (np.abs(self.X) + self.radius) * UP, self.X
        self.low, self.high, self.tops, self.off = [], [], [top], None
        for layer, (W, b) in enumerate(self.chain):
            size = (self.tops[-1] @ np.abs(W).T + np.abs(b)) * UP
            u, n = state @ W.T + b, W.shape[1]
            if layer == 0:
                wide = norms(W, self.q) * self.radius * UP
                low, high = u - wide, u + wide
            else:
                up, down = np.maximum(W, 0).T, np.minimum(W, 0).T
                least, most = np.maximum(self.low[-1], 0), np.maximum(self.high[-1], 0)
                low, high = least @ up + most @ down + b, most @ up + least @ down + b
            self.low.append(low - FUZZ * size - LOST)
            self.high.append(high + FUZZ * size + LOST)
            read = 0 if self.off is None else self.off @ np.abs(W).T * UP
            lost = (
                np.maximum(1.0, 1.0 / self.scales) if layer == 0 else np.ones(n)
            )  # an input that underflows where it is read
            below = (np.abs(W) @ lost + n + 5) * self.tiny * 2 * UP
            need((n + 6) * self.unit < 0.01, "the layers may err by too much")
            self.off = (read + (n + 6) * self.unit * 1.02 * (size + read) + below) * UP
            inputs = self.tops[-1] * np.maximum(1.0, self.scales) if layer == 0 else self.tops[-1]
            need(float((size + self.off).max() + inputs.max()) * 4 < self.most, "the folds may overflow")
            self.tops.append(np.maximum(self.high[-1], 0) * UP)
            state = np.maximum(u, 0)
        self.z, self.error = u, self.off.max(axis=0)
        if self.twin is not None:  # its bias may be the larger one
            self.error[0] += (self.T.shape[1] + 6) * self.unit * 1.02 * max(0.0, abs(self.twin) - abs(self.b[0])) * UP
        self.lower = (self.low[-1] - self.off).min(axis=0)
        self.upper = (self.high[-1] + self.off).max(axis=0) * UP
        need(bool((self.lower >= 0).all()), "a coordinate behind the folds may be clipped")

    def least(self, i, V, c, t, cut):
        """Lower bounds on V z + c on ball i, for slopes t `(n, len(cut))` of the hinges `cut` that may switch there."""
        found = np.full(len(V), np.inf)
        for bits in product((0.0, 1.0), repeat=len(cut)):
            v, value, slack, lost = V, c.copy(), np.abs(c), LOST
            for layer in range(len(self.chain) - 1, -1, -1):
                W, b = self.chain[layer]
                if layer < len(self.below):
                    slope = np.repeat((self.low[layer][i] >= 0).astype(float)[None], len(v), axis=0)
                    for k, (at, unit) in enumerate(cut):
                        if at == layer:
                            slope[:, unit] = np.where(v[:, unit] >= 0, t[:, k], bits[k])
                    v = v * slope
                slack = slack + np.abs(v) @ (np.abs(W) @ self.tops[layer][i] + np.abs(b))
                value, v = value + v @ b, v @ W
                lost += W.size * SMALLEST * (1 + self.tops[layer][i].sum())  # a coefficient may underflow, what it reads not
            bound = value + v @ self.X[i] - self.radius * UP * norms(v, self.q) - 4 * FUZZ * slack - lost
            found = np.minimum(found, np.where(np.isnan(bound), -np.inf, bound))
        return found

    def leads(self, own, opposite, rows, wanted):
        (ws, bs), (wj, bj) = own, opposite
        good = np.zeros(len(rows), dtype=bool)
        for k, i in enumerate(rows.tolist()):
            cut = self.cuts(i)
            if len(cut) > 10:
                continue
            open_pieces = np.arange(len(bj))
            for s in np.argsort(-(ws @ self.z[i] + bs))[:4]:
                V, c = ws[s] - wj[open_pieces], bs[s] - bj[open_pieces]
                needed = (wanted + np.abs(V) @ self.off[i]) * UP + FUZZ * (
                    (np.abs(ws[s]) + np.abs(wj[open_pieces])) @ self.upper
                )
                needed = needed + FUZZ * (np.abs(bs[s]) + np.abs(bj[open_pieces]))
                open_pieces = open_pieces[self.missing(i, V, c, needed, cut)]
                if not open_pieces.size:
                    break
            good[k] = not open_pieces.size
        return good

    def cuts(self, i):
        """The hinges (layer, unit) that may switch on ball i."""
        return [
            (layer, int(unit))
            for layer in range(len(self.below))
            for unit in np.flatnonzero((self.low[layer][i] < 0) & (self.high[layer][i] > 0))
        ]

    def chords(self, i, V, cut):
        chord = np.array([self.high[a][i, b] / (self.high[a][i, b] - self.low[a][i, b]) for a, b in cut])
        return np.repeat(np.clip(chord, 0, 1)[None], len(V), axis=0)

    def sides(self, i, tables, errors, lead, sign, cut):
        """Which cells have all halfspaces proven beyond the lead on ball i (sign 1), or one of them below 0 (sign -1)."""
        table, error = np.concatenate(tables), np.concatenate(errors)
        V, c = sign * table[:, :-1], sign * table[:, -1]
        needed = (lead + error + np.abs(V) @ self.off[i]) * UP + FUZZ * (np.abs(V) @ self.upper + np.abs(c))
        room = self.least(i, V, c, self.chords(i, V, cut), cut) - needed
        hopeful = V @ self.z[i] + c >= needed
        found, start = [], 0
        for cell in tables:
            rows, start = np.arange(start, start + len(cell)), start + len(cell)
            good = (room[rows] >= 0).all() if sign > 0 else (room[rows] >= 0).any()
            if not good:  # better slopes than those of the chord
                rows = rows[~(room[rows] >= 0)] if sign > 0 else rows[np.argsort(-room[rows], kind="stable")[:3]]
                rows = rows if sign > 0 and hopeful[rows].all() else rows[hopeful[rows]] if sign < 0 else rows[:0]
                left = self.missing(i, V[rows], c[rows], needed[rows], cut).size if rows.size else rows.size
                good = bool(rows.size) and (left == 0 if sign > 0 else left < rows.size)
            found.append(good)
        return np.array(found)

    def in_cells(self, tables, errors, lead, codes, targets):
        """Which balls some cell of their code holds, if there is any, and all cells of larger codes keep out."""
        good = np.zeros(len(targets), dtype=bool)
        for i, v in enumerate(targets.tolist()):
            cut, own, later = self.cuts(i), np.flatnonzero(codes == v), np.flatnonzero(codes > v)
            sides = [(own, lead, 1), (later, 0.0, -1)]
            parts = [([tables[k] for k in which], [errors[k] for k in which], *side) for which, *side in sides if which.size]
            done = len(cut) <= 10
            for part in parts if done else ():
                found = self.sides(i, *part, cut)
                done = done and bool(found.any() if part[-1] > 0 else found.all())
            good[i] = done
        return good

    def missing(self, i, V, c, needed, cut):
        """Which pairs are not proven, after slopes have been looked for: of the chord first, then of better ones."""
        t = self.chords(i, V, cut)
        best = self.least(i, V, c, t, cut)
        for step in (0.25, 0.12, 0.06, 0.03, 0.015, 0.008, 0.004):
            for k in range(len(cut)):
                for way in (step, -step):
                    rest = np.flatnonzero(best < needed)
                    if not rest.size:
                        return rest
                    tried = t[rest].copy()
                    tried[:, k] = np.clip(tried[:, k] + way, 0, 1)
                    found = self.least(i, V[rest], c[rest], tried, cut)
                    gain = found > best[rest]
                    best[rest[gain]], t[rest[gain]] = found[gain], tried[gain]
        return np.flatnonzero(best < needed)


def leads(ground, own, opposite, rows, wanted):
    """Which of the samples `rows` have, for every opposite piece, an own piece that leads it by `wanted` on their ball."""
    if isinstance(ground, Folds):
        return ground.leads(own, opposite, rows, wanted)
    (ws, bs), (wj, bj) = own, opposite
    scores, others = ground.z[rows] @ ws.T + bs, ground.z[rows] @ wj.T + bj
    lift_s, lift_j = ws @ ground.T, wj @ ground.T
    fuzz = FUZZ * float(max(ground.size(ws, bs).max(), ground.size(wj, bj).max())) * 4
    lift_fuzz = FUZZ * float(max((np.abs(w) @ np.abs(ground.T)).sum(axis=1).max() for w in (ws, wj))) * 4
    good = np.zeros(len(rows), dtype=bool)
    for k in range(len(rows)):
        open_pieces = np.ones(len(bj), dtype=bool)
        for s in np.argsort(-scores[k])[:8]:
            slope = norms(lift_j[open_pieces] - lift_s[s], ground.q) * UP + lift_fuzz + LOST
            through = np.abs(wj[open_pieces] - ws[s]) @ ground.error * UP
            lead = scores[k, s] - others[k, open_pieces] - (fuzz + LOST) - ground.radius * UP * slope - through
            open_pieces[np.flatnonzero(open_pieces)[lead >= wanted * UP]] = False
            if not open_pieces.any():
                break
        good[k] = not open_pieces.any()
    return good


def maximum_bounds(ground, w, beta, others=0.0):
    """S and E of a running maximum: S bounds it, computed values included, E the error of any piece."""
    size = float(ground.size(w, beta).max()) + others
    S = 1.01 * max(ground.top(w, beta), size * 2.0**-10 + 2.0**20 * ground.tiny)
    E = ground.dot(size + 2 * S)
    need(2 * E + 8 * ground.unit * S <= S / 128 and (size + 4 * S) * 4 < ground.most, "the pieces are too large")
    return S, E


# --- the four forms: each returns, per sample, whether its ball is proven


def twin_piece(ground, slope):
    """The piece slope * (z_0 + twin - b_0), which the first layer computes itself, and its error beyond a dot product's."""
    w = np.zeros(len(ground.b))
    w[0] = slope
    return w, slope * (ground.twin - ground.b[0]), abs(slope) * 2 * ground.error[0] * UP


def check_register(layers, ground, targets):
    m, middle, (W, b) = len(ground.b), layers[1:-2], layers[-1]
    need(np.array_equal(W, [[-1.0]]) and len(layers[-2][1]) == 1, "the output is not a constant less the register")
    slope, w, beta, rates, incs = 1.0, [np.zeros(m), None], [0.0, None], [], [0.0]
    for t, layer in enumerate(middle):
        (s, r, k), _ = split(layer, m) if len(layer[1]) == m + 3 else need(False, "not three units beside z")
        if t == 0:
            slope, rate = s.extra[0], -k.extra[0]
            need(slope > 0 and s.reads(slope, bias=0.0) and r.reads(-slope, z=True) and k.reads(-rate), "not a register")
            rates.append(rate / slope / UP)
        else:
            rate = -k.extra[1]
            need(s.reads(1, 1, 0, bias=0.0) and r.reads(-1, -1, 0, z=True) and k.reads(0, -rate, 1), "not a register")
            rates.append(rate)
        w.append(r.z), beta.append(r.bias), incs.append(k.bias)
    (last,) = alone(layers[-2], m)
    rate = -last.extra[1 if middle else 0]
    need(last.reads(0, -rate, 1) if middle else last.reads(-rate), "not a register at the end")
    rates.append(rate), incs.append(last.bias)
    w[1], beta[1], off = twin_piece(ground, slope)
    w, beta, incs, rate, top = np.array(w), np.array(beta), np.array(incs), min(rates), float(b[0])
    R, n = float(incs.sum()), len(incs)
    need(whole(*incs, top, R, top - R) and min(incs) >= 0 and R > 0 and rate > 0, "the register does not count")
    S, E = maximum_bounds(ground, w, beta)
    need((S + R) * max(rate, 1.0) * 4 < ground.most and 16 * n * ground.unit < 0.1, "the register may overflow")
    lead = 2 * R * (1 + 16 * n * ground.unit) / rate + 2 * (E + off) + 6 * ground.unit * S
    values = top - np.append(np.cumsum(incs[::-1])[::-1][1:], 0.0)
    good = np.zeros(len(targets), dtype=bool)
    for v in np.unique(values):
        rows, mine = np.flatnonzero(targets == v), values == v
        good[rows] = leads(ground, (w[mine], beta[mine]), (w[~mine], beta[~mine]), rows, lead)
    return good


def check_cells(layers, ground, targets):
    m, (W, b) = len(ground.b), layers[-1]
    need(len(W) == 1, "more than one output")
    cells, opened, rates, incs, begun = [], [], [], [], False
    for layer in [*layers[1:-2], layers[-2]]:
        ends = layer is layers[-2]
        units = alone(layer, m) if ends else split(layer, m)[0]
        need(len(units) >= 1 if ends else len(units) == 2, "not two units beside z")
        k, kept = units[0 if ends else -1], [1.0] if begun else []
        before = list(k.extra)
        if before[:1] and before[0]:
            need(begun and k.reads(before[0], *kept) and before[0] < 0 and opened, "not a register")
            signs = [float(u.extra[:1].sum()) for u in opened]  # how each unit reads the one before it
            need(signs == ([0.0] if len(opened) == 1 else [0.0, *[1.0] * (len(opened) - 2), -1.0]), "not a running minimum")
            need(not any(u.extra[1:].any() for u in opened), "not a running minimum")
            cells.append(opened), rates.append(-before[0]), incs.append(k.bias)
            opened = []
        else:
            need(k.reads(*([0.0] if begun else []), *kept, bias=0.0), "not a register")
        begun = True
        if not ends:
            opened = [*opened, units[0]]
    need(cells and not opened, "the layers end in the middle of a cell")
    incs, rate = np.array(incs), min(rates)
    R = float(incs.sum())
    need(all(u.reads(*units[0].extra, bias=u.bias) for u in units), "not all units of the last layer read the register")
    off = units[0].bias - np.array([u.bias for u in units])  # the output reads the register less these
    need(
        (np.diff(off) > 0).all() and whole(*incs, *off, *(u.bias for u in units), *W[0], b[0]),
        "no whole numbers are counted",
    )
    terms = np.append(W[0] * np.maximum(R - off, 0.0), b[0])  # parts of their sum lie between those of one sign
    need(whole(terms[terms > 0].sum(), terms[terms < 0].sum(), R), "the labels are too large")
    need(min(incs) >= 0 and incs[0] > 0, "the register does not count")
    tables, errors = [], []
    for cell in cells:
        steps = np.array([[*u.z, u.bias] for u in cell])
        table = np.concatenate([steps[-1:], steps[-1] - np.cumsum(steps[:-1][::-1], axis=0)])[::-1]  # l_1, ..., l_n
        sizes = ground.size(steps[:, :-1], steps[:, -1])
        most = 4 * float(max(ground.size(table[:, :-1], table[:, -1]).max(), sizes.max()))  # also of the running minimum
        slack = FUZZ * most * len(cell)
        held = sizes + ground.held(table[:, :-1], table[:, -1], slack)  # what a row reads, but for errors of rows before
        share = len(cell) * (m + 4) * ground.unit * 1.1
        need(
            share < 1 / 8 and most * max(rate, 1.0) * 16 < ground.most and len(cell) < 2048,
            "a cell is too long or too large",
        )
        rows = ground.dot(held + ground.dot(held).sum() / (1 - share) * UP)
        error = np.cumsum(rows[::-1])[::-1] * UP + slack  # a halfspace bears what it and the rows after it round
        need(float(error.max()) <= most / 8, "a cell is too long or too large")
        tables.append(table), errors.append(error)
    lead, codes = R / rate * (1 + 8 * ground.unit) * UP, np.cumsum(incs)  # 0 is the first class, which has no cells
    code_of = {float(np.maximum(R - code - off, 0.0) @ W[0] + b[0]): code for code in {0.0, *codes}}
    need(len(code_of) == len({0.0, *codes}), "two classes are printed as one label")
    known, targets = np.isin(targets, list(code_of)), np.array([code_of.get(v, 0.0) for v in targets.tolist()])
    if isinstance(ground, Folds):
        return ground.in_cells(tables, errors, lead, codes, targets) & known
    inside, outside = [], []  # per cell and sample: does the ball lie in it with room, is it kept out of it
    for table, error in zip(tables, errors, strict=True):
        w, beta = table[:, :-1], table[:, -1]
        swing = norms(w @ ground.T, ground.q) * ground.radius * UP
        swing += ((np.abs(w) @ np.abs(ground.T)).sum(axis=1) * FUZZ + LOST) * ground.radius + np.abs(w) @ ground.error * UP
        room = swing * UP + error * UP + (FUZZ * ground.size(w, beta) + LOST)
        value = ground.z @ w.T + beta
        inside.append((value - room >= lead).all(axis=1))
        outside.append((value + room <= 0).any(axis=1))
    inside, outside = np.array(inside), np.array(outside)
    good = known
    for v in np.unique([0.0, *codes]):
        rows = np.flatnonzero(targets == v)
        good[rows] &= outside[codes > v][:, rows].all(axis=0)
        if v:
            good[rows] &= inside[codes == v][:, rows].any(axis=0)
    return good


def box_sides(steps, lane, m, top):
    """The sides (unit, sign, theta) of a box from its units, and that no sum of theirs may leave the whole numbers up to `top`."""
    signs = [float(u.extra[lane]) if t else 0.0 for t, u in enumerate(steps)]
    need(signs == ([0.0] if len(steps) == 1 else [0.0, *[1.0] * (len(steps) - 2), -1.0]), "not a running minimum")
    rows = np.array([[*u.z, u.bias] for u in steps])
    need(bool((rows == np.round(rows)).all() and (np.abs(rows) <= top).all()), "a box of other than whole numbers")
    sides = np.concatenate([rows[-1:], rows[-1] - np.cumsum(rows[:-1][::-1], axis=0)])[::-1]  # exact: whole numbers
    low = sides[:, m] + np.minimum(sides[:, :m], 0).sum(axis=1) * top / 4
    high = sides[:, m] + np.maximum(sides[:, :m], 0).sum(axis=1) * top / 4
    found, x = [], float(high.max() - low.min())  # more than a running minimum is below a side
    for t, (row, side) in enumerate(zip(rows, sides, strict=True)):
        unit = int(np.argmax(np.abs(side[:m])))
        need(abs(side[unit]) == 1 and np.count_nonzero(side[:m]) == 1, "a side that is not of one feature")
        theta = 1 - side[m] if side[unit] > 0 else side[m] - 1
        least = 1 if side[unit] > 0 else 0
        need(least <= theta <= least + top / 4 - 1, "a side beyond the whole numbers")
        found.append((unit, side[unit] > 0, theta))
        parts = np.append(row[:m] * top / 4, [row[m], signs[t] * x])
        need(max(parts[parts > 0].sum(), -parts[parts < 0].sum()) <= top, "the sums of a box may be rounded")
    return found


def check_boxes(layers, ground, targets):
    m, top = len(ground.b), 1 / ground.unit
    feature = np.argmax(ground.T, axis=1)
    scale = ground.T[np.arange(m), feature]
    need(bool((np.count_nonzero(ground.T, axis=1) == 1).all() and (np.frexp(scale)[0] == 0.5).all()), "not single features")
    (W2, b2), (W3, b3) = layers[1], layers[2]
    need(np.array_equal(W2, -np.eye(m)) and bool((b2 == 0.75 * top).all()), "no whole numbers")
    need(W3.shape == (m + 1, m) and np.array_equal(W3[:m], -np.eye(m)) and not W3[m].any(), "no whole numbers")
    need(bool((b3[:m] == top / 4).all()), "no whole numbers")
    codes, runs, rates, at, widest = [float(b3[m])], [], [], 3, 1
    while at < len(layers) - 1:
        units = len(layers[at][1])
        q, boxes, begun = units - m - 1, [], False
        need(q >= 1, "no lanes")
        opened, widest, ends = [[] for _ in range(q)], max(widest, q), False
        while True:
            closing = len(layers[at][1]) != units
            ends = closing and len(layers[at][1]) == 1
            row = alone(layers[at], m) if ends else split(layers[at], m)[0]
            need(at < len(layers) - 2 and (not closing or len(row) == 1), "a run does not end")
            k = row[-1]
            if begun:
                need(k.extra[q] == 1 and not k.z.any() and k.bias == 0 and bool((k.extra[:q] <= 0).all()), "not a register")
                for lane in np.flatnonzero(k.extra[:q]):
                    boxes.append(box_sides(opened[lane], lane, m, top) if opened[lane] else need(False, "no box ends"))
                    rates.append(-float(k.extra[lane]))
                    opened[lane] = []
                need(not any(s and len(s) > 1 and s[-1].extra[j] < 0 for j, s in enumerate(opened)), "a box is not read")
            elif runs:
                codes.append(float(k.extra[0]))
                need(k.reads(codes[-1], 1, bias=0.0), "a code is not set")
            else:
                need(k.reads(1, bias=0.0), "not a register")
            at += 1
            if closing:
                break
            for lane, u in enumerate(row[:-1]):
                before = u.extra[lane] if begun else 0.0
                need(np.count_nonzero(u.extra) == (before != 0), "a lane reads another")
                need((before in (1.0, -1.0) and u.z.any()) if opened[lane] else before == 0, "not a running minimum")
                need(u.z.any() or u.bias == 0, "a unit of no box")
                if u.z.any():
                    opened[lane].append(u)
            begun = True
        need(not any(opened), "a box does not end")
        f, k = alone(layers[at], 0) if ends else split(layers[at], m)[0]
        inner = f.extra.tolist(), k.extra.tolist(), f.bias, k.bias
        need(inner == ([-1.0], [1.0], 1.0, 0.0) and not f.z.any() and not k.z.any(), "nothing asks for the register")
        runs.append(boxes)
        at += 1
        need(ends == (at == len(layers) - 1), "the coordinates end elsewhere")
    (W, b) = layers[-1]
    need(W.shape == (1, 2) and W[0, 1] == 1, "the output is not the register")
    codes.append(float(W[0, 0]))
    shift, R = float(b[0]), max(codes)
    need(whole(*codes, shift, limit=top) and min(codes) >= 1 and R + abs(shift) < top, "the codes are not whole numbers")
    need(rates and min(rates) >= R and max(rates) * (top + 1) * widest * 4 + R < ground.most, "a box may leave the register")
    size = np.abs(scale) * (np.abs(ground.X[:, feature]) + ground.radius * UP) + np.abs(ground.b)
    off = (
        (size - np.abs(ground.b)) * 1.02 * ground.unit
        + size * FUZZ
        + (scale * np.maximum(1, 1 / ground.scales[feature]) + 1) * ground.tiny * 2
    )
    z, reach = ground.X[:, feature] * scale + ground.b, ground.radius * UP * scale
    low, high = z - reach - off - top / 2, z + reach + off - top / 2  # between them s x + b - B before it is rounded
    values = [c + shift for c in codes]
    good, done = np.zeros(len(targets), dtype=bool), np.zeros(len(targets), dtype=bool)
    ground.far_proven = ground.far is not None and near_rows(ground, (feature, scale), values, runs, top)
    for value, boxes in reversed(
        list(zip(values[1:], runs, strict=True))
    ):  # a sample is decided by the last box that may hold
        own = targets == value
        for sides in boxes:
            inside, outside = np.ones(len(targets), dtype=bool), np.zeros(len(targets), dtype=bool)
            for unit, lower, theta in sides:
                inside &= low[:, unit] >= theta if lower else high[:, unit] <= theta
                outside |= high[:, unit] <= theta - 1 if lower else low[:, unit] >= theta + 1
            good |= own & inside & ~done
            done |= ~own & ~outside & ~good
        done |= good
    return good | (~done & (targets == values[0]))


def covered(boxes, X, p, radius):
    """Whether every point of a box (1, 2, d) has a row of X within the radius: boxes without one for all of it are cut in two."""
    for _ in range(200):
        away = np.maximum(np.maximum(X - boxes[:, None, 0], boxes[:, None, 1] - X), 0.0)
        distance = away.max(axis=2) if np.isinf(p) else (away**p).sum(axis=2) ** (1 / p)
        size = np.abs(X).max() + np.abs(boxes).max()
        left = ~(distance * UP + size * FUZZ * 2.0**-8 <= radius).any(axis=1)
        boxes, row = boxes[left], X[np.argmin(distance[left], axis=1)] if left.any() else X[:0]
        if not len(boxes):
            return True
        if 2 * len(boxes) * X.size > 2**20:
            return False
        ends = np.concatenate([row - boxes[:, 0], boxes[:, 1] - row], axis=1)  # where the nearest row's own part ends
        at, side = np.arange(len(boxes)), np.argmax(ends, axis=1)
        j, down = side % X.shape[1], side < X.shape[1]
        cut = row[at, j] + np.where(down, -radius, radius) * (1 - 2.0**-30)
        a, b = boxes[at, 0, j], boxes[at, 1, j]
        cut = np.where(np.isinf(p) & (a < cut) & (cut < b), cut, (a + b) / 2)
        low, high = boxes.copy(), boxes.copy()
        low[at, 1, j] = high[at, 0, j] = cut
        boxes = np.concatenate([low, high])
    return False


def near_rows(ground, first, values, runs, top):
    """Whether the claim far from all rows is proven: none by default, every box of a class within the radius of one row."""
    (feature, scale), (none, radius, p, most) = first, ground.far
    inputs = most * max(1.0, float(ground.scales.max()))
    if values[0] != none or not 0 < radius < np.inf or none in values[1:]:
        return False
    if not (inputs < ground.most / 2 and float((scale * most + np.abs(ground.b)).max()) < ground.most / 2):
        return False
    for sides in (sides for boxes in runs for sides in boxes):
        ends = np.full((2, ground.X.shape[1]), np.inf)  # how far the box reaches down and up: -x_j and x_j are below these
        for unit, lower, theta in sides:
            u = theta - 1 if lower else theta + 1  # s x + b - B here, rounding included, is outside, and so is all beyond
            x = (u + top / 2 - ground.b[unit]) / scale[unit]
            size = scale[unit] * abs(x) + abs(ground.b[unit]) + top
            lost = (scale[unit] * max(1, 1 / ground.scales[feature[unit]]) + 1) * ground.tiny * 2
            off = scale[unit] * abs(x) * 1.02 * ground.unit + size * FUZZ + lost
            end = (-x if lower else x) + off / scale[unit] * UP
            side, j = (0 if lower else 1), feature[unit]
            ends[side, j] = min(ends[side, j], end + abs(end) * FUZZ)
        if not np.isfinite(ends).all():
            return False
        if not covered(np.stack([-ends[0], ends[1]])[None], ground.X, p, radius):
            return False
    return True


class Stage:
    """One test of the collapse network, read from the layers `walk`."""

    def __init__(self, walk, ground, level):
        self.walk, self.m, self.level, self.entry = walk, len(ground.b), level, level
        self.own, self.later, self.rates, self.K = [(np.zeros(self.m), 0.0)], [], [], 0.0
        self.twin_own = self.twin_later = 0.0
        self.limit = self.parked_rate = self.miss_rate = self.drop = 0.0
        lone = False
        running = []  # how the running maximum is read off the further units
        if level is None:
            first = split(walk.peek(), self.m)[0][0]
            lone = first.extra[0] < 0
            if lone:
                w, beta, self.twin_later = twin_piece(ground, 1.0)
                self.later.append((w, beta))
            else:
                need(first.extra[0] > 0, "not a running maximum")
                w, beta, self.twin_own = twin_piece(ground, first.extra[0])
                self.own.append((w, beta))
                running = [first.extra[0]]
        if lone:
            self.tests(lone=True)
            scale = self.rates[0] / self.rates[1] if len(self.rates) > 1 else 1.0  # a lone twin may count in any unit
            (w, beta) = self.later[0]
            self.later[0], self.rates[0] = (w * scale, beta * scale), self.rates[0] / scale / UP
            self.twin_later *= scale * UP
            return
        while True:
            units = self.units(peek=True)
            if not running and len(units) == 1:
                r, running, expected = units[0], [1.0], []
            elif running and len(units) == 2 and units[0].bias == 0.0:
                (s, r), expected = units, running
                need(s.reads(*expected, bias=0.0), "not a running maximum")
                running = [1.0, 1.0]
            else:
                break
            self.units()
            need(r.reads(*(-v for v in expected), z=True) or (not expected and not r.extra.any()), "not a running maximum")
            self.own.append((r.z, r.bias))
        S, test = self.units() if len(units) == 2 else need(False, "a test does not begin")
        need(
            (S.reads(*running) or (not running and not (S.extra.any() or S.z.any()))) and S.bias > 0, "a test does not begin"
        )
        need(test.reads(*(-v for v in running), z=True) or (not running and not test.extra.any()), "a test does not begin")
        self.K = S.bias
        self.later.append((test.z, test.bias))
        self.tests(lone=False)

    def units(self, peek=False):
        layer = self.walk.peek() if peek else self.walk.next()
        found, first = split(layer, self.m, first_also=self.entry is not None)
        need(self.entry is None or (first[0] == self.entry and not first[1:].any()), "no parking level is added")
        if not peek:
            self.entry = None
        return found

    def tests(self, lone):
        while True:
            units = self.units()
            S = units[0]
            if lone:
                rate, self.K = -S.extra[0], S.bias
                need(S.reads(-rate) and self.K > 0, "not a test")
            else:
                need(len(S.extra) == 2, "not a test")
                rate = -S.extra[1]
                need(S.reads(1, -rate, bias=0.0), "not a test")
            need(rate > 0 and len(units) <= 2, "not a test")
            self.rates.append(rate)
            if len(units) == 1:
                need(self.level is None, "a test does not ask for parked points")
                return
            test = units[1]
            if self.level is not None and not test.extra.any():
                unit = np.eye(self.m)[0]
                need(np.array_equal(test.z, unit) and test.bias < 0, "a test does not ask for parked points")
                (S,) = self.units()
                self.limit, self.parked_rate = -test.bias, -S.extra[1]
                need(S.reads(1, -self.parked_rate, bias=0.0) and self.parked_rate > 0, "parked points are not dropped")
                return
            need((not test.extra.any()) if lone else test.reads(-1, *([0] * (len(test.extra) - 1)), z=True), "not a test")
            self.later.append((test.z, test.bias - (0.0 if lone else self.K)))
            lone = False


class Walk:
    def __init__(self, layers):
        self.layers, self.at = layers, 0

    def peek(self):
        need(self.at < len(self.layers), "the layers end in the middle of a test")
        return self.layers[self.at]

    def next(self):
        layer, self.at = self.peek(), self.at + 1
        return layer


def missed(unit):
    rate = -unit.extra[0]
    need(unit.reads(-rate, *([0] * (len(unit.extra) - 1)), bias=1.0) and rate > 0, "a hit is not read off")
    return rate


def check_collapse(layers, ground, targets):
    m, walk, stages, level = len(ground.b), Walk(layers[1:-1]), [], None
    while True:
        stages.append(Stage(walk, ground, level))
        if walk.at == len(layers) - 3:
            break
        units, first = split(walk.next(), m, first_also=True)
        need(len(units) == 1 and first[0] < 0 and not first[1:].any(), "a hit is not parked")
        stages[-1].miss_rate, stages[-1].drop = missed(units[0]), -first[0]
        units, _ = split(walk.next(), m)
        need(len(units) == 1 and units[0].reads(-1, bias=1.0), "a hit is not parked")
        level = float(walk.peek()[0][0, m])
        need(level > 0, "a hit is not parked")
    units, (W, b) = alone(walk.next(), m), layers[-1]
    need(len(units) == (2 if len(stages) > 1 else 1) and W.shape == (1, len(units)), "an unusual end")
    stages[-1].miss_rate = missed(units[0])
    tested, miss_weight, code_weight, park = float(b[0]), float(W[0, 0]), 0.0, 0.0
    if len(stages) > 1:
        unit = np.eye(m)[0]
        need(np.array_equal(units[1].z, unit) and not units[1].extra.any() and units[1].bias < 0, "no code is read")
        park, code_weight = -units[1].bias, float(W[0, 1])
    levels = [s.level for s in stages[1:]]
    codes = [code_weight * (v - park) for v in levels]
    values = [*(tested + miss_weight + c for c in codes), tested, tested + miss_weight]
    need(whole(*values, *codes, miss_weight, tested) and len(set(values)) == len(values), "the values are not labels")
    need(all(abs(c) + abs(miss_weight) + abs(tested) <= 2.0**24 for c in codes), "a code is too large")
    exact = layers[0][0].dtype.type
    need(all(v >= park and float(exact(v - park)) == v - park for v in levels), "a code is not exact")
    products = [Fraction(code_weight) * Fraction(v - park) for v in levels]  # a fused sum would not round them
    need(products == codes, "a code is not exact")
    safe, good = 1 + 2.0**-17, np.isin(targets, values)
    for number, stage in enumerate(stages):
        own, later = ((np.array([w for w, _ in p]), np.array([c for _, c in p])) for p in (stage.own, stage.later))
        w, beta = np.concatenate([own[0], later[0]]), np.concatenate([own[1], later[1]])
        S, E = maximum_bounds(ground, w, beta, 2 * stage.K)
        E, rate = E + stage.twin_own + stage.twin_later, min(stage.rates) / UP
        keep = 2 * E + 3 * ground.unit * S + 2 * ground.unit * stage.K
        lose = keep + (S + stage.K) / rate * safe
        need(stage.miss_rate * stage.K >= safe, "a hit may not be recognised")
        need(not stage.drop or stage.drop * stage.K >= ground.upper[0] * safe, "coordinate 0 may survive a hit")
        need(max(rate, stage.miss_rate, stage.drop, 1) * (S + stage.K) * 4 < ground.most, "a test may overflow")
        if number:
            need(ground.upper[0] <= stage.limit < min(levels) and ground.upper[0] <= park, "a live point may look parked")
            box = ground.upper.copy()
            box[0] = max(levels)
            largest = float((np.abs(own[0]) @ box + np.abs(own[1])).max()) * 1.02 + stage.K
            need(stage.parked_rate * (min(levels) - stage.limit) >= largest * safe, "a parked point may pass a test")
            size = float((np.abs(later[0]) @ box + np.abs(later[1])).max()) + 2 * largest
            need(max(size, stage.parked_rate * max(levels)) * 8 < ground.most, "a test of a parked point may overflow")
        rows = np.flatnonzero(targets == values[number])
        good[rows] &= leads(ground, own, later, rows, keep)
        rows = np.flatnonzero(np.isin(targets, values[number + 1 :]))
        good[rows] &= leads(ground, later, own, rows, lose)
    return good


FORMS = ((check_register, True), (check_collapse, True), (check_cells, False), (check_boxes, False))


def exact(numbers, scales):
    """The products with powers of two, none of which may overflow or lose a bit."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        found = numbers * scales
        need(np.array_equal(found / scales, numbers), "numbers and feature scales do not go together")
    return found


def unscaled(layers, notes):
    """The layers whose units a file scales by powers of two, and unit roundoff, least and largest numbers for all of them."""
    unit, tiny, most = UNITS[str(layers[0][0].dtype)]
    if "unit_scales" not in notes:
        return layers, (unit, tiny, most)
    runs = json.loads(notes["unit_scales"])
    need(isinstance(runs, list) and all(isinstance(run, list) and len(run) == 2 for run in runs), "unit scales are no list")
    need(all(type(count) is int and count > 0 for count, _ in runs), "unit scales that count no layers")
    need(sum(count for count, _ in runs) == len(layers) - 1, "unit scales of another number of layers")
    levels = [exponents for count, exponents in runs for _ in range(count)]
    need(all(isinstance(exponents, list) for exponents in levels), "unit scales are no list")
    need(all(type(e) is int and abs(e) <= 32 for exponents in levels for e in exponents), "a unit scale is out of range")
    found, before = [], np.zeros(layers[0][0].shape[1])
    for (W, b), exponents in zip(layers, [*levels, [0] * len(layers[-1][1])], strict=True):
        after = np.array(exponents, dtype=np.float64)
        need(after.shape == b.shape, "unit scales of another number of units")
        plain = (
            exact(W.astype(np.float64), 2.0 ** (before[None, :] - after[:, None])),
            exact(b.astype(np.float64), 2.0**-after),
        )
        rounded = [part.astype(W.dtype) for part in plain]
        need(
            all(np.array_equal(a, c) for a, c in zip(rounded, plain, strict=True)), "unit scales do not go with the weights"
        )
        fraction, power = np.frexp(np.abs(plain[0]))
        need(not (np.abs(W[(fraction == 0.5) & (power >= 1)]) < 1).any(), "a step that must be exact is scaled down")
        found.append((rounded[0], rounded[1]))
        before = after
    spread = [0, *(e for exponents in levels for e in exponents)]
    return found, (unit, tiny * 2.0 ** -min(spread), most / 2.0 ** max(spread))


def proven(content, X, targets, radius, p):
    """Per row of X `(N, d)` with label values `targets` `(N,)`: whether its ball is proven; and the form, or why none is."""
    return both(content, X, targets, radius, p, None)[:2]


def both(content, X, targets, radius, p, far):
    """The same, and whether what is claimed `far` from all rows, `(value, radius, inputs_upper)` or None, is proven."""
    X, targets = np.asarray(X, dtype=np.float64), np.asarray(targets, dtype=np.float64)
    reasons, nothing = [], np.zeros(len(X), dtype=bool)
    try:
        layers, notes = read_chain(content)
        layers, numbers = unscaled(layers, notes)
        W, b = (a.astype(np.float64) for a in layers[0])
        scales = np.array(json.loads(notes.get("feature_scales", "[1.0]")), dtype=np.float64) * np.ones(W.shape[1])
        need(bool(((np.frexp(scales)[0] == 0.5) & np.isfinite(scales)).all()), "a feature scale is no power of two")
        X, W = exact(X, 1.0 / scales), exact(W, scales)
    except (Refused, ValueError) as problem:
        return nothing, str(problem), False
    usable = (
        X.ndim == 2
        and X.shape[1] == W.shape[1]
        and targets.shape == X.shape[:1]
        and np.isfinite(X).all()
        and 0 < radius < np.inf
        and p >= 1
    )
    if not usable:
        return nothing, "the data or the radius cannot be used", False
    q = np.inf if p == 1 else 1.0 if np.isinf(p) else p / (p - 1)
    scaled = "unit_scales" in notes
    for check, has_twin in FORMS:
        try:
            need(not scaled or check in (check_register, check_cells), "scaled units are not known here")
            if has_twin:
                need(len(b) > 1 and np.array_equal(W[-1], W[0]), "no twin")
            T, offsets, twin = (W[:-1], b[:-1], float(b[-1])) if has_twin else (W, b, None)
            with np.errstate(over="ignore", invalid="ignore"):  # no comparison here holds for what is not a number
                ground = Ground(T, offsets, twin, X, float(radius), q, *numbers, scales)
                ground.far = None if far is None else (far[0], far[1], p, far[2])
                return check(layers, ground, targets), check.__name__.removeprefix("check_"), ground.far_proven
        except (Refused, IndexError, ValueError, TypeError) as problem:
            reasons.append(f"{check.__name__}: {problem}")
    for count in range(1, 0 if scaled else min(12, len(layers) - 4) + 1):
        T, offsets = (a.astype(np.float64) for a in layers[count])
        below = [(W, b), *(tuple(a.astype(np.float64) for a in layer) for layer in layers[1:count])]
        for check in (check_collapse, check_register, check_cells):
            try:
                rows, twin = (T, offsets), None
                if check is not check_cells:
                    need(len(offsets) > 1 and np.array_equal(T[-1], T[0]), "no twin")
                    rows, twin = (T[:-1], offsets[:-1]), float(offsets[-1])
                with np.errstate(over="ignore", invalid="ignore"):
                    ground = Folds(*rows, twin, X, float(radius), q, *numbers, scales, below=below)
                    return check(layers[count:], ground, targets), "folded", False
            except (Refused, IndexError, ValueError, TypeError) as problem:
                reasons.append(f"{check.__name__} behind {count} folds: {problem}")
    return (
        nothing,
        "no form that is known here (decision lists are not, behind folds or without): " + "; ".join(reasons),
        False,
    )


def main(arguments):
    run, data = Path(arguments[0]), np.load(arguments[1], allow_pickle=False)
    certificate = json.loads((run / "certificate.json").read_text())
    content = (run / "network.onnx").read_bytes()
    _, metadata = read_chain(content)
    names, numbers = json.loads(metadata["classes"]), json.loads(metadata["label_values"])
    value_of = {str(name): float(v) for name, v in zip(names, numbers, strict=True)}
    need(len(set(value_of.values())) == len(names) >= 2, "two classes have one name or one label value")
    targets = [value_of.get(str(y), np.nan) for y in data["y"].tolist()]
    scales = json.loads(metadata.get("feature_scales", "null"))
    need(certificate.get("feature_scales") == scales, "network.onnx and certificate.json name other feature scales")
    X, radius, p = data["X"], float(certificate["radius"]), float(certificate["norm"])
    need(
        X.dtype.kind in "buif" and np.array_equal(X.astype(np.float64).astype(X.dtype), X),
        "X holds numbers that no float64 is",
    )
    stated = certificate.get("rejection")
    far = None if stated is None else tuple(float(stated[name]) for name in ("value", "radius", "inputs_upper"))
    good, form, beyond = both(content, X, targets, radius, p, far)
    balls = f"balls of radius {radius!r} in l{p!r}"
    print(f"{form}: {int(good.sum())} of {len(good)} {balls} are proven")
    if far is not None:
        print(f"none, {far[0]!r}, farther than {far[1]!r} from all rows: {'proven' if beyond else 'not proven'}")
    return 0 if len(good) and good.all() and (far is None or beyond) else 3


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, LookupError, ValueError, AttributeError, TypeError, OverflowError, EOFError, BadZipFile) as problem:
        print(f"check_logwidth: cannot use these files: {problem}", file=sys.stderr)
        sys.exit(2)
