"""The construction of Theorem 4.2 of Egosi, Yehudai, Shamir: squares by a sawtooth series, sample by sample (theorem T8)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from logwidth.construct.chain import Chain, Frame, Unit, build_frame
from logwidth.construct.plan import Construction, Plan, power_above
from logwidth.construct.scores.prototypes import choose_prototypes
from logwidth.network import AffineLayer, ReluNetwork
from logwidth.rounding import stored
from logwidth.theory import paper_depth, paper_terms
from logwidth.types import FloatArray

THEOREM = (
    "Theorem 4.2 of Egosi, Yehudai, Shamir (T8): per sample and coordinate s = min(|z_j − c_j|, δ)/δ and "
    "s² ≈ s − Σ g_r(s)/4^r with the tent map iterated, summed to an approximate squared distance; a bump of it around each "
    "sample, and a running maximum of the bumps"
)


def sawtooth_width(map_rank: int, n_pieces: int) -> int:
    """Return the width `m + 4`."""
    del n_pieces
    return map_rank + 4


def sawtooth_depth(map_rank: int, n_pieces: int, ratio: float) -> int:
    """Return the depth `P (m (K + 2) + 3) − 1`, `K = max(1, ⌊log₄(m / (1 − ρ))⌋)`, for balls in ℓ2.

    >>> sawtooth_depth(3, 6, 0.9)
    89
    """
    return paper_depth(n_pieces, map_rank, ratio)


def build_sawtooth(plan: Plan) -> Construction:
    """Return the network of Theorem 4.2 for balls in ℓ2; lengths are measured in units of the distance of opposite images.

    Classes come in ascending order of value. The register κ stands for the paper's running maximum of bumps, counted from
    above so that it can be exact: `κ ← κ + inc` when a class starts and `κ ← min(κ, λ ReLU(A − limit))` after each
    sample, A its approximate squared distance.
    """
    pieces = choose_prototypes(replace(plan, prototypes=None), range(plan.n_classes))
    frame = build_frame(plan, pieces.chosen, [], scale=1.0 / plan.distance, rows=pieces.rows)
    blocks = _Blocks(plan, frame)
    starts = np.diff(plan.values[pieces.classes], prepend=plan.values[0])
    for centre, ticks in zip(frame.images, starts.tolist(), strict=True):
        for j in range(plan.map_rank):
            blocks.difference(centre, j, ticks if j == 0 else 0.0)
            blocks.square(j)
        blocks.bump()
    network = blocks.finish(float(plan.values[-1]))
    return Construction("sawtooth", network, THEOREM, "exact", plan.map_rank, pieces.size)


class _Blocks:
    """The layers, block by block. Units beside `z`: the register k, the sum A, and two more (up, down; q; p, t; c; h)."""

    def __init__(self, plan: Plan, frame: Frame) -> None:
        m, ratio = plan.map_rank, 2 * plan.radius / plan.distance
        self.chain, self.frame, self.terms = Chain.of(plan), frame, paper_terms(m, ratio)
        error = m * 4.0 ** -(self.terms + 1)
        slack = (1.0 - ratio) - error
        self.limit = (ratio / 2) ** 2 + error + slack / 4
        self.rate = power_above(float(plan.values[-1] - plan.values[0]) / (slack / 2) * (1 + 2.0**-16))
        self.known: dict[tuple[object, ...], AffineLayer] = {}

    def difference(self, centre: FloatArray, j: int, ticks: float) -> None:
        """Add `up = ReLU(z_j − c)`, `down = ReLU(c − z_j)`; the first sample's first one is read off the input."""
        chain = self.chain
        if not chain.layers:
            self._start(float(self.frame.b[0] - centre[0]))
            return
        axis = np.eye(chain.m)[j]
        offset = float(centre[j])
        total = [Unit("A", self._last_term())] if j else []
        units = [Unit("up", {}, -offset, axis), Unit("down", {}, offset, -axis)]
        chain.carry([*self._kept("k", ticks), *total, *units])

    def _start(self, offset: float) -> None:
        chain, T, b = self.chain, self.frame.T, self.frame.b
        matrix = stored(np.concatenate([T, T[:1], -T[:1]]), chain.dtype).astype(chain.dtype)
        bias = stored(np.concatenate([b, [offset, -offset]]), chain.dtype).astype(chain.dtype)
        chain.layers.append(AffineLayer.from_dense(matrix, bias))
        chain.names = {"up": chain.m, "down": chain.m + 1}

    def square(self, j: int) -> None:
        """Add the clipped difference `q = 1 − s` and the terms of `s²`; those of r ≥ 1 are the same for q as for s."""
        self._repeated("clip", [Unit("q", {"up": -1.0, "down": -1.0}, 1.0)], j)
        total = {"A": 1.0, "q": -1.0} if j else {"q": -1.0}
        first = [Unit("A", total, 1.0), Unit("p", {"q": 1.0}), Unit("t", {"q": 1.0}, -0.5)]
        self._repeated("first", first, j, keeps_sum=False)
        tent = {"p": 2.0, "t": -4.0}
        for r in range(1, self.terms):
            self._repeated(r, [Unit("A", _with_term(r)), Unit("p", tent), Unit("t", tent, -0.5)], j, keeps_sum=False)

    def bump(self) -> None:
        """Add `c = ReLU(A − lo)` and `κ ← min(κ, λ c)`; the first sample starts the register."""
        chain = self.chain
        chain.carry([*self._kept("k"), Unit("c", self._last_term(), -self.limit)])
        if "k" not in chain.names:
            chain.carry([Unit("k", {"c": self.rate})])
            return
        chain.carry([Unit("k", {"k": 1.0}), Unit("h", {"k": 1.0, "c": -self.rate})])
        self.closing = [Unit("k", {"k": 1.0, "h": -1.0})]
        chain.carry(self.closing)

    def finish(self, top: float) -> ReluNetwork:
        """Replace the last layer by one of the register alone and return the network."""
        self.chain.layers.pop()
        self.chain.names = {"k": self.chain.m, "h": self.chain.m + 1}
        return self.chain.finish(self.closing, Unit("label", {"k": -1.0}, top))

    def _last_term(self) -> dict[str, float]:
        return _with_term(self.terms)

    def _kept(self, name: str, bias: float = 0.0) -> list[Unit]:
        return [Unit(name, {name: 1.0}, bias)] if name in self.chain.names else []

    def _repeated(self, stage: object, own: Sequence[Unit], j: int, *, keeps_sum: bool = True) -> None:
        """Add a layer that is the same for every sample and coordinate: its value is made once and shared."""
        chain = self.chain
        units = [*self._kept("k"), *(self._kept("A") if keeps_sum else []), *own]
        key = (stage, j > 0, *chain.names)
        if key in self.known:
            chain.layers.append(self.known[key])
            chain.names = {unit.name: chain.m + k for k, unit in enumerate(units)}
        else:
            chain.carry(units)
            self.known[key] = chain.layers[-1]


def _with_term(r: int) -> dict[str, float]:
    """`A − g_r/4^r` with `g_r = 2p − 4t`."""
    return {"A": 1.0, "p": -2.0 / 4.0**r, "t": 4.0 / 4.0**r}
