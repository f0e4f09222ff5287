"""A network of exact numbers as a text file: ONNX has no numbers of thousands of digits."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.network import DyadicNetwork, DyadicRow

FORMAT = "logwidth exact network 1"


def exact_network_file(network: DyadicNetwork, classes: Sequence[Any], metadata: Mapping[str, str]) -> bytes:
    """Return the bytes of `network.json`: a JSON object with one string a unit, layer by layer.

    A unit is `bias column:weight column:weight …`, columns rising, weights of 0 left out. A number is 0 or `MpE`, which is
    `M·2^E` with an odd M in hexadecimal digits and E in decimal ones. Output k says `classes[k − 1]`, any other no label.
    `metadata` is what an ONNX file would say of the features.
    """
    head = {"format": FORMAT, "n_inputs": network.n_inputs, "classes": list(classes), "metadata": dict(metadata)}
    layers = ",\n".join(json.dumps([_unit(row) for row in layer]) for layer in network.layers)
    return f'{json.dumps(head)[:-1]}, "layers": [\n{layers}]}}\n'.encode()


def _unit(row: DyadicRow) -> str:
    return " ".join([written(row.bias, row.shift), *(f"{j}:{written(weight, row.shift)}" for j, weight in row.weights)])


def written(number: int, shift: int) -> str:
    """Return `number / 2^shift` as it stands in the file.

    >>> written(0, 3), written(-40, 1), written(3, 4)
    ('0', '-5p2', '3p-4')
    """
    if number == 0:
        return "0"
    zeros = (number & -number).bit_length() - 1
    return f"{number >> zeros:x}p{zeros - shift}"
