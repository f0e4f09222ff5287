"""Networks of lattices: along directions of their own, or along the rows of a map that was given."""

from logwidth.errors import InputError
from logwidth.pipeline.builder import build_on_lattice
from logwidth.pipeline.choice import identity
from logwidth.pipeline.problem import Problem, Setting
from logwidth.pipeline.run import Run


def lattice_run(problem: Problem) -> Run:
    """Return the network of a lattice. Raises InputError where there is none."""
    if problem.request.own_radii:
        raise InputError("the walls of a lattice keep one radius for all samples: leave out radius 'max'")
    setting, start = Setting.direct(problem), problem.request.start
    return build_on_lattice(setting, identity(setting) if start is None else start)
