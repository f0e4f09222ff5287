"""A run as exact integers in plain text, for a checker that is itself proven (docs/proofs.md)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.export.proof_width import WidthEvidence
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.types import FloatArray

FORMATS = {"float32": (-149, 24), "float64": (-1074, 53)}  # least exponent and precision


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
