"""A run as exact integers in plain text, for a checker that is itself proven (docs/proofs.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.types import FloatArray

BITS = 44  # of the entries of eigenvectors
Terms = tuple[tuple[int, tuple[int, ...]], ...]
ObjectArray = NDArray[np.object_]
FORMATS = {"float32": (-149, 24), "float64": (-1074, 53)}  # least exponent and precision


@dataclass(frozen=True)
class WidthEvidence:
    """Evidence that no first layer of `rank` units is right on all balls (docs/proofs.md; `proofs/WidthCheck.v` checks it).

    `pairs` are `(weight, i, j)`, u the difference of samples i and j, `S = Σ d l lᵀ` over `sums`, `S' = Σ d' l' l'ᵀ` over
    `shows`, and `shows_scale (S + nu I − scale Σ w u uᵀ) = S' + rest` with row sums of |rest| at most `shows_scale · eps`.
    """

    rank: int
    pairs: tuple[tuple[int, int, int], ...]
    nu: int
    scale: int
    sums: Terms
    shows: Terms
    shows_scale: int
    eps: int

    def lines(self) -> Iterator[str]:
        """Yield the evidence line by line."""
        yield f"width {self.rank}"
        yield f"pairs {len(self.pairs)}"
        yield from (f"{weight} {i} {j}" for weight, i, j in self.pairs)
        yield f"nu {self.nu} scale {self.scale}"
        yield f"shows_scale {self.shows_scale} eps {self.eps}"
        for name, terms in (("sum", self.sums), ("shows", self.shows)):
            yield f"{name} {len(terms)}"
            yield from (f"{factor} {' '.join(map(str, vector))}" for factor, vector in terms)


def width_evidence(
    points: Sequence[Sequence[int]], rank: int, pairs: NDArray[np.int64], weights: NDArray[np.float64]
) -> WidthEvidence:
    """Return evidence from weights `(n,)` on opposite `pairs` `(n, 2)` of integer `points` `(N, d)`.

    Eigenvectors come from float64 and are rounded; what the rounding leaves is found exactly and goes into `eps`. Whether
    the bound then reaches a radius is for the checker to say.
    """
    whole = [round(weight * 2.0**50) for weight in weights.tolist()]
    kept = [(w, int(i), int(j)) for w, (i, j) in zip(whole, pairs.tolist(), strict=True) if w > 0]
    u = np.array([[a - b for a, b in zip(points[i], points[j], strict=True)] for _, i, j in kept], dtype=object)
    M = u.T @ (np.array([w for w, _, _ in kept], dtype=object)[:, None] * u)
    level, vectors = _eigen(M)
    d = len(level)
    scale = 1 << max(0, 3 * BITS - int(np.log2(max(float(level[-1]), 1.0))))
    nu = float(level[-1 - rank]) if rank < d else 0.0
    sums = _terms(np.maximum(level - nu, 0.0)[-rank:], vectors[:, -rank:], scale)
    whole_nu = int(nu * (1 + 2.0**-40) * 2.0**20) * scale >> 20
    Q = _matrix(sums, d) - scale * M
    Q[np.arange(d), np.arange(d)] += whole_nu
    above, directions = _eigen(Q)
    shows_scale = 1 << 2 * BITS
    shows = _terms(np.maximum(above, 0.0), directions, shows_scale)
    rest = np.abs(shows_scale * Q - _matrix(shows, d))
    eps = -(-int(max(rest.sum(axis=1).max(), rest.sum(axis=0).max())) // shows_scale)
    return WidthEvidence(rank, tuple(kept), whole_nu, scale, sums, shows, shows_scale, eps)


def _eigen(matrix: ObjectArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return eigenvalues, ascending, and eigenvectors of a matrix of integers of any size, in float64."""
    shift = max(0, max(abs(int(v)) for v in matrix.ravel()).bit_length() - 900)
    values, vectors = np.linalg.eigh((matrix // (1 << shift)).astype(np.float64))
    return values * 2.0**shift, vectors


def _terms(factors: NDArray[np.float64], vectors: NDArray[np.float64], scale: int) -> Terms:
    """Return `scale · Σ f v vᵀ` with integer vectors `2^BITS v`, factors rounded down."""
    rounded = [tuple(round(v * 2.0**BITS) for v in column) for column in vectors.T.tolist()]
    # a float times a power of two is exact
    wanted = [
        int(factor.as_integer_ratio()[0]) * scale // factor.as_integer_ratio()[1] >> 2 * BITS for factor in factors.tolist()
    ]
    return tuple((factor, vector) for factor, vector in zip(wanted, rounded, strict=True) if factor > 0)


def _matrix(terms: Terms, d: int) -> ObjectArray:
    if not terms:
        return np.zeros((d, d), dtype=object)
    vectors = np.array([vector for _, vector in terms], dtype=object)
    factors = np.array([factor for factor, _ in terms], dtype=object)
    found: ObjectArray = vectors.T @ (factors[:, None] * vectors)
    return found


@dataclass(frozen=True, eq=False)
class ProofText:
    """What a proof is asked for: that `network` labels every ℓ2 ball of `radius` around `data`, and the lower bound `width`.

    `own` `(N,)` names, per sample, the piece that is to lead on its ball: a hint, which the checker need not believe.
    `network_sha256` is the digest of the ONNX file; the digest of the data is their own.
    """

    network: ReluNetwork
    data: Dataset
    radius: float
    own: Sequence[int]
    network_sha256: str
    width: WidthEvidence | None = None

    def lines(self) -> Iterator[str]:
        """Yield the text line by line: every number of the network and the data as an exact integer, zeros included.

        Weights and biases are in units of half the smallest subnormal number of the format, samples in units of
        `1/units`. The grammar is that of `proofs/driver.ml`.

        Raises InputError when a label value is no integer.
        """
        least, precision = FORMATS[self.network.dtype]
        units, points = integer_points(self.data.points)
        yield "logwidth-proof 1"
        yield f"network_sha256 {self.network_sha256}"
        yield f"data_sha256 {self.data.sha256}"
        yield f"emin {least} prec {precision}"
        yield "radius {} {}".format(*self.radius.as_integer_ratio())
        yield f"units {units}"
        yield f"samples {len(points)} {self.data.n_features}"
        values = [_whole(value) for value in self.data.values[self.data.labels].tolist()]
        for value, own, point in zip(values, self.own, points, strict=True):
            yield f"{value} {own} {_words(point)}"
        yield f"layers {self.network.depth}"
        for layer in self.network.hidden:
            yield f"layer {layer.n_outputs} {layer.n_inputs}"
            yield from _rows(layer, least)
        yield f"output {self.network.output.n_inputs}"
        yield from _rows(self.network.output, least)
        yield from self.width.lines() if self.width is not None else ("width 0",)
        yield "end"

    def write(self) -> bytes:
        """Return the text as bytes."""
        return ("\n".join(self.lines()) + "\n").encode()


def integer_points(points: FloatArray) -> tuple[int, list[list[int]]]:
    """Return `(units, rows)` with `points = rows / units` exactly; `units` is a power of two.

    >>> import numpy as np
    >>> integer_points(np.array([[0.5, 3.0]]))
    (2, [[1, 6]])
    """
    ratios = [[value.as_integer_ratio() for value in row] for row in points.tolist()]
    units = max((bottom for row in ratios for _, bottom in row), default=1)
    return units, [[top * (units // bottom) for top, bottom in row] for row in ratios]


def integer_weights(weights: Sequence[float], least: int) -> list[int]:
    """Return weights in units of `2^(least − 1)`, half the smallest subnormal number.

    >>> integer_weights([1.0, -2.0**-149], -149) == [2**150, -2]
    True
    """
    found = []
    for weight in weights:
        top, bottom = weight.as_integer_ratio()
        found.append((top << (1 - least)) // bottom)
    return found


def _rows(layer: AffineLayer, least: int) -> Iterator[str]:
    biases = integer_weights(layer.bias.tolist(), least)
    for number, bias in enumerate(biases):
        row, stored = [0] * layer.n_inputs, layer.row(number)
        for column, weight in zip(stored, integer_weights(list(stored.values()), least), strict=True):
            row[column] = weight
        yield f"{bias} {_words(row)}"


def _words(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))


def _whole(value: float) -> int:
    if not float(value).is_integer():
        raise InputError(f"the label value {value!r} is no integer; the proof covers integer label values only")
    return int(value)
