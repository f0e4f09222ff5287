"""A rank is too small where each kernel comes within 2σ of the difference of an opposite pair (docs/theory/t19-cover.md)."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from logwidth.certify.lower_bounds.cover.span import Span, are_near, charts, leaves
from logwidth.certify.lower_bounds.geometric import GeometricCertificate
from logwidth.dataset import Dataset
from logwidth.norms import norm_name

MOST_DIMENSIONS = 8


@dataclass(frozen=True, repr=False)
class CoverCertificate(GeometricCertificate):
    """Every subspace of dimension n − `rank` in the span of the n vectors `basis` comes within 2·`radius` of some pair.

    That is, of the difference of some opposite pair in `pairs`. `cells` has one tree for each chart of these subspaces
    (`charts`): boxes cut in halves until one pair serves a whole box. The kernel of a first layer of `rank` units meets the
    span in such a subspace, so two opposite balls hold points with one image (T19).
    """

    norm: float
    radius: float
    rank: int
    basis: tuple[tuple[float, ...], ...]
    pairs: tuple[tuple[int, ...], ...]
    cells: tuple[tuple[int, ...], ...]
    data_sha256: str

    FORMAT = "logwidth cover certificate 1"

    @property
    def width_lower(self) -> int:
        """The least width that is not excluded."""
        return self.rank + 1

    @property
    def claim(self) -> str:
        """The theorem in words."""
        return (
            f"no linear map of rank <= {self.rank} keeps the images of all l{norm_name(self.norm)} balls of radius "
            f"{self.radius!r} around differently labelled samples disjoint: its kernel meets the span of {len(self.basis)} "
            f"vectors in a subspace that is in one of {self._leaves:,} cells, "
            f"and all subspaces of a cell meet the difference of two opposite balls; so no network whose first layer has at "
            f"most {self.rank} units, the only ones that see the input, is right on all of these balls"
        )

    @property
    def rows(self) -> Iterator[int]:
        """The samples of all pairs."""
        return chain.from_iterable(self.pairs)

    @property
    def evidence(self) -> str:
        """What proves it, in a few words."""
        return f"{self._leaves:,} cells of kernels, {len(self.pairs):,} pairs"

    @property
    def _leaves(self) -> int:
        return sum(entry >= 0 for tree in self.cells for entry in tree)


def check_cover(certificate: CoverCertificate, data: Dataset) -> tuple[str, ...]:
    """Return everything that is wrong with the certificate's claim about `data`, decided in exact integers."""
    problems = certificate.misfits(data) or _shape_problems(certificate, data)
    if problems:
        return problems
    span = Span.of(data, certificate.radius, np.array(certificate.basis).T, np.array(certificate.pairs))
    if span is None:
        return ("the basis vectors must be linearly independent, and of about the size of 1",)
    k, n = certificate.rank, len(certificate.basis)
    for which, (chart, tree) in enumerate(zip(charts(n, n - k), certificate.cells, strict=True)):
        found = leaves(tree, n - k, k)
        if found is None or found.pairs.max(initial=-1) >= len(certificate.pairs):
            return (f"the cells of chart {which} are no tree of halved cells with a pair each",)
        far = np.flatnonzero(~are_near(span, chart, found, certificate.norm))
        if far.size:
            return (f"cell {far[0]} of chart {which} is not shown to lie within twice the radius of its pair",)
    return ()


def _shape_problems(c: CoverCertificate, data: Dataset) -> tuple[str, ...]:
    n = len(c.basis)
    if not 1 <= c.rank < n <= min(data.n_features, MOST_DIMENSIONS):
        return (f"the rank must be at least 1 and below the number of basis vectors, at most {MOST_DIMENSIONS}",)
    if any(len(vector) != data.n_features for vector in c.basis):
        return (f"every basis vector must have {data.n_features} entries",)
    if len(c.cells) != math.comb(n, c.rank):
        return (f"there must be {math.comb(n, c.rank)} trees of cells, not {len(c.cells)}",)
    for pair in c.pairs:
        if len(pair) != 2 or data.labels[pair[0]] == data.labels[pair[1]]:
            return (f"pair {list(pair)} must be two samples with different labels",)
    return ()
