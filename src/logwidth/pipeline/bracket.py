"""Brackets: how narrow a network can be for a ratio, how large a ratio can be for a width, each from both sides."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from logwidth.certify import LowerBound
from logwidth.compute.threads import one_thread_each
from logwidth.construct import collapse_depth, peeling_work
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.display import Shown, axes_or_new, draw_bracket, number, shown
from logwidth.display import down as at_least
from logwidth.display import up as at_most
from logwidth.errors import InputError, UndecidedError
from logwidth.maps import PreservingMap, search_map
from logwidth.norms import parse_norm
from logwidth.pipeline.advice import beyond_float32
from logwidth.pipeline.folded import can_fold
from logwidth.pipeline.lower import RankBound, ceiling_certificate, closer_ceiling, excluded_ratio
from logwidth.pipeline.memorize import memorize, memorize_folded
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run, certified_or_none, first_certified, or_none
from logwidth.pipeline.unnamed import MOST_PEELING
from logwidth.rounding import down
from logwidth.separation import DEFAULT_RATIO, Separation, check_extent, separation, target_of
from logwidth.types import Progress

DEEPEST_COLLAPSE = 20_000
LEAST_EXTRA = 2
FORMATS = ("float32", "float64")
BACK_OFF = (1e-3, 1e-2, 5e-2, 0.2, 0.5, 0.9)


@dataclass(frozen=True, eq=False, repr=False)
class WidthBracket(Shown):
    """The width that a ratio needs on given data: at least `lower`, at most `upper`.

    `certificate` proves the lower end (None: only the trivial bound of one unit was found); `run` is the network of the
    upper end with its own certificate. `rank_lower ≤ k* ≤ rank_upper` brackets the least rank of a preserving map, so the
    width needed is at most `exists` in exact arithmetic (T5d), a proof without a network; `upper` is built. `unfolded` is
    the width of the narrowest network that was built on a linear map, without folds. Where `lower` is `upper`, the least
    width is known.
    """

    ratio: float
    rank_lower: int
    rank_upper: int
    lower: int
    upper: int
    certificate: LowerBound | None
    run: Run
    unfolded: int

    def facts(self) -> list[tuple[str, str, str]]:
        """Return both ends, of width and rank, with their evidence, as rows of text."""
        exists = [("by T5d, not built", "", str(self.exists))] if self.exists != self.upper else []
        if exists and self.exists == self.lower:
            exists = [(f"the least width is {self.lower}", f"needed {self.lower}", "exists by T5d, not built")]
        summary = self.run.summary
        built = f"{summary['construction']}, depth {summary['depth']:,}"
        return [
            (f"at ratio {number(self.ratio)}", "at least", "at most"),
            ("width", str(self.lower), str(self.upper)),
            *exists,
            *([("without folds", "", str(self.unfolded))] if self.unfolded != self.upper else []),
            *([(f"the least width is {self.lower}", f"needed {self.lower}", f"built {self.upper}")] if self.known else []),
            ("rank of the first map", str(self.rank_lower), str(self.rank_upper)),
            (
                "evidence",
                _evidence(self.certificate),
                f"{built}, certified {summary['certified']:,} of {summary['n_samples']:,}",
            ),
        ]

    def plot(self, ax: Any = None) -> Any:
        """Draw which widths are excluded, open and built into `ax`, or into new axes; return them (extra `plot`)."""
        parts = [
            ("excluded", 0.5, self.lower - 0.5, f"excluded: up to {self.lower - 1}"),
            ("open", self.lower - 0.5, self.upper - 0.5, f"open: {self.lower} to {self.upper - 1}"),
            ("built", self.upper - 0.5, 1.4 * self.upper, f"built and certified: {self.upper}"),
        ]
        return draw_bracket(axes_or_new(ax, 6.0, 1.6), f"width at ratio {number(self.ratio)}", parts)

    def _line(self) -> list[str]:
        exists = [f"{self.exists} exists"] if self.exists != self.upper else []
        if exists and self.exists == self.lower:
            exists = [f"{self.exists} exists, so the least width is {self.lower}"]
        name = self.run.summary.get("data_name")
        ends = f"at least {self.lower} and at most {self.upper}"
        known = f"{self.lower}: needed {self.lower}, built {self.upper}"
        return [
            *([str(name)] if name else []),
            f"at ratio {number(self.ratio)} the least width is {known if self.known else ends}",
            *exists,
            f"rank between {self.rank_lower} and {self.rank_upper}",
        ]

    @property
    def known(self) -> bool:
        """Whether both ends meet: the least width of a network that is right on all balls is `lower`."""
        return self.lower == self.upper

    @property
    def exists(self) -> int:
        """A width that suffices: `rank_upper + 1`, T5d on the checked map, or `upper` where that is less."""
        return min(self.upper, self.rank_upper + 1)

    def summary(self) -> dict[str, Any]:
        """Return the numbers of the bracket for printing."""
        return {
            "ratio": self.ratio,
            "width_lower": self.lower,
            "width_exists": self.exists,
            "width_upper": self.upper,
            "width_unfolded": self.unfolded,
            "rank_lower": self.rank_lower,
            "rank_upper": self.rank_upper,
        }


@dataclass(frozen=True, eq=False, repr=False)
class RatioBracket(Shown):
    """The ratio that a width allows on given data: `lower` with a certified network, at most `upper` with a certificate."""

    width: int
    map_rank: int
    lower: float
    upper: float
    certificate: RankBound | None
    run: Run

    def facts(self) -> list[tuple[str, str, str]]:
        """Return both ends with their evidence, as rows of text."""
        return [
            (f"at width {self.width}", "at least", "at most"),
            ("ratio 2σ/δ", at_least(self.lower), at_most(self.upper)),
            ("evidence", repr(self.run), _evidence(self.certificate)),
        ]

    def plot(self, ax: Any = None) -> Any:
        """Draw which ratios are built, open and excluded into `ax`, or into new axes; return them (extra `plot`)."""
        parts = [
            ("built", 0.0, self.lower, f"built and certified: up to {at_least(self.lower)}"),
            ("open", self.lower, self.upper, "open"),
            ("excluded", self.upper, 1.0, f"excluded: from {at_most(self.upper)} on"),
        ]
        return draw_bracket(axes_or_new(ax, 6.0, 1.6), f"ratio 2σ/δ at width {self.width}", parts)

    def _line(self) -> list[str]:
        name = self.run.summary.get("data_name")
        ends = (
            f"at width {self.width} the largest ratio is at least {at_least(self.lower)} and at most {at_most(self.upper)}"
        )
        return [*([str(name)] if name else []), ends, f"map of rank {self.map_rank}"]

    def summary(self) -> dict[str, Any]:
        """Return the numbers of the bracket for printing."""
        return {"width": self.width, "map_rank": self.map_rank, "ratio_lower": self.lower, "ratio_upper": self.upper}


def _evidence(proof: LowerBound | None) -> str:
    return "trivial" if proof is None else proof.evidence


def _rank_lower(proof: LowerBound | None) -> int:
    """Return what a certificate says of ranks: a map of rank r would give a network of width r + 1 (T5d)."""
    if proof is None:
        return 1
    return proof.rank + 1 if isinstance(proof, RankBound) else proof.width_lower - 1


@of_data
def width_bracket(
    data: Dataset,
    ratio: float = DEFAULT_RATIO,
    *,
    norm: object = 2,
    rng: int = 0,
    progress: Progress | bool | None = None,
) -> WidthBracket:
    """Return the bracket of the width that `ratio` needs: T1 and T2 from below, a certified network from above.

    The upper end uses a construction of width rank + 2 unless it would be deeper than 20,000 layers, and then the
    register (rank + 3); cells (rank + 2), or whatever else serves, where those are not certified in float32; for norms
    other than ℓ2 it is what `memorize` finds narrower. Linear decision lists on the same
    map (rank + 1; two classes and a single rule: rank) take its place if peeling finds ones that are certified, in float32
    or else in float64, and then folds (T13), one unit less at a time, until none are found or the lower end is met.
    (T5d: some network of width rank + 1 always exists; lists of practical size need not.)

    `data` is a Dataset, or points and labels: `width_bracket(X, y)`. `progress=True` shows a bar.

    Raises InputError as `memorize` does, UndecidedError when no certified network was reached.
    """
    with shown(progress) as report, one_thread_each():
        return _width_bracket(data, ratio, norm, rng, report)


def _width_bracket(data: Dataset, ratio: float, norm: object, rng: int, progress: Progress | None) -> WidthBracket:
    sizes = sorted(np.bincount(data.labels).tolist(), reverse=True)
    narrow = "collapse" if collapse_depth(sizes) <= DEEPEST_COLLAPSE else "register"
    forms = (narrow, "cells", None) if parse_norm(norm) == 2.0 else (None,)
    run = _first_certified(data, ratio, norm, forms, rng, progress)
    run = _narrower_by_a_list(data, run, rng, progress)
    proof, rank_upper = run.width_certificate, run.map.rank
    rank_lower = _rank_lower(proof)
    unfolded = run.network.width
    run = _narrower_by_folds(data, run, ratio, rng, progress)
    lower, upper = run.summary.width_lower or 1, run.network.width
    return WidthBracket(ratio, rank_lower, rank_upper, lower, upper, proof, run, unfolded)


def _first_certified(
    data: Dataset, ratio: float, norm: object, forms: Sequence[str | None], rng: int, progress: Progress | None
) -> Run:
    """Return the first certified run of some constructions, None for whatever serves, with the lower end of its bracket."""
    build = partial(memorize, data, ratio=ratio, norm=norm, rng=rng, bracket=True, progress=progress, pieces="cover")
    run = first_certified(partial(build, construction=form) for form in forms)
    if run.certificate.holds:
        return run
    sep = separation(data, norm=parse_norm(norm))
    raise UndecidedError(
        f"no network was certified at ratio {ratio}: {run.summary['undecided']} samples stay undecided in float32; "
        f"{beyond_float32(data, sep, target_of(sep, ratio=ratio))}"
    )


def _narrower_by_a_list(data: Dataset, run: Run, rng: int, progress: Progress | None) -> Run:
    """Return a decision list on a map of the run's rank where one is certified, with the lower end of `run`."""
    for dtype in FORMATS:
        ball = (run.certificate.radius, run.certificate.norm)
        found = _list_on(data, run.map, ball, dtype, rng, progress)
        if found is None:
            break
        if found.certificate.holds and found.network.width < run.network.width:
            summary = replace(found.summary, width_lower=run.summary.width_lower)
            return replace(found, summary=summary, width_certificate=run.width_certificate)
    return run


def _narrower_by_folds(data: Dataset, run: Run, ratio: float, rng: int, progress: Progress | None) -> Run:
    """Return the narrowest certified network with folds that is found, one unit less at a time, or `run`."""
    lower, proof = run.summary.width_lower or 1, run.width_certificate
    while run.network.width > max(lower, LEAST_EXTRA + 1):
        request = Request(ratio=ratio, norm=run.certificate.norm, width=run.network.width - 1, rng=rng, pieces="all")
        if not can_fold(request, data):
            break
        found = certified_or_none(partial(memorize_folded, data, request, FORMATS, progress))
        if found is None:
            break
        run = replace(found, summary=replace(found.summary, width_lower=lower), width_certificate=proof)
    return run


def _list_on(
    data: Dataset, found: PreservingMap, ball: tuple[float, float], dtype: str, rng: int, progress: Progress | None
) -> Run | None:
    """Return decision lists on a map for balls `(radius, p)`, None where the search would be long or finds none."""
    if peeling_work(data.n_samples, found.rank) > MOST_PEELING:
        return None
    return or_none(
        lambda: memorize(
            data, radius=ball[0], norm=ball[1], width=found.rank + 1, construction="list", dtype=dtype, rng=rng, start=found,
            progress=progress,
        )
    )  # fmt: skip


@of_data
def ratio_bracket(
    data: Dataset, width: int, *, norm: object = 2, rng: int = 0, progress: Progress | bool | None = None
) -> RatioBracket:
    """Return the bracket of the ratio that a network of `width` can reach.

    From below: a construction of rank + 2 units on the best map of rank `width − 2` that the search finds, certified, or
    decision lists on the best map of rank `width − 1` where peeling finds some for a larger ratio; the least
    per-sample radius counts. From above: a certificate for rank `width` (a first layer of that many
    units). Folds are not tried: they may reach larger ratios (`width_bracket`).

    `data` is a Dataset, or points and labels: `ratio_bracket(X, y, width)`. `progress=True` shows a bar.

    Raises InputError for a width below 3, UndecidedError when nothing was certified.
    """
    with shown(progress) as report, one_thread_each():
        return _ratio_bracket(data, width, norm, rng, report)


def _ratio_bracket(data: Dataset, width: int, norm: object, rng: int, progress: Progress | None) -> RatioBracket:
    if width < LEAST_EXTRA + 1:
        raise InputError(f"the width must be at least {LEAST_EXTRA + 1}, not {width}")
    share = None if progress is None else partial(progress, "separation")
    sep = separation(data, norm=parse_norm(norm), progress=share)
    check_extent(data, sep, FORMATS[0])
    found = search_map(
        data, min(width - LEAST_EXTRA, data.n_features), norm=sep.norm, rng=rng, separation=sep, progress=progress
    )
    run = _largest_certified(data, found, sep, width, rng, progress)
    run = _larger_by_a_list(data, run, sep, width, rng, progress)
    reached = 2.0 * float(run.certificate.radius_lower.min())
    upper, certificate = 1.0, None
    if width < data.n_features:
        weighted = ceiling_certificate(data, width, sep, progress=progress)
        certificate = closer_ceiling(data, weighted, down(reached / sep.upper, 2), sep)
        upper = excluded_ratio(certificate, sep)
    return RatioBracket(width, run.map.rank, down(reached / sep.upper, 2), upper, certificate, run)


def _larger_by_a_list(data: Dataset, run: Run, sep: Separation, width: int, rng: int, progress: Progress | None) -> Run:
    """Return decision lists on the best map of one rank more where some are certified for larger balls than `run`'s."""
    if width - 1 > data.n_features or peeling_work(data.n_samples, width - 1) > MOST_PEELING:
        return run
    wider = search_map(data, width - 1, norm=sep.norm, rng=rng, separation=sep, progress=progress)
    for room in BACK_OFF:
        radius = wider.ratio_lower * (1 - room) * sep.lower / 2
        if not radius > run.certificate.radius_lower.min():
            break
        found = _list_on(data, wider, (radius, sep.norm), FORMATS[0], rng, progress)
        if found is not None and found.certificate.holds:
            return found
    return run


def _largest_certified(
    data: Dataset, found: PreservingMap, sep: Separation, width: int, rng: int, progress: Progress | None
) -> Run:
    forms = ("collapse", "cells") if sep.norm == 2.0 else ("cells",)
    refused = None
    for room, form in itertools.product(BACK_OFF, forms):
        try:
            run = memorize(
                data, ratio=found.ratio_lower * (1 - room), norm=sep.norm, width=width, construction=form, rng=rng,
                start=found, progress=progress, pieces="cover",
            )  # fmt: skip
        except InputError as problem:
            refused = refused or problem
            continue
        if run.certificate.holds:
            return run
    if refused is not None:
        raise refused
    least = target_of(sep, ratio=found.ratio_lower * (1 - BACK_OFF[-1]))
    raise UndecidedError(f"no network was certified in float32 at width {width}; {beyond_float32(data, sep, least)}")
