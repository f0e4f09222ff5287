"""A network as one file of C99: a ReLU chain in the stored float format, or integers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from logwidth.errors import InputError
from logwidth.export.texts import template
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.network.lattice import IntegerNetwork

LINE = 110
WIDE = """#if FLT_EVAL_METHOD == 2 || FLT_EVAL_METHOD < 0
#error "the certificate does not cover sums of doubles in wider formats: compile with -mfpmath=sse or the like"
#endif"""
REALS = {"float32": ("float", "0x1p-140f", "0x1p-24f"), "float64": ("double", "0x1p-1070", "0x1p-53")}


def c_array(kind: str, name: str, words: Iterable[str], storage: str = "static ") -> str:
    """Return a constant array of at least one element, of this file alone or (`storage` empty) for all.

    >>> print(c_array("int", "a", ["1", "-2"]))
    static const int a[2] = {
      1, -2
    };
    """
    listed = list(words) or ["0"]
    lines, line = [], " "
    for word in listed:
        if len(line) + len(word) > LINE:
            lines.append(line)
            line = " "
        line += f" {word},"
    body = "\n".join([*lines, line]).rstrip(",")
    return f"{storage}const {kind} {name}[{len(listed)}] = {{\n{body}\n}};"


def c_reals(kind: str, name: str, numbers: NDArray[np.floating]) -> str:
    """Return a constant array of floats or doubles, written in hexadecimal, which is exact."""
    ending = "f" if kind == "float" else ""
    return c_array(kind, name, (value.hex() + ending for value in numbers.astype(np.float64).tolist()))


def c_integers(name: str, numbers: NDArray[np.integer] | Sequence[int]) -> str:
    """Return a constant array of integers, in the smallest type that holds them all."""
    values = np.asarray(numbers, dtype=np.int64)
    kind = integer_type(int(values.min(initial=0)), int(values.max(initial=0)))
    ending = "LL" if kind == "int64_t" else ""
    return c_array(kind, name, (f"{value}{ending}" for value in values.tolist()))


def integer_type(least: int, largest: int) -> str:
    """Return the smallest type of stdint.h that holds all integers from `least` to `largest`; OverflowError if none does.

    >>> integer_type(0, 255), integer_type(-1, 255), integer_type(0, 70000)
    ('uint8_t', 'int16_t', 'uint32_t')
    """
    for bits in (8, 16, 32, 64):
        if least >= 0 and largest < 2**bits and bits < 64:
            return f"uint{bits}_t"
        if -(2 ** (bits - 1)) < least and largest < 2 ** (bits - 1):
            return f"int{bits}_t"
    raise OverflowError("integers beyond 64 bits")


def c_texts(name: str, texts: Sequence[str]) -> str:
    """Return a constant array of strings that other files can read; what is not plain ASCII is written in octal."""
    return c_array("char *const", name, (_quoted(text) for text in texts), storage="")


def _quoted(text: str) -> str:
    plain = (chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in text.encode())
    return '"' + "".join(plain) + '"'


def comment(lines: Sequence[str]) -> str:
    """Return a comment of some lines, which cannot end it early."""
    return "\n".join(["/* " + lines[0], *(f" * {line}".rstrip() for line in lines[1:]), " */"]).replace(
        "*/", "* /", "".join(lines).count("*/")
    )


def network_to_c(
    network: ReluNetwork,
    label_values: ArrayLike,
    classes: Sequence[object],
    *,
    about: Sequence[str] = (),
    rule: str = "exact",
) -> str:
    """Return C99 text that evaluates the network as its file is stored: no allocation, no recursion, the same work always.

    Three functions read a row `x` of d numbers in the network's float format: `logwidth_output(x)` is the network's output,
    `logwidth_class(x)` the index of the class whose label value that is (under the rule 'rounded': is nearest to it, within
    a quarter), −1 for none, as for NaN, and `logwidth_names[k]` the name of class k. `logwidth_arithmetic()` is 1 where the
    running program rounds to nearest and keeps subnormal numbers, else 0.

    Sums run in the order of the columns; the compiler may fuse them, or keep them wider: certificates cover that. It must
    not assume that sums are associative or numbers finite, and the file refuses to be compiled with -ffast-math. Rows
    that copy a unit, which is ≥ 0, are not computed.

    Raises InputError where the network has not one output.
    """
    if network.n_outputs != 1:
        raise InputError(f"C is written for networks with one output, the label's value, not {network.n_outputs}")
    stored = network.stored()
    table, (real, tiny, unit) = _Table.of(stored), REALS[network.dtype]
    allowed = "0" if rule == "exact" else "0.25"
    values = np.asarray(label_values, dtype=np.float64)
    head = [
        "A network written by logwidth, in C99.",
        *about,
        f"{network.n_inputs} features, width {network.width}, depth {network.depth}, {network.dtype}; no allocation, no",
        f"recursion; {table.weights.size} multiplications a row, always the same; {table.size} bytes of constants.",
        "Not covered by a certificate: -ffast-math and its parts, flushing of subnormal numbers, other roundings.",
    ]
    numbers = "\n".join(
        [
            *([WIDE] if real == "double" else []),
            f"enum {{ FEATURES = {network.n_inputs}, LAYERS = {len(stored.layers)}, WIDTH = {max(network.width, 1)}, "
            f"CHANGED = {table.most}, CLASSES = {values.size} }};",
            c_texts("logwidth_names", [str(name) for name in classes]),
            c_reals("double", "label_value", values),
            c_integers("layer_start", table.layer_start),
            c_integers("row_unit", table.row_unit),
            c_integers("row_start", table.row_start),
            c_integers("column", table.columns),
            c_reals(real, "weight", table.weights),
            c_reals(real, "bias", table.biases),
        ]
    )
    code = template("chain.c").replace("REAL", real).replace("TINY", tiny).replace("UNIT", unit).replace("ALLOWED", allowed)
    return comment(head) + "\n" + code.replace("NUMBERS", numbers)


@dataclass(frozen=True)
class _Table:
    """The rows that are computed, layer after layer; `layer_start` `(layers + 1,)`, `row_start` `(rows + 1,)`."""

    layer_start: NDArray[np.int64]
    row_unit: NDArray[np.int64]
    row_start: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: NDArray[np.floating]
    biases: NDArray[np.floating]
    most: int

    @property
    def size(self) -> int:
        """About how many bytes the constants take."""
        numbers = (self.layer_start, self.row_unit, self.row_start, self.columns)
        small = sum(a.size * max(1, (int(a.max(initial=0)).bit_length() + 7) // 8) for a in numbers)
        return small + self.weights.nbytes + self.biases.nbytes

    @classmethod
    def of(cls, network: ReluNetwork) -> "_Table":
        """Return the rows of a network; those of later layers that copy the unit in their own place are left out."""
        kept = [np.arange(network.hidden[0].n_outputs), *map(_computed, network.hidden[1:]), np.arange(network.n_outputs)]
        rows = list(zip(network.layers, kept, strict=True))
        lengths = np.concatenate([np.diff(layer.indptr)[units] for layer, units in rows])
        places = [np.repeat(np.isin(np.arange(layer.n_outputs), units), np.diff(layer.indptr)) for layer, units in rows]
        counts = [len(units) for units in kept]
        return cls(
            np.cumsum([0, *counts]),
            np.concatenate(kept),
            np.cumsum([0, *lengths]),
            np.concatenate([layer.indices[place] for layer, place in zip(network.layers, places, strict=True)]).astype(
                np.int64
            ),
            np.concatenate([layer.weights[place] for layer, place in zip(network.layers, places, strict=True)]),
            np.concatenate([layer.bias[units] for layer, units in rows]),
            max(counts),
        )


def _computed(layer: AffineLayer) -> NDArray[np.int64]:
    """Return the units of a later layer whose rows are computed: those that do not copy the unit in their own place."""
    starts = layer.indptr[:-1]
    single = np.flatnonzero((np.diff(layer.indptr) == 1) & (layer.bias == 0))
    copies = single[(layer.indices[starts[single]] == single) & (layer.weights[starts[single]] == 1)]
    return np.setdiff1d(np.arange(layer.n_outputs), copies)


def integers_to_c(network: IntegerNetwork, classes: Sequence[object], *, about: Sequence[str] = ()) -> str:
    """Return C99 text that takes all scores of an integer network and returns the class of the largest.

    `logwidth_class(x)` reads a row of d integers, features times `2^shift`, and returns the index of the class, the earlier
    one where two score alike, or −1 where a feature lies outside the range for which no sum overflows. Nothing is rounded,
    nothing allocated, and the work does not depend on the row.
    """
    low, high = network.low, network.high
    feature = integer_type(min(int(low.min()), -1), int(high.max()))
    image, score = (integer_type(-size - 1, size) for size in network.largest())
    head = [
        "A network written by logwidth, in C99, in integers.",
        *about,
        f"{low.size} features times {2**network.shift}, {len(network.first)} sums, {len(network.scores)} scores of "
        f"{len(network.sizes)} classes; no rounding, no allocation.",
    ]
    numbers = "\n".join(
        [
            f"enum {{ FEATURES = {low.size}, RANK = {len(network.first)}, PIECES = {len(network.scores)}, "
            f"CLASSES = {len(network.sizes)} }};",
            c_texts("logwidth_names", [str(name) for name in classes]),
            c_integers("low", low),
            c_integers("high", high),
            c_integers("first_weight", network.first.ravel()),
            c_integers("first_bias", network.first_bias),
            c_integers("score_weight", network.scores.ravel()),
            c_integers("score_bias", network.score_bias),
            c_integers("class_end", np.cumsum(network.sizes)),
        ]
    )
    code = template("lattice.c").replace("FEATURE_T", feature).replace("IMAGE_T", image).replace("SCORE_T", score)
    return comment(head) + "\n" + code.replace("NUMBERS", numbers)
