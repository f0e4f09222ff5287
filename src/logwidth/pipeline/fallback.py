"""What else could serve where the first way leaves samples undecided: other constructions, other pieces, by cost."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from logwidth.construct import CONSTRUCTIONS, ConstructionSpec, constructions_for
from logwidth.dataset import Dataset
from logwidth.errors import InputError
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run

SEARCHING = ("list",)  # has the fewest units, but may search long and in vain: after those as wide as it or one unit wider
KINDS = ("least", "all", "cover")
PRECISE = ("cells", "list")


class TooNarrowError(InputError):
    """No map was found within the width allowed: no other construction could be built either. The best one keeps `kept`."""

    def __init__(self, width: int, ratio: float, kept: float, rank: int) -> None:
        super().__init__(
            f"width {width} is too small for ratio {ratio:.6g}: the best map of rank {rank} that was found keeps {kept:.6g}"
        )
        self.kept = kept


def other_ways(request: Request, data: Dataset) -> Iterator[Request]:
    """Yield requests that name a construction for an open one: the cheapest first, all with other pieces afterwards.

    Cost is the number of units beside the coordinates. A construction that decides by scores is asked for with the pieces of
    the request; where those may be moved ('least'), then with all samples as pieces, and with a cover of them. One running
    maximum per class is tried before one per piece. Those to compare with (`reference`) are not among them.
    """
    specs = _serving(request, data)
    kinds = KINDS if request.pieces == "least" and not request.own_radii else (request.pieces,)
    for kind in kinds:
        for spec in specs:
            if spec.by_scores or kind == kinds[0]:
                yield from _named(replace(request, pieces=kind, smallest=False), spec)


def most_precise(request: Request, data: Dataset) -> Iterator[Request]:
    """Yield those of :func:`other_ways` that lose least to rounding, which adds up over no sum of many pieces."""
    ways = other_ways(request, data)
    return (way for way in ways if way.construction in PRECISE and way.pieces == request.pieces)


def _serving(request: Request, data: Dataset) -> list[ConstructionSpec]:
    """Return what serves the request, in the norm of its balls or for the ℓ2 balls around them."""
    sizes = np.bincount(data.labels).tolist()
    direct = constructions_for(request.dtype, sizes, request.norm)
    around = [spec for spec in constructions_for(request.dtype, sizes) if spec.home == 2.0 and spec not in direct]
    able = [spec for spec in (*direct, *around) if not spec.reference]
    if request.lanes is not None:
        return [CONSTRUCTIONS["lanes"]]
    return sorted(able, key=lambda spec: (spec in around, spec.by_budget, _cost(spec)))


def _cost(spec: ConstructionSpec) -> float:
    return 2.5 if spec.name in SEARCHING else spec.extra_width


def _named(request: Request, spec: ConstructionSpec) -> Iterator[Request]:
    """Yield the request for one construction; for lanes, where it leaves them open, first with one per class."""
    if spec.by_budget and request.lanes is None and request.max_depth is None:
        yield replace(request, construction=spec.name, lanes=1)
    yield replace(request, construction=spec.name)


def in_turn(first: Callable[[], Run], others: Callable[[], Iterable[Request]], build: Callable[[Request], Run]) -> Run:
    """Return the first run that is certified, of the first way and then the others; else that with most samples certified.

    Where the first way did not do, the summary's `tried` says what was tried, in order, and how many samples each certified.

    Raises InputError where nothing could be built: what the first way was refused for.
    """
    best, refused, tried = None, None, []
    try:
        best = first()
        tried.append(_told(best))
    except TooNarrowError:
        raise
    except InputError as problem:
        refused = problem
        tried.append({"construction": None, "pieces": None, "lanes": None, "certified": 0, "refused": str(problem)})
    if best is not None and best.certificate.holds:
        return best
    for request in others():
        try:
            run = build(request)
        except InputError as problem:
            tried.append(_asked(request) | {"certified": 0, "refused": str(problem)})
            continue
        tried.append(_asked(request) | {"certified": run.summary.certified})
        if best is None or run.summary.certified > best.summary.certified:
            best = run
        if run.certificate.holds:
            break
    if best is None:
        assert refused is not None
        raise refused
    return replace(best, summary=replace(best.summary, tried=tried))


def _told(run: Run) -> dict[str, Any]:
    summary = run.summary
    named = {"construction": summary["construction"], "pieces": summary["pieces"], "lanes": None}
    return named | {"certified": summary["certified"]}


def _asked(request: Request) -> dict[str, Any]:
    return {"construction": request.construction, "pieces": request.pieces, "lanes": request.lanes}
