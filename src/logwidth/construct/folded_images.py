"""How far what folding layers make of a ball reaches along a direction (docs/theory/t13-folding.md), for builders."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from logwidth.construct.plan import Folds
from logwidth.types import BoolArray, FloatArray, IntArray

STEPS = 3  # of the ascent in slopes
FLAT = 1e-300


@dataclass(frozen=True, eq=False)
class _Affine:
    """What is left of functions on balls, row by row: `value` at `x_i`, the gradient `Wᵀ q`, and how it came about.

    `coefficients` `(R, L, K)` are those of the hinges, `free` says which of these are bounded by a slope.
    """

    value: FloatArray
    q: FloatArray
    length: FloatArray
    coefficients: FloatArray
    free: BoolArray

    def take(self, rows: IntArray) -> "_Affine":
        """Return some of the rows."""
        return _Affine(*(part[rows] for part in vars(self).values()))

    def put(self, rows: IntArray, other: "_Affine", which: BoolArray) -> None:
        """Replace some of the rows by some of another's."""
        for name, part in vars(self).items():
            part[rows] = getattr(other, name)[which]

    def bound(self, radius: float) -> FloatArray:
        """Return the least values on the balls."""
        return np.asarray(self.value - radius * self.length)


@dataclass(frozen=True, eq=False)
class FoldedImages:
    """The images `{y(x) : |x − x_i|_2 ≤ radius}` of balls under folds; any number of hinges and layers.

    `base` `(N, r + K)` is `W x_i`, `W = [P; A]`, and `gram` `W Wᵀ`: all that is needed of the inputs. `cut` `(N, L, K)` says
    which hinges may switch on a ball, `on` which are active on all of it, `chords` which slopes a bound begins with.
    """

    folds: Folds
    radius: float
    base: FloatArray
    gram: FloatArray
    cut: BoolArray
    on: BoolArray
    chords: FloatArray

    @classmethod
    def of(cls, folds: Folds, points: FloatArray, radius: float) -> Self:
        """Return the images of the balls around `points` `(N, d)`; ranges of later layers rest on those of earlier ones."""
        W = np.concatenate([folds.P, folds.A])
        base, gram, rank = points @ W.T, W @ W.T, len(folds.P)
        shape = (len(points), *folds.t.shape)
        images = cls(folds, radius, base, gram, np.zeros(shape, bool), np.zeros(shape, bool), np.zeros(shape))
        owner = np.arange(len(points))
        for layer, t in enumerate(folds.t):
            for k in range(len(t)):
                if layer == 0:
                    u, wide = base[:, rank + k] - t[k], radius * float(np.sqrt(gram[rank + k, rank + k]))
                    low, high = u - wide, u + wide
                else:
                    B, b = (np.tile(part[layer - 1][k], (len(points), 1)) for part in (folds.B, folds.b))
                    low, high = (s * images._bounded(owner, s * B, s * b, layer - 1)[0] - t[k] for s in (1.0, -1.0))
                images.cut[:, layer, k], images.on[:, layer, k] = (low < 0.0) & (high > 0.0), low >= 0.0
                images.chords[:, layer, k] = np.clip(high / np.where(high > low, high - low, 1.0), 0.0, 1.0)
        return images

    @property
    def centres(self) -> FloatArray:
        """What the folds make of the balls' centres, `(N, r)`."""
        return self._forward(self.base)

    def least(self, owner: IntArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return about the least `⟨w, y⟩` `(M,)` on the images `owner` `(M,)`, from below, and where it is met `(M, r)`.

        Nothing rests on it: the certificate measures everything anew.
        """
        return self._bounded(owner, w, w @ self.folds.E[-1], len(self.folds.t) - 1)

    def _bounded(self, owner: IntArray, cp: FloatArray, ch: FloatArray, layer: int) -> tuple[FloatArray, FloatArray]:
        """Return the same for `⟨cp, p⟩ + ⟨ch, h⟩` of a layer: of every pattern the best bound that a few steps find."""
        rows, pattern = self._patterns(owner, cp, ch, layer)
        who, cp, ch = owner[rows], cp[rows], ch[rows]
        slopes = self.chords[who]
        best = self._passed(who, cp, ch, slopes, pattern, layer)
        moving = np.flatnonzero(best.free.any(axis=(1, 2)))
        for _ in range(min(STEPS, 2 * self.folds.t.size - 1)):  # of one hinge the first is the last
            if not moving.size:
                break
            at, here = (who[moving], cp[moving], ch[moving]), best.take(moving)
            tried = self._stepped(at, slopes[moving], pattern[moving], here, layer)
            found = self._passed(*at, tried, pattern[moving], layer)
            turned = (here.free & ~found.free).any(axis=(1, 2))  # a hinge whose other pattern was not followed
            better = (found.bound(self.radius) > here.bound(self.radius)) & ~turned
            moving = moving[better]
            best.put(moving, found, better)
            slopes[moving] = tried[better]
        bound, first = best.bound(self.radius), np.arange(len(rows))
        if len(rows) > len(owner):
            order = np.lexsort((bound, rows))
            first = order[np.searchsorted(rows[order], np.arange(len(owner)))]
        return bound[first], self._forward(self._lowest(who[first], best.take(first)))

    def _patterns(self, owner: IntArray, cp: FloatArray, ch: FloatArray, layer: int) -> tuple[IntArray, BoolArray]:
        """Return the function of every row, and which hinges the row takes as active where their coefficient is negative."""
        folds, rows, pattern = self.folds, np.arange(len(owner)), self.on[owner]
        for below in range(layer, -1, -1):
            for k in range(ch.shape[1]):
                twice = np.flatnonzero(self.cut[owner[rows], below, k] & (ch[:, k] < 0.0))
                if twice.size:
                    again = np.concatenate([np.arange(len(rows)), twice])
                    count = len(rows)
                    rows, pattern, cp, ch = rows[again], pattern[again], cp[again], ch[again]
                    pattern[count:, below, k] = True
            if below > 0:
                free = self.cut[owner[rows], below] & (ch >= 0.0)
                tau = np.where(free, self.chords[owner[rows], below], pattern[:, below]) * ch
                ch, cp = tau @ folds.b[below - 1] + cp @ folds.E[below - 1], cp + tau @ folds.B[below - 1]
        return rows, pattern

    def _passed(
        self, who: IntArray, cp: FloatArray, ch: FloatArray, slopes: FloatArray, pattern: BoolArray, layer: int
    ) -> _Affine:
        """Return the affine functions below: hinges with a positive coefficient have these slopes, others the pattern."""
        folds, const = self.folds, np.zeros(len(who))
        coefficients, free = np.zeros(slopes.shape), np.zeros(slopes.shape, dtype=bool)
        tau = ch
        for below in range(layer, -1, -1):
            coefficients[:, below], free[:, below] = ch, self.cut[who, below] & (ch >= 0.0)
            tau = np.where(free[:, below], slopes[:, below], pattern[:, below]) * ch
            const -= tau @ folds.t[below]
            if below > 0:
                ch, cp = tau @ folds.b[below - 1] + cp @ folds.E[below - 1], cp + tau @ folds.B[below - 1]
        q = np.concatenate([cp, tau], axis=1)
        length = np.sqrt(np.maximum(np.einsum("ij,ij->i", q @ self.gram, q), 0.0))
        return _Affine(const + np.einsum("ij,ij->i", q, self.base[who]), q, length, coefficients, free)

    def _stepped(
        self, at: tuple[IntArray, FloatArray, FloatArray], slopes: FloatArray, pattern: BoolArray, here: _Affine, layer: int
    ) -> FloatArray:
        """Return slopes after a step along the gradient of the bound, to where the bound is largest on that line.

        The derivative by τ of a hinge is its u at the point where the affine function is least. On the line the bound is
        `v a − radius |q + q' a|`, if no coefficient changes its sign.
        """
        gradient = here.coefficients * self._hinges(self._lowest(at[0], here), np.where(here.free, slopes, pattern))
        stuck = ((slopes >= 1.0) & (gradient > 0.0)) | ((slopes <= 0.0) & (gradient < 0.0)) | ~here.free
        gradient = np.where(stuck, 0.0, gradient)
        scale = np.abs(gradient).max(axis=(1, 2))
        way = gradient / np.where(scale > 0.0, scale, 1.0)[:, None, None]
        further = self._passed(*at, slopes + way, pattern, layer)
        v, dq = further.value - here.value, further.q - here.q
        a, b = (np.einsum("ij,ij->i", dq @ self.gram, part) for part in (dq, here.q))
        share = v / np.maximum(self.radius * np.sqrt(np.maximum(a, 0.0)), FLAT)
        a = np.maximum(a, FLAT)
        rest = np.sqrt(np.maximum(here.length**2 - b * b / a, 0.0) / a)
        inner = np.clip(share, -1.0 + 1e-9, 1.0 - 1e-9)
        amount = np.clip(-b / a + inner * rest / np.sqrt(1.0 - inner * inner), 0.0, 1.0)
        return np.asarray(np.clip(slopes + amount[:, None, None] * way, 0.0, 1.0))

    def _lowest(self, who: IntArray, at: _Affine) -> FloatArray:
        """Return `W x` at the points of the balls where affine functions are least."""
        steps = at.q @ self.gram / np.maximum(at.length, FLAT)[:, None]
        return np.asarray(self.base[who] - self.radius * steps)

    def _hinges(self, base: FloatArray, slopes: FloatArray) -> FloatArray:
        """Return u of all layers `(M, L, K)` where every hinge is `slope · u`."""
        folds, rank = self.folds, len(self.folds.P)
        found = np.zeros(slopes.shape)
        p, u = base[:, :rank], base[:, rank:] - folds.t[0]
        for layer in range(len(folds.t)):
            found[:, layer] = u
            h = slopes[:, layer] * u
            if layer + 1 < len(folds.t):
                u = p @ folds.B[layer].T + h @ folds.b[layer].T - folds.t[layer + 1]
                p = p + h @ folds.E[layer].T
        return found

    def _forward(self, base: FloatArray) -> FloatArray:
        """Return y for given `W x`."""
        folds, rank = self.folds, len(self.folds.P)
        p, h = base[:, :rank], np.maximum(base[:, rank:] - folds.t[0], 0.0)
        for B, b, E, t in zip(folds.B, folds.b, folds.E, folds.t[1:], strict=False):
            p, h = p + h @ E.T, np.maximum(p @ B.T + h @ b.T - t, 0.0)
        return np.asarray(p + h @ folds.E[-1].T)
