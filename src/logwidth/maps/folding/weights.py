"""What a search for folds moves: the layers, the scores' centres and offsets, and the slopes of its bound."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from logwidth.types import FloatArray

STEEPEST = 60.0


@dataclass(frozen=True, eq=False)
class FoldWeights:
    """Folding layers of r linear units and K hinges each, and scores on what they make of a sample.

        p_1 = P x,  h_1 = ReLU(A x − t_1);   p_{l+1} = p_l + E_l h_l,  h_{l+1} = ReLU(B_l p_l + b_l h_l − t_{l+1});
        y = p_L + E_L h_L,      score of sample i:  2⟨c_i, y⟩ − |c_i|² + ω_i,   c_i = y_i + moves_i

    `P` `(r, n)`, `A` `(K, n)`, `t` `(L, K)`, `B` `(L − 1, K, r)`, `b` `(L − 1, K, K)`, `E` `(L, r, K)`, `moves` `(N, r)`,
    `offsets` `(N,)`. `steepness` `(L, K)` and `tilts` `(N, L, K)` say with which slope between 0 and 1 a hinge is bounded
    from below on a ball: `clip(e^steepness u + ½ + tilt, 0, 1)`. No bound's truth depends on them.
    """

    P: FloatArray
    A: FloatArray
    t: FloatArray
    B: FloatArray
    b: FloatArray
    E: FloatArray
    steepness: FloatArray
    moves: FloatArray
    offsets: FloatArray
    tilts: FloatArray

    @property
    def folds(self) -> int:
        """Number L of folding layers."""
        return len(self.t)

    @property
    def hinges(self) -> int:
        """Number K of hinges in a layer."""
        return int(self.t.shape[1])

    @property
    def rank(self) -> int:
        """Number r of linear units in a layer."""
        return len(self.P)

    @property
    def steep(self) -> FloatArray:
        """What `clip(steep u + ½ + tilt, 0, 1)` multiplies u by: `e^steepness`, within what floats hold."""
        return np.exp(np.clip(self.steepness, -STEEPEST, STEEPEST))

    def vector(self) -> FloatArray:
        """Return all numbers in one vector."""
        return np.concatenate([getattr(self, field.name).ravel() for field in fields(self)])

    def of_vector(self, vector: FloatArray) -> "FoldWeights":
        """Return weights of the same shapes from a vector."""
        parts, start = {}, 0
        for field in fields(self):
            shape = getattr(self, field.name).shape
            stop = start + int(np.prod(shape))
            parts[field.name] = vector[start:stop].reshape(shape)
            start = stop
        return FoldWeights(**parts)

    def sized(self, sizes: Mapping[str, float]) -> FloatArray:
        """Return one number for each of all, as in `vector`: what `sizes` says of its array, else 1."""
        arrays = [np.full(getattr(self, field.name).size, sizes.get(field.name, 1.0)) for field in fields(self)]
        return np.concatenate(arrays)

    def grown(self, B: FloatArray, b: FloatArray, t: FloatArray, E: FloatArray, steepness: float) -> "FoldWeights":
        """Return the weights with one fold more: its hinges read `B` `(K, r)`, `b` `(K, K)` and move y by `E` `(r, K)`."""
        samples, hinges = len(self.offsets), self.hinges
        return replace(
            self,
            t=np.concatenate([self.t, t[None]]),
            B=np.concatenate([self.B, B[None]]),
            b=np.concatenate([self.b, b[None]]),
            E=np.concatenate([self.E, E[None]]),
            steepness=np.concatenate([self.steepness, np.full((1, hinges), steepness)]),
            tilts=np.concatenate([self.tilts, np.zeros((samples, 1, hinges))], axis=1),
        )


@dataclass(frozen=True, eq=False)
class ForwardPass:
    """Samples on their way: `W x` `(N, r + K)`, `W = [P; A]`; per layer p, u before and h after the hinges; at last y."""

    images: FloatArray
    p: list[FloatArray]
    u: list[FloatArray]
    h: list[FloatArray]
    y: FloatArray


def passed(w: FoldWeights, points: FloatArray) -> ForwardPass:
    """Return what the folds make of `points` `(N, n)`."""
    images = points @ np.concatenate([w.P, w.A]).T
    p, u = [images[:, : w.rank]], [images[:, w.rank :] - w.t[0]]
    h = [np.maximum(u[0], 0.0)]
    for layer in range(1, w.folds):
        u.append(p[-1] @ w.B[layer - 1].T + h[-1] @ w.b[layer - 1].T - w.t[layer])
        p.append(p[-1] + h[-1] @ w.E[layer - 1].T)
        h.append(np.maximum(u[-1], 0.0))
    return ForwardPass(images, p, u, h, p[-1] + h[-1] @ w.E[-1].T)
