"""Which constructions may serve a request."""

from dataclasses import dataclass

import numpy as np

from logwidth.construct import BOXES, FOLDED, LATTICE, ConstructionSpec, construction_named, constructions_for, nearest_first
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.norms import norm_name
from logwidth.pipeline.line import LINE
from logwidth.pipeline.request import Request
from logwidth.rounding import float_format


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
