"""Cells on what folds make of balls: sets of samples and halfspaces that many share (docs/theory/t13-folding.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from logwidth.construct.cells.cells import SHARED_ROOM, network_of_cells
from logwidth.construct.cells.shared import Cell, needed, sharing_work
from logwidth.construct.chain import build_frame
from logwidth.construct.class_order import easiest_last
from logwidth.construct.folded_images import FoldedImages
from logwidth.construct.hulls import between, hardest_first, towards
from logwidth.construct.plan import Construction, Folds, Plan
from logwidth.errors import InputError
from logwidth.rounding import float_format, gamma_upper
from logwidth.types import BoolArray, FloatArray, IntArray

REFUSED = 6  # samples that cannot join a halfspace, before it is left as it is
TURNS = 4  # of a normal, each with the points that its images reach
NEAR = 0.97  # of the smallest balls inside the images: samples whose segment comes nearer to another share no cell
NEAREST, TIGHTEST = 20, 200  # opposite images that are looked at for each, and pairs for which a slab is sought
MOST_FOLDED_WORK = 2e10  # as `sharing_work` counts it: some minutes; digits take 4.5e9
ENOUGH = 0.999  # of a slab that is wide enough; a hull of points that leaves less is given up


@dataclass(frozen=True, eq=False)
class Region:
    """Images of the samples of a class, `own`, and of those to be kept out, `others`, as rows of `images`.

    A halfspace `⟨w, y⟩ ≥ c` serves if it holds all images of a set with room `gap`, and keeps all of others out by `gap`;
    with `gap` ∞ the widest slabs are looked for.
    """

    images: FoldedImages
    own: IntArray
    others: IntArray
    gap: float

    @cached_property
    def centres(self) -> FloatArray:
        """What the folds make of the centres of all balls."""
        return self.images.centres

    @cached_property
    def aims(self) -> FloatArray:
        """Points whose differences part the images of two samples: the centres of their scores."""
        return self.centres + self.images.folds.moves

    @cached_property
    def span(self) -> tuple[float, float]:
        """About the least and the greatest reach of an image from its centre along unit vectors, by a sample of them."""
        rows = np.concatenate([self.own, self.others])
        normals = self.centres[rows] - self.centres[np.roll(rows, 1)]
        normals /= np.maximum(np.linalg.norm(normals, axis=1), 1e-300)[:, None]
        reach = np.einsum("ij,ij->i", self.centres[rows], normals) - self.images.least(rows, normals)[0]
        return float(reach.min()), float(reach.max())

    def cells(self) -> list[Cell]:
        """Return cells of `⟨normals, y⟩ ≥ offsets` that hold the images of `own` and keep out those of `others`."""
        found = [(rows, self._halfspaces(rows, normals)) for rows, normals in self._sets()]
        holds = np.array([self._holds(rows, cell) for rows, cell in found])
        return [found[k][1] for k in needed(holds, [len(cell.offsets) for _, cell in found])]

    def low(self, rows: IntArray, w: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return how low along w `(m,)` or `(n, m)` images reach, and where, moved inwards by the least reach."""
        w = np.broadcast_to(w, (len(rows), self.centres.shape[1]))
        values, points = self.images.least(rows, np.asarray(w))
        return values, points + self.span[0] * w

    def _sets(self) -> Iterator[tuple[IntArray, FloatArray]]:
        """Yield sets of `own` that cover all, each with normals `(others, m)` that part its hull from every other image."""
        own, others = self.centres[self.own], self.centres[self.others]
        waiting = np.ones(len(own), dtype=bool)
        for seed in hardest_first(own, others):
            if not waiting[seed]:
                continue
            waiting[seed] = False
            members = [int(self.own[seed])]
            normals = self.aims[members] - self.aims[self.others]
            normals /= np.linalg.norm(normals, axis=1)[:, None]
            highs = -self.low(self.others, -normals)[0]
            lows = self.low(np.repeat(members, len(others)), normals)[0]
            short = np.flatnonzero(lows - highs < 2 * self.gap)
            self._part(members, short, normals, highs)
            allowed = waiting & self._near(own, own[seed], others)
            for i in np.argsort(((own - own[seed]) ** 2).sum(axis=1), kind="stable").tolist():
                if allowed[i] and self._joins(int(self.own[i]), members, normals, highs):
                    members.append(int(self.own[i]))
                    waiting[i] = False
            yield np.array(members), normals

    def _near(self, own: FloatArray, seed: FloatArray, others: FloatArray) -> BoolArray:
        """Return which samples have a segment to the seed that keeps clear of all others, roughly."""
        reach = 2 * NEAR * self.span[0]
        away = own - seed
        squares = np.maximum((away * away).sum(axis=1), 1e-300)
        to = others - seed
        share = np.clip(to @ away.T / squares, 0.0, 1.0)
        dots = to @ away.T
        distances = (to * to).sum(axis=1)[:, None] - 2.0 * share * dots + share * share * squares
        return np.asarray(distances.min(axis=0) > reach * reach)

    def _joins(self, new: int, members: list[int], normals: FloatArray, highs: FloatArray) -> bool:
        """Return whether a set may have a sample more; then its normals part it from every other image."""
        centre = normals @ self.centres[new]
        wanted = highs + 2 * self.gap
        unsure = np.flatnonzero(centre - 1.1 * self.span[1] < wanted)
        lows = self.low(np.full(unsure.size, new), normals[unsure])[0]
        short = unsure[lows < wanted[unsure]]
        short = short[np.argsort((lows - wanted[unsure])[lows < wanted[unsure]], kind="stable")]
        turned, risen = normals.copy(), highs.copy()
        if not self._part([*members, new], short, turned, risen):
            return False
        normals[:], highs[:] = turned, risen
        return True

    def _part(self, members: list[int], short: IntArray, normals: FloatArray, highs: FloatArray) -> bool:
        """Turn the normals of the others `short` until they part these from a set; return whether all do."""
        rows, start, step = np.array(members), 0, 2  # the hardest first: most sets that cannot grow end there
        while start < len(short):
            if not self._turned(rows, short[start : start + step], normals, highs):
                return False
            start, step = start + step, 4 * step
        return True

    def _turned(self, rows: IntArray, short: IntArray, normals: FloatArray, highs: FloatArray) -> bool:
        """Turn some normals together; return False where one of them cannot part its sample from the set."""
        left, w = short, normals[short]
        for turn in range(TURNS):
            both = np.concatenate([np.tile(rows, len(left)), self.others[left]])
            values, points = self.low(both, np.concatenate([np.repeat(w, len(rows), axis=0), -w]))
            count = len(rows) * len(left)
            lows, upper = values[:count].reshape(len(left), -1), points[:count].reshape(len(left), len(rows), -1)
            lower = points[count:]
            width = lows.min(axis=1) + values[count:]
            good = width >= 2 * self.gap * (ENOUGH if turn + 1 == TURNS else 1.0)
            normals[left[good]], highs[left[good]] = w[good], -values[count:][good]
            left, upper, lower = left[~good], upper[~good], lower[~good]
            if not left.size:
                return True
            found = [towards(mine - theirs) for mine, theirs in zip(upper, lower, strict=True)]
            w = np.array(found)
            reached = np.einsum("ijk,ik->ij", upper - lower[:, None], w).min(axis=1) - 2 * self.span[0]
            if (reached < 2 * self.gap * ENOUGH).any():
                return False
        return False

    def parted(self, rows: IntArray, kept: IntArray, w: FloatArray) -> tuple[FloatArray, float, float]:
        """Return a unit normal that parts two sets of images, beginning with w, how far, and how low the first reaches."""
        best, best_width, best_low = w, -np.inf, -np.inf
        both, sign = np.concatenate([rows, kept]), np.repeat([1.0, -1.0], [len(rows), len(kept)])[:, None]
        for turn in range(TURNS):
            values, points = self.low(both, sign * w)
            low, width = float(values[: len(rows)].min()), float(values[: len(rows)].min() + values[len(rows) :].min())
            if width > best_width:
                best, best_width, best_low = w, width, low
            if best_width >= 2 * self.gap or turn + 1 == TURNS:
                break
            upper, lower = points[: len(rows)], points[len(rows) :]
            w = between(upper, lower)
            size = float(np.linalg.norm(w))
            if size == 0.0:
                break
            w = w / size
            reached = float((upper @ w).min() - (lower @ w).max()) - 2 * self.span[0]
            if np.isfinite(self.gap) and reached < 2 * self.gap * ENOUGH:
                break
        return best, best_width, best_low

    def _halfspaces(self, rows: IntArray, normals: FloatArray) -> Cell:
        """Return halfspaces around a set that keep every other image out, those with most room first."""
        chosen, offsets, slabs = [], [], []
        clear = (normals @ self.centres[rows].T).min(axis=1) - (normals * self.centres[self.others]).sum(axis=1)
        waiting = np.ones(len(self.others), dtype=bool)
        while waiting.any():
            left = np.flatnonzero(waiting)
            j = int(left[np.argmin(clear[left])])
            w, low, out = self._grown(rows, left, j, normals[j])
            high = float(-self.low(self.others[left[out]], -w)[0].min())
            chosen.append(w)
            offsets.append((low + high) / 2)
            slabs.append(low - high)
            waiting[left[out]] = False
        order = np.argsort(-np.array(slabs), kind="stable")  # in a running minimum the first ones bear the errors of all
        return Cell(np.array(chosen)[order], np.array(offsets)[order])

    def _grown(self, rows: IntArray, left: IntArray, first: int, w: FloatArray) -> tuple[FloatArray, float, BoolArray]:
        """Return a normal that keeps `first` out and as many more of `left` as join; how low the set reaches; who is out."""
        low = float(self.low(rows, w)[0].min())
        out, refused = self._out(left, w, low), np.zeros(len(left), dtype=bool)
        out[left == first] = True
        kept, failures = [first], 0
        while failures < REFUSED:
            rest = np.flatnonzero(~(out | refused))
            if not rest.size:
                break
            k = rest[np.argmin(self.centres[self.others[left[rest]]] @ w)]
            turned, width, lower = self.parted(rows, self.others[[*kept, left[k]]], w)
            if width >= 2 * self.gap * ENOUGH:
                found = self._out(left, turned, lower)
                found[np.isin(left, [*kept, left[k]])] = True
                if found.sum() > out.sum():
                    w, low, out = turned, lower, found
                    kept.append(int(left[k]))
                    continue
            refused[k] = True
            failures += 1
        return w, low, out

    def _out(self, left: IntArray, w: FloatArray, low: float) -> BoolArray:
        """Return which of the others a halfspace that touches a set leaves out with all its room."""
        top = low - 2 * self.gap
        heights = self.centres[self.others[left]] @ w
        out = heights + 1.1 * self.span[1] <= top
        unsure = np.flatnonzero(~out & (heights + 0.9 * self.span[0] <= top))
        out[unsure] = -self.low(self.others[left[unsure]], -w)[0] <= top
        return np.asarray(out)

    def _holds(self, rows: IntArray, cell: Cell) -> BoolArray:
        """Return which samples of `own` a cell holds with all its room; those of its set are taken for held."""
        held = np.isin(self.own, rows)
        inside = self.centres[self.own] @ cell.normals.T - cell.offsets
        for k in np.flatnonzero(~held & (inside.min(axis=1) >= 0.9 * self.span[0] + self.gap)).tolist():
            low = self.low(np.full(len(cell.offsets), self.own[k]), cell.normals)[0]
            held[k] = bool((low >= cell.offsets + self.gap).all())
        return held


def cells_on_folds(plan: Plan, inner: Plan, folds: Folds) -> Construction:
    """Return the network of cells on the coordinates `y` that folds make, whose first layer is that of the order `inner`.

    `plan` has the samples and the radius of their balls. Raises InputError where some two images cannot be parted with room
    for rounding, or where looking for cells would take too long.
    """
    rank = inner.map_rank
    if sharing_work(np.bincount(plan.labels, minlength=plan.n_classes), rank) > MOST_FOLDED_WORK:
        raise InputError("there are too many samples to look for cells behind folds")
    frame = build_frame(inner, inner.points, [])
    images = FoldedImages.of(folds, plan.points, plan.radius * (1 + 2.0**-20))
    gap = SHARED_ROOM * least_slab(images, plan.labels) / 2
    rounded = gamma_upper(rank + 3, float_format(plan.dtype).unit) * float(np.linalg.norm(frame.upper))  # of one halfspace
    if not gap > rounded:
        raise InputError("the folds keep too little room between opposite balls for cells")
    order = easiest_last(images.centres, plan.labels, plan.values, rank + 2, plan.dtype)
    rows = [np.flatnonzero(plan.labels == label) for label in order.classes]
    regions = (Region(images, rows[c], np.concatenate(rows[:c]), gap) for c in range(1, plan.n_classes))
    classes = ([Cell(cell.normals, cell.offsets + cell.normals @ frame.b) for cell in region.cells()] for region in regions)
    return network_of_cells(inner, frame, order, classes, gap)


def least_slab(images: FoldedImages, labels: IntArray) -> float:
    """Return about the least width of the slabs between images of different labels: of each sample's nearest ones."""
    centres, pairs = images.centres, []
    for i, centre in enumerate(centres):
        opposite = np.flatnonzero(labels != labels[i])
        squares = ((centres[opposite] - centre) ** 2).sum(axis=1)
        pairs += [(i, int(j)) for j in opposite[np.argsort(squares, kind="stable")[:NEAREST]]]
    own, other = np.array(pairs).T
    w = (centres + images.folds.moves)[own] - (centres + images.folds.moves)[other]
    w /= np.maximum(np.linalg.norm(w, axis=1), 1e-300)[:, None]
    widths = images.least(own, w)[0] + images.least(other, -w)[0]
    least = np.inf
    for k in np.argsort(widths, kind="stable")[:TIGHTEST]:
        region = Region(images, own[[k]], other[[k]], np.inf)
        least = min(least, region.parted(own[[k]], other[[k]], w[k])[1])
    return least
