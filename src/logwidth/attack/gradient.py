"""A gradient attack through torch, for contrast: the output is flat around every sample, so gradients say nothing."""

from dataclasses import dataclass
from typing import Any

from logwidth.errors import MissingExtraError
from logwidth.network import ReluNetwork
from logwidth.types import FloatArray

STEPS = 20


@dataclass(frozen=True)
class GradientReport:
    """Of `samples`, how many have an exactly zero gradient at the sample, and how many attacks changed the label."""

    samples: int
    flat: int
    changed: int


def gradient_attack(
    network: ReluNetwork, points: FloatArray, values: FloatArray, radii: FloatArray, norm: float
) -> GradientReport:
    """Ascend `|f(x) − label|` from each point within its radius (projected, 20 steps, a random start after the first).

    Where a black box finds another label just beyond a radius, this one does not even within a multiple of it.

    Raises MissingExtraError without torch (extra `torch`).
    """
    try:
        import torch
    except ImportError as problem:
        raise MissingExtraError("torch", "torch") from problem
    layers = [(torch.tensor(layer.dense()), torch.tensor(layer.bias)) for layer in network.layers]

    def output(x: Any) -> Any:
        for W, b in layers[:-1]:
            x = torch.relu(x @ W.T + b)
        return (x @ layers[-1][0].T + layers[-1][1])[:, 0]

    start = torch.tensor(points.astype(network.dtype))
    wanted, reach = torch.tensor(values.astype(network.dtype)), torch.tensor(radii.astype(network.dtype))[:, None]
    generator = torch.Generator().manual_seed(0)
    shift, flat, changed = torch.zeros_like(start), None, torch.zeros(len(points), dtype=torch.bool)
    for _ in range(STEPS):
        x = (start + shift).requires_grad_()
        result = output(x)
        changed |= (result.detach() - wanted).abs() > 0.5
        (slope,) = torch.autograd.grad((result - wanted).abs().sum() + 0 * x.sum(), x)
        still = (slope == 0).all(dim=1)
        flat = still if flat is None else flat
        noise = torch.randn(start.shape, generator=generator, dtype=start.dtype)
        slope = torch.where(still[:, None], noise, slope)
        shift = shift + 0.25 * reach * slope / slope.norm(dim=1, keepdim=True)
        shift = shift * (reach / shift.norm(p=norm, dim=1, keepdim=True)).clamp(max=1.0)
    return GradientReport(len(points), int(flat.sum()) if flat is not None else 0, int(changed.sum()))
