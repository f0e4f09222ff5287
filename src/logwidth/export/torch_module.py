"""A network as a module of PyTorch, and back, weight by weight."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from logwidth.errors import InputError, MissingExtraError
from logwidth.network import AffineLayer, ReluNetwork

EXACT = {"float32": 2.0**24, "float64": 2.0**53}


def to_torch(network: ReluNetwork, label_values: ArrayLike | None = None) -> Any:
    """Return the network as `torch.nn.Sequential` of `Linear` and `ReLU`, with exactly its weights, in its float format.

    The module reads what the network's file reads: where features were divided by powers of two (`Dataset.feature_scales`),
    these are folded into its first layer, and it takes features that are not divided.

    The module maps `(n, d)` to `(n, 1)`, the value of the label. With `label_values` `(C,)`, integers, it maps to `(n, C)`:
    one more `Linear` gives the scores `2 v_c l − v_c²`, largest at the class whose value is nearest to the output l, and
    exact where l is a label value: what libraries expect that take the largest score. Parameters have gradients.

    On a CPU with default settings torch sums in an order that the certificate covers (docs/soundness.md): labels on
    certified balls are those of the stored network.

    Raises MissingExtraError without torch (extra `torch`), InputError for label values whose scores the format cannot hold.
    """
    torch = _torch()
    affine = [_linear(torch, layer) for layer in network.stored().layers]
    parts: list[Any] = []
    for layer in affine[:-1]:
        parts += [layer, torch.nn.ReLU()]
    parts.append(affine[-1])
    if label_values is not None:
        parts.append(_linear(torch, _scores(network, label_values)))
    return torch.nn.Sequential(*parts)


def from_torch(module: Any) -> ReluNetwork:
    """Return the network that a `torch.nn.Sequential` of alternating `Linear` and `ReLU` is, weight by weight.

    The inverse of :func:`to_torch`. All layers must be in float32 or all in float64, on the CPU.

    Raises MissingExtraError without torch, InputError that names the first part that does not fit.
    """
    torch = _torch()
    parts = list(module) if isinstance(module, torch.nn.Sequential) else []
    if len(parts) < 3 or len(parts) % 2 == 0:
        raise InputError("the module must be a Sequential of Linear, ReLU, Linear, …, Linear with at least one ReLU")
    for number, part in enumerate(parts):
        wanted = torch.nn.ReLU if number % 2 else torch.nn.Linear
        if type(part) is not wanted:
            raise InputError(f"part {number} of the module is a {type(part).__name__}, not a {wanted.__name__}")
    layers = [_affine(number, part) for number, part in enumerate(parts) if number % 2 == 0]
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def _torch() -> Any:
    try:
        import torch
    except ImportError as problem:
        raise MissingExtraError("torch", "torch") from problem
    return torch


def _linear(torch: Any, layer: AffineLayer) -> Any:
    """Return a `Linear` that holds copies of the layer's numbers."""
    kind = getattr(torch, layer.dtype)
    made = torch.nn.Linear(layer.n_inputs, layer.n_outputs, dtype=kind, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        made.weight.copy_(torch.from_numpy(layer.dense()))
        made.bias.copy_(torch.from_numpy(np.array(layer.bias)))
    return made


def _affine(number: int, part: Any) -> AffineLayer:
    weight = part.weight.detach().cpu().numpy()
    if str(weight.dtype) not in EXACT:
        raise InputError(f"part {number} of the module is in {weight.dtype}, not in float32 or float64")
    bias = np.zeros(len(weight), dtype=weight.dtype) if part.bias is None else part.bias.detach().cpu().numpy()
    return AffineLayer.from_dense(weight, bias)


def _scores(network: ReluNetwork, label_values: ArrayLike) -> AffineLayer:
    """Return `l ↦ (2 v_c l − v_c²)_c`."""
    values = np.asarray(label_values, dtype=np.float64)
    if network.n_outputs != 1:
        raise InputError(f"label values are for networks with one output, not {network.n_outputs}")
    if values.ndim != 1 or not values.size or not np.array_equal(values, np.round(values)):
        raise InputError("label values must be a list of whole numbers, one per class")
    if not 4.0 * float(np.abs(values).max()) ** 2 <= EXACT[network.dtype]:
        raise InputError(f"scores of label values up to {np.abs(values).max():g} are not exact in {network.dtype}")
    return AffineLayer.from_dense((2.0 * values)[:, None].astype(network.dtype), -(values**2).astype(network.dtype))
