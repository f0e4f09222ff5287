"""The network of the fewest stored bits: ways that differ much in what they store, and the leanest of those certified."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import isinf

from logwidth.construct import BOXES, LATTICE
from logwidth.errors import InputError
from logwidth.pipeline.boxes import only_boxes
from logwidth.pipeline.problem import Problem
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run

PEELING = ("cells", "list")  # they store two numbers or so a halfspace and coordinate


def fewest_bits(problem: Problem, build: Callable[[Request], Run]) -> Run:
    """Return the certified run of the fewest stored bits among a few ways; the first that was built where none is certified.

    Heuristic: other constructions, maps or walls may take fewer. Raises InputError where no way can be built, what the
    usual way was refused for.
    """
    runs: list[Run] = []
    refused: InputError | None = None
    for request in _ways(problem.request, few=not only_boxes(problem.data)):
        try:
            runs.append(build(request))
        except InputError as found:
            refused = found
    if not runs:
        assert refused is not None
        raise refused
    return min(runs, key=lambda run: (not run.certificate.holds, run.summary.total_bits))


def _ways(request: Request, *, few: bool) -> Iterator[Request]:
    """Yield the requests that are tried, the usual one last; of many samples those alone that take no hours."""
    plain = replace(request, fewest_bits=False)
    for name in (LATTICE.name, *(PEELING if few else ())):
        yield replace(plain, construction=name)
    if isinf(request.norm):
        yield replace(plain, construction=BOXES.name)
    if few and request.norm == 2.0 and request.pieces == "least":
        yield replace(plain, smallest=True)
    yield plain
