"""What people do today: adversarial training (Madry et al., 2018). Nothing here is proven; `certify` judges it."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.dataset import Dataset
from logwidth.errors import MissingExtraError
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.norms import dual_exponent
from logwidth.types import FloatArray, FractionProgress

LEARNING_RATE = 3e-3


@dataclass(frozen=True)
class Regime:
    """How to train: `depth` hidden layers of `width` units, against `steps` gradient steps in ℓp balls of `radius`."""

    width: int
    radius: float
    norm: float = 2.0
    depth: int = 3
    epochs: int = 200
    batch: int = 128
    steps: int = 7
    seed: int = 0


def train_adversarially(data: Dataset, regime: Regime, progress: FractionProgress | None = None) -> ReluNetwork:
    """Return a float32 network with one output per class (the label is the largest), trained against attacks on the balls.

    Heuristic: it promises nothing. The features' mean and one common scale are folded into the first layer. The same
    seed gives the same network on the same machine.

    Raises MissingExtraError without PyTorch (extra `torch`).
    """
    torch = require_torch()
    torch.manual_seed(regime.seed)
    mean, scale = data.points.mean(axis=0), float(data.points.std()) or 1.0
    x = torch.tensor((data.points - mean) / scale, dtype=torch.float32)
    y = torch.tensor(data.labels, dtype=torch.long)
    sizes = [data.n_features, *[regime.width] * regime.depth, data.n_classes]
    parts: list[Any] = []
    for inputs, outputs in itertools.pairwise(sizes):
        parts += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*parts[:-1])
    optimiser = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, regime.epochs)
    for epoch in range(regime.epochs):
        reach = regime.radius / scale * min(1.0, 2.0 * (epoch + 1) / regime.epochs)  # the balls grow in the first half
        for rows in torch.randperm(len(x)).split(regime.batch):
            worst = _ascend(torch, model, (x[rows], y[rows]), reach, regime)
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(model(worst), y[rows]).backward()
            optimiser.step()
        schedule.step()
        if progress is not None:
            progress((epoch + 1) / regime.epochs)
    return _folded(model, mean, scale)


def adversarial_points(network: ReluNetwork, data: Dataset, regime: Regime, restarts: int = 4) -> list[FloatArray]:
    """Return, per restart, one point per sample `(n, d)` that gradient ascent found near its ball; nothing is checked here.

    Raises MissingExtraError without PyTorch (extra `torch`).
    """
    torch = require_torch()
    torch.manual_seed(regime.seed)
    layers = [(torch.tensor(layer.dense()), torch.tensor(np.array(layer.bias))) for layer in network.layers]

    def model(value: Any) -> Any:
        for weights, bias in layers[:-1]:
            value = torch.relu(value @ weights.T + bias)
        return value @ layers[-1][0].T + layers[-1][1]

    x = torch.tensor(data.points, dtype=torch.float32)
    y = torch.tensor(data.labels, dtype=torch.long)
    reach = regime.radius * (1 - 2.0**-18)
    found = [_ascend(torch, model, (x, y), reach, regime) for _ in range(restarts)]
    return [points.double().numpy() for points in found]


def _ascend(torch: Any, model: Any, samples: tuple[Any, Any], reach: float, regime: Regime) -> Any:
    """Projected gradient ascent of the loss from random starts: steepest steps in ℓp, scaled back into the ball."""
    x, y = samples
    shift = _inside(torch, torch.randn_like(x), reach, regime.norm) * torch.rand(len(x), 1)
    for _ in range(regime.steps):
        shift = shift.detach().requires_grad_(True)
        loss = torch.nn.functional.cross_entropy(model(x + shift), y, reduction="sum")
        (slope,) = torch.autograd.grad(loss, shift)
        step = _steepest(torch, slope, regime.norm) * (2.5 * reach / regime.steps)
        shift = _inside(torch, shift.detach() + step, reach, regime.norm, grow=False)
    return (x + shift).detach()


def _inside(torch: Any, shift: Any, reach: float, norm: float, *, grow: bool = True) -> Any:
    """Scale to ℓp length `reach`, or down to it if longer; for ℓ∞ clip."""
    if np.isinf(norm):
        return shift.clamp(-reach, reach)
    length = torch.linalg.vector_norm(shift, ord=norm, dim=1, keepdim=True).clamp_min(1e-12)
    factor = reach / length
    return shift * (factor if grow else factor.clamp_max(1.0))


def _steepest(torch: Any, slope: Any, norm: float) -> Any:
    """The direction of ℓp length 1 in which a linear function rises fastest."""
    if np.isinf(norm):
        return slope.sign()
    if norm == 1.0:
        best = slope.abs().argmax(dim=1, keepdim=True)
        return torch.zeros_like(slope).scatter(1, best, slope.gather(1, best).sign())
    power = slope.sign() * slope.abs() ** (dual_exponent(norm) - 1.0)
    return power / torch.linalg.vector_norm(power, ord=norm, dim=1, keepdim=True).clamp_min(1e-30)


def _folded(model: Any, mean: FloatArray, scale: float) -> ReluNetwork:
    linear = [part for part in model if hasattr(part, "weight")]
    tables = [(part.weight.detach().double().numpy(), part.bias.detach().double().numpy()) for part in linear]
    first, bias = tables[0]
    tables[0] = (first / scale, bias - first @ mean / scale)
    layers = [AffineLayer.from_dense(W.astype(np.float32), b.astype(np.float32)) for W, b in tables]
    return ReluNetwork(tuple(layers[:-1]), layers[-1])


def require_torch() -> Any:
    """Return PyTorch, on one thread: these networks are too small for more. Raise MissingExtraError without it."""
    try:
        import torch
    except ImportError as problem:
        raise MissingExtraError("PyTorch", "torch") from problem
    torch.set_num_threads(1)
    return torch
