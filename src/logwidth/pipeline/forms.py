"""The networks of a benchmark written with other operators: equal to what was certified, or certified themselves."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from logwidth.certify import (
    BallProof,
    UnprovableNetworkError,
    UnrecognisedNetworkError,
    fuse,
    read_onnx,
    recognise,
    recognise_classifier,
)
from logwidth.certify.forms.scores_head import label_network
from logwidth.export.other_forms import maxima_form, normalised_form, other_forms
from logwidth.network import ReluNetwork
from logwidth.truth import Replay
from logwidth.truth.certified_forms import read_maxima, read_normalised
from logwidth.truth.other_forms import read_other_form, same_network
from logwidth.types import FloatArray

Pool = dict[str, Any]
SURE = 1 - 2.0**-30  # of a proven radius: so much is proven for other orders of summation too
SCALE, GRID = 16.0, 8.0  # inputs are divided by SCALE, after their mean on a grid of 1/GRID was subtracted
INNER = 0.9  # of the radius on which class maxima lead: nearer to its end their lead is within a scorer's tolerance


def network_forms(network: Pool, content: bytes, centres: Sequence[Pool]) -> Iterator[tuple[Pool, bytes]]:
    """Yield the pool's entries of all forms of a network, with their bytes; `centres` are those of that network.

    A form that is certified from its own bytes has `proven`: per sample the radius, and the lead of the witness's class
    (0 where nothing is proven about the witness).
    """
    chain = read_onnx(content).network
    for form, other in other_forms(chain).items():
        if not same_network(read_other_form(other), chain):
            raise AssertionError(f"the form {form} of {network['name']} is not what was certified")
        yield _entry(network, form), other
    for form, prove in (("normalised", _normalised), ("maxima", _maxima)):
        try:
            other, proven = prove(chain, centres)
        except (UnprovableNetworkError, UnrecognisedNetworkError):
            continue  # nothing is said of a form of which nothing is proven
        if proven:
            yield {**_entry(network, form), "proven": proven}, other


def _entry(network: Pool, form: str) -> Pool:
    return {**network, "name": f"{network['name']}_{form}", "track": "forms", "of": network["name"], "form": form}


def _normalised(chain: ReluNetwork, centres: Sequence[Pool]) -> tuple[bytes, dict[str, list[float]]]:
    """Return a form that subtracts about the mean of the centres and divides, and what is proven of it."""
    points = np.array([centre["point"] for centre in centres], dtype=np.float64)
    offset = np.round(points.mean(axis=0) * GRID) / GRID
    content = normalised_form(chain, offset, SCALE)
    stored = read_normalised(content)
    exact = stored.exact(points)
    kept = [centre for centre, plain in zip(centres, exact, strict=True) if plain]
    if not kept:
        return content, {}
    images = stored.read(points[exact])
    reach = max(centre["radius_lower"] for centre in kept) / SCALE
    proof = BallProof(recognise_classifier(stored.network), images, reach, np.inf)
    labels = np.array([centre["label"] for centre in kept], dtype=np.float64)
    radii = proof.radii(images, labels) * SURE
    proven = {}
    for centre, point, radius in zip(kept, points[exact], radii, strict=True):
        witness = np.array(centre["witness"])
        around = proof.radii_anywhere(stored.read(witness[None]), _best(centre))[0] * SURE * SCALE
        shown = Replay(content)(witness).tolist() == centre["scores"]
        margin = centre["margin"] if shown and around > stored.slack(witness, 0.0) else 0.0
        proven[str(centre["sample"])] = [stored.radius_around(point, float(radius)), margin]
    return content, proven


def _maxima(chain: ReluNetwork, centres: Sequence[Pool]) -> tuple[bytes, dict[str, list[float]]]:
    """Return the form whose score of a class is the largest of its pieces, and what is proven of it."""
    labels = label_network(chain)
    fused = fuse(labels, recognise(labels)).network
    if list(fused.values) != list(range(chain.n_outputs)):
        return b"", {}
    content = maxima_form(fused)
    points = np.array([centre["point"] for centre in centres], dtype=np.float64)
    reach = max(centre["radius_lower"] for centre in centres)
    proof = BallProof(recognise(read_maxima(content)), points, reach, np.inf)
    radii = proof.radii(points, np.array([centre["label"] for centre in centres], dtype=np.float64)) * SURE
    proven = {}
    for centre, radius in zip(centres, radii, strict=True):
        witness, other = np.array(centre["witness"]), _best(centre)
        scores = Replay(content)(witness)
        lead = float(scores[int(other[0])] - np.delete(scores, int(other[0])).max())
        sure = proof.radii_anywhere(witness[None], other)[0] > 0 and lead > 0
        proven[str(centre["sample"])] = [INNER * float(radius), lead if sure else 0.0]
    return content, proven


def _best(centre: Pool) -> FloatArray:
    """Return the class `(1,)` of a centre's witness."""
    return np.array([float(np.argmax(centre["scores"]))])
