"""A request for one data set, measured: what may serve it, in which norm, by which constructions."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from logwidth.construct import BOXES, FOLDED, LATTICE, ConstructionSpec, construction_named, constructions_for, nearest_first
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.maps import PreservingMap
from logwidth.norms import norm_name
from logwidth.pipeline.per_sample_radii import BUILT_FOR
from logwidth.pipeline.reference import LINE, WorkingNorm, line_map, line_target, working_norm
from logwidth.pipeline.request import Request
from logwidth.pipeline.session import Session
from logwidth.rounding import float_format
from logwidth.separation import DEFAULT_RATIO, Separation, Target, check_extent, separation, target_of


@dataclass(frozen=True)
class Admitted:
    """The constructions that may be used, preferred first; `contained`: they are made for ℓ2 balls around the balls."""

    specs: tuple[ConstructionSpec, ...]
    contained: bool = False


def admitted(request: Request, data: Dataset, *, contained: bool = False) -> Admitted:
    """Return what may serve a request, with `contained` for the ℓ2 balls around its balls.

    A construction that is named and serves ℓ2 alone is always contained. Raises InputError where nothing serves.
    """
    float_format(request.dtype)
    if request.reject is not None:
        return Admitted((BOXES,))
    if request.construction == LINE:
        return Admitted((construction_named("cells"),), contained)
    if request.construction == FOLDED.name:
        return Admitted((construction_named("collapse"),), contained)
    own = {spec.name: spec for spec in (BOXES, LATTICE)}.get(request.construction or "")
    specs, contained = _available(request, data, contained) if own is None else ([own], False)
    if request.smallest and not specs[0].by_scores:
        raise InputError(f"the construction {specs[0].name} has no pieces to spare; leave out smallest or use register")
    least = 1 + min(spec.extra_width for spec in specs)
    if request.width is not None and request.width < least:
        raise InputError(f"the width must be at least {least} for these data, not {request.width}")
    return Admitted(tuple(specs), contained)


def _available(request: Request, data: Dataset, contained: bool) -> tuple[list[ConstructionSpec], bool]:
    """Return the one that is named or that a budget asks for, else those that need not be named."""
    sizes = np.bincount(data.labels).tolist()
    specs = constructions_for(request.dtype, sizes, 2.0 if contained else request.norm)
    budget = request.lanes is not None or request.max_depth is not None
    name = request.construction or ("lanes" if budget else None)
    if name is None:
        free = [spec for spec in specs if not (spec.reference or spec.by_budget)]
        return nearest_first(free, request.norm) if request.own_radii else free, contained
    named = construction_named(name)
    if named in specs:
        return [named], contained
    if named.home == 2.0 and named in constructions_for(request.dtype, sizes):
        return [named], True
    raise InputError(
        f"the construction {named.name} is not available for {request.dtype}, {data.n_classes} classes and "
        f"l{norm_name(request.norm)} balls; available are: {', '.join(spec.name for spec in specs)}"
    )


@dataclass(frozen=True, eq=False)
class Problem:
    """A request for given data: the separation in its norm, the radius asked for, what may serve.

    `line` is the random line of the construction of that name, whose image decides which radius is asked for.
    """

    data: Dataset
    request: Request
    admitted: Admitted
    sep: Separation
    target: Target
    session: Session
    line: PreservingMap | None = None

    @classmethod
    def of(cls, data: Dataset, request: Request, session: Session) -> Self:
        """Return the problem; raise InputError where nothing serves it or the data do not allow it."""
        on_line = request.construction == LINE
        if on_line:  # float32 cannot hold the gaps of a line
            request = replace(request, dtype="float64")
        serving, clock = admitted(request, data), session.clock
        sep = clock.timed("separation", lambda: separation(data, norm=request.norm, progress=clock.stage("separation")))
        check_extent(data, sep, request.dtype)
        if on_line:
            line = clock.timed("map", lambda: line_map(data, sep, request.rng))
            target = line_target(sep, line, request.ratio, _one(request.radius))
            return cls(data, request, serving, sep, target, session, line)
        return cls(data, request, serving, sep, _target(request, sep), session)

    def asked(self, request: Request, *, contained: bool = False) -> Self:
        """Return another way of asking for the same balls; raise InputError where nothing serves it."""
        return replace(self, request=request, admitted=admitted(request, self.data, contained=contained))

    def without_checkpoint(self) -> Self:
        """Return the problem whose searches leave the user's file of rounds alone: it belongs to the first one."""
        return replace(self, session=replace(self.session, checkpoint=None))


@dataclass(frozen=True, eq=False)
class Setting:
    """A problem with the norm in which map and network are made, and the constructions for it, preferred first."""

    problem: Problem
    working: WorkingNorm
    specs: tuple[ConstructionSpec, ...]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return the request's norm, or ℓ2 around it for what serves ℓ2 only; InputError where those balls meet."""
        specs, request = problem.admitted.specs, problem.request
        if not (specs[0].reference or problem.admitted.contained):
            return cls.direct(problem)
        working = working_norm(problem.data, request.norm, problem.target, problem.sep, specs[0].name)
        return cls(problem, working, specs)

    @classmethod
    def direct(cls, problem: Problem) -> Self:
        """Return the request's own norm."""
        return cls(problem, WorkingNorm(problem.request.norm, problem.sep, problem.target), problem.admitted.specs)

    @classmethod
    def of_folds(cls, problem: Problem, dtype: str) -> Self:
        """Return the setting of networks with folds, whose linear maps are those of the narrowest construction by scores."""
        request = replace(problem.request, construction=FOLDED.name, dtype=dtype)
        working = WorkingNorm(request.norm, problem.sep, problem.target)
        return cls(replace(problem, request=request), working, (construction_named("collapse"),))

    @property
    def largest_rank(self) -> int:
        """The largest rank that the data and the width budget allow."""
        features, width = self.problem.data.n_features, self.problem.request.width
        return features if width is None else min(features, width - min(spec.extra_width for spec in self.specs))

    def construction_at(self, rank: int) -> ConstructionSpec:
        """Return the preferred construction that fits the width budget at a rank."""
        budget = self.problem.request.width
        return next(spec for spec in self.specs if budget is None or rank + spec.extra_width <= budget)


def _target(request: Request, sep: Separation) -> Target:
    """Return the radius asked for, of the default ratio where none is; own radii begin with that of a ratio, too."""
    if request.own_radii:
        return target_of(sep, ratio=BUILT_FOR)
    if request.ratio is None and request.radius is None:
        return target_of(sep, ratio=DEFAULT_RATIO)
    return target_of(sep, ratio=request.ratio, radius=_one(request.radius))


def _one(radius: float | str | None) -> float | None:
    """Return a radius that is one for all samples."""
    return None if isinstance(radius, str) else radius
