"""The images of some classes and of what is opposite to them, with factors whose products are squared distances."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from logwidth.construct.pruning.problem import PruningProblem, members
from logwidth.types import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ClassGroup:
    """Images `own` of the samples of some classes, which end at `ends`, and `opposite` ones, of which one is `near` each.

    Of several classes the opposite ones are all samples; those from `first` to `last` are of an own sample's class and do
    not count.
    """

    own: FloatArray
    ends: IntArray
    opposite: FloatArray
    near: IntArray
    first: IntArray
    last: IntArray

    @classmethod
    def of(cls, problem: PruningProblem, labels: range) -> "ClassGroup":
        """Return the group of some neighbouring classes."""
        sizes, images = np.bincount(problem.labels, minlength=problem.n_classes), problem.images
        ends = np.append(0, np.cumsum(sizes[labels.start : labels.stop]))
        order, before = np.argsort(problem.labels, kind="stable"), int(sizes[: labels.start].sum())
        own, place = order[before : before + ends[-1]], np.empty(len(order), dtype=np.intp)
        first, last = (before + np.repeat(end, np.diff(ends)) for end in (ends[:-1], ends[1:]))
        if len(labels) == 1:
            order, first = np.delete(order, np.arange(before, before + ends[-1])), last
        place[order] = np.arange(len(order))
        return cls(images[own], ends, images[order], place[problem.nearest()[own]], first, last)

    def parts(self) -> Iterator["ClassGroup"]:
        """Yield the group with those opposite samples only that are near an own one, and with the others."""
        near = np.zeros(len(self.opposite), dtype=bool)
        near[self.near] = True
        for columns in (np.flatnonzero(near), np.flatnonzero(~near)):
            first, last = (np.searchsorted(columns, end) for end in (self.first, self.last))
            yield replace(self, opposite=self.opposite[columns], first=first, last=last)

    @cached_property
    def factors(self) -> tuple[FloatArray, FloatArray]:
        """Return factors whose products are the squared distances of own samples and opposite ones."""
        return left_factor(self.own), right_factor(self.opposite)

    def hidden(self, rows: IntArray, columns: slice) -> tuple[IntArray, IntArray]:
        """Return the entries of a table of some own samples and opposite ones that are of one class."""
        first, last = (np.clip(end[rows], columns.start, columns.stop) for end in (self.first, self.last))
        i, j = members(first, last - first)
        return i, j - columns.start


def left_factor(z: FloatArray, more: float = 0.0) -> FloatArray:
    """Return rows `[−2z, 1, ‖z‖² + more]`: times a right factor they give squared distances, and `more`."""
    return np.column_stack([-2.0 * z, np.ones(len(z)), np.einsum("ij,ij->i", z, z) + more])


def right_factor(c: FloatArray) -> FloatArray:
    """Return rows `[c, ‖c‖², 1]`."""
    return np.column_stack([c, np.einsum("ij,ij->i", c, c), np.ones(len(c))])
