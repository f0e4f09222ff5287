"""What is built next: a map and a construction, for a request, after a refusal, or after a run that falls short."""

from dataclasses import dataclass, replace

import numpy as np

from logwidth.construct import ConstructionSpec
from logwidth.maps import PreservingMap, check_map
from logwidth.pipeline.map_selection import better_map, first_map, search
from logwidth.pipeline.problem import Setting
from logwidth.pipeline.run import Run


@dataclass(frozen=True, eq=False)
class Choice:
    """On which map and by which construction a network is built; `turning`: the map may be moved with its pieces.

    `least` is the map of least rank, where that was looked for.
    """

    setting: Setting
    found: PreservingMap
    spec: ConstructionSpec
    turning: bool = True
    least: PreservingMap | None = None

    def on(self, found: PreservingMap) -> "Choice":
        """Return the choice of another map, with the preferred construction that fits the width there."""
        return replace(self, found=found, spec=self.setting.construction_at(found.rank))


def choose(setting: Setting) -> Choice:
    """Return what to build first: on a map of the least rank, or of the rank that the width budget allows.

    Raises InputError when no map is found within the width budget.
    """
    found, least = setting.problem.session.clock.timed("map", lambda: first_map(setting))
    return Choice(setting, found, setting.construction_at(found.rank), setting.problem.request.start is None, least)


def identity(setting: Setting) -> PreservingMap:
    """Return the identity, which keeps all distances in every norm."""
    data, sep = setting.problem.data, setting.problem.sep
    return check_map(data, np.eye(data.n_features), norm=sep.norm, method="identity", separation=sep)


def after_refusal(choice: Choice) -> Choice | None:
    """Return what to build where a map keeps balls apart but no construction can use it; None where nothing is left.

    For decision lists in ℓ2 that is the best map of the same rank that the search finds, for other norms the identity.
    """
    setting, found = choice.setting, choice.found
    if setting.working.norm == 2.0:
        return choice.on(search(setting, found.rank, found)) if choice.spec.name == "list" else None
    useless = setting.problem.line is not None or found.method == "identity"
    if useless or setting.largest_rank < setting.problem.data.n_features:
        return None
    return choice.on(identity(setting))


def after_shortfall(choice: Choice, run: Run) -> Choice | None:
    """Return the choice of a map that keeps what the certificate of a run fell short of; None where there is none."""
    better = better_map(choice.setting, run, choice.found)
    return None if better is None else choice.on(better)
