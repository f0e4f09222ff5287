"""The samples on which a search climbs when there are too many to scan them all in every round."""

from dataclasses import dataclass

import numpy as np

from logwidth.dataset import Dataset
from logwidth.separation import NearestOpposite, Separation
from logwidth.types import FloatArray, IntArray

ALL_SAMPLES_UP_TO = 12_000
FIRST, MOST_FIRST = 3_000, 10_000
ADDED, MOST_ADDED = 2_000, 4_000
PER_CLASS_PAIR = 2
MARGIN = 1.1


def first_working_set(data: Dataset, sep: Separation, seed: int) -> IntArray:
    """Return the rows that a search begins with: all of few; of many those closest to another class, and random ones.

    The closest pair of all is among them, so that δ is theirs too. A heuristic: the check on all pairs finds the pairs
    of other samples that are too short, and these samples are added.
    """
    n = data.n_samples
    if n <= ALL_SAMPLES_UP_TO:
        return np.arange(n)
    third = min(max(FIRST, 8 * data.n_features), MOST_FIRST) // 3
    near = np.argsort(sep.sample_upper, kind="stable")[:third]
    some = np.random.default_rng([seed, n]).permutation(n)[:third]
    return np.unique(np.concatenate([near, sep.neighbor[near], some, sep.pair]))


@dataclass(frozen=True, eq=False)
class Near:
    """The nearest opposite sample of each that is known, and its distance: infinite where none is."""

    upper: FloatArray
    neighbor: IntArray


def nearest_of_pairs(pairs: IntArray, lengths: FloatArray, n_samples: int) -> Near:
    """Return the nearest of the other ends of `pairs` `(n, 2)`, by their `lengths` `(n,)`, for either end."""
    upper, neighbor = np.full(n_samples, np.inf), np.zeros(n_samples, dtype=np.int64)
    order = np.argsort(-lengths, kind="stable")  # the shortest is written last
    for end in (0, 1):
        near = Near(np.full(n_samples, np.inf), np.zeros(n_samples, dtype=np.int64))
        near.upper[pairs[order, end]] = lengths[order]
        near.neighbor[pairs[order, end]] = pairs[order, 1 - end]
        closer = near.upper < upper
        upper, neighbor = np.where(closer, near.upper, upper), np.where(closer, near.neighbor, neighbor)
    return Near(upper, neighbor)


def rows_of_violated_pairs(
    nearest: NearestOpposite | Near, labels: IntArray, rows: IntArray, level: float, freedom: int = 0
) -> IntArray:
    """Return rows to add to `rows`, if an image keeps any opposite pair below `level`: samples of the closest pairs.

    Pairs a little longer are added too, for they are the next to fail. Of two classes only a few pairs are added at a time:
    one step lengthens most of the others. The more entries the frame has (`freedom`), the more pairs are needed to hold it.
    """
    if not (nearest.upper < level).any():
        return np.empty(0, dtype=np.int64)
    short = np.flatnonzero(nearest.upper < level * MARGIN)
    short = short[np.argsort(nearest.upper[short], kind="stable")]
    other = nearest.neighbor[short]
    a, b = labels[short], labels[other]
    between = np.minimum(a, b) * (int(labels.max()) + 1) + np.maximum(a, b)
    order = np.argsort(between, kind="stable")
    starts = np.flatnonzero(np.diff(between[order], prepend=-1))
    place = np.empty(len(short), dtype=np.int64)
    place[order] = np.arange(len(short)) - np.repeat(starts, np.diff(np.append(starts, len(short))))
    most = min(max(ADDED, freedom // 4), MOST_ADDED) // 2
    chosen = np.flatnonzero(place < max(PER_CLASS_PAIR, most // max(1, len(starts))))[:most]
    return np.setdiff1d(np.concatenate([short[chosen], other[chosen]]), rows)
