"""The maps on which networks are built, of least, allowed or given rank; and what is built next, on which of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from logwidth.compute.step_cache import Arrays, Codec, StepCache, digest_of
from logwidth.construct import ConstructionSpec
from logwidth.maps import NoMapError, PreservingMap, check_map, search_map, smallest_rank_map
from logwidth.maps.working_set import ALL_SAMPLES_UP_TO
from logwidth.pipeline.fallback import TooNarrowError
from logwidth.pipeline.per_sample_radii import map_of_own_radii
from logwidth.pipeline.problem import Setting
from logwidth.pipeline.reference import LINE, paper_map
from logwidth.pipeline.run import Run
from logwidth.pipeline.session import Key

ROOM_LEFT = 1 / 8  # of what a ratio leaves below 1, that a map of many samples may take: it costs 1 piece in 200
MOST_SAMPLES = 50_000  # of more, those that a search looks at say too little of how much all will keep
Search = Callable[[StepCache], PreservingMap]


def first_map(setting: Setting) -> tuple[PreservingMap, PreservingMap | None]:
    """Return the map to build on first, and the map of least rank if that was looked for.

    A map that the user gave comes first if it keeps enough. Raises InputError when the search finds none within the width
    budget.
    """
    problem, working, request = setting.problem, setting.working, setting.problem.request
    if problem.line is not None:
        return problem.line, None
    start, progress = request.start, problem.session.clock.progress
    fits = start is not None and start.norm == working.norm and start.rank <= setting.largest_rank
    if start is not None and fits and start.ratio_lower > working.target.ratio:
        return start, None
    if request.own_radii:
        rank = setting.largest_rank
        asked = ("own", rank)
        return _found(
            setting, asked, lambda _: map_of_own_radii(problem.data, rank, working.sep, request.rng, progress)
        ), None
    if setting.specs[0].reference:
        return paper_map(problem.data, working, request.width, request.rng, progress), None
    if (found := _of_many_samples(setting)) is not None:
        return found, None
    least = _of_least_rank(setting)
    return _of_the_rank_allowed(setting, least), least


def search(setting: Setting, rank: int, start: PreservingMap | None, wanted: float | None = None) -> PreservingMap:
    """Return the best map of a rank that is found from another one, or the first that keeps a wanted ratio."""
    problem, working = setting.problem, setting.working
    return _found(
        setting,
        ("rank", rank, None if start is None else start.matrix.tobytes(), wanted),
        lambda steps: search_map(
            problem.data,
            rank,
            norm=working.norm,
            rng=problem.request.rng,
            separation=working.sep,
            start=start,
            wanted_ratio=wanted,
            progress=problem.session.clock.progress,
            checkpoint=steps,
            effort=problem.request.effort,
        ),
    )


def better_map(setting: Setting, run: Run, found: PreservingMap) -> PreservingMap | None:
    """Return a map that keeps what the certificate fell short of, None if there is none left."""
    request, radii, radius = setting.problem.request, run.certificate.radius_lower, setting.problem.target.radius
    short = setting.working.target.ratio * (1.0 - max(float(radii.min()), 0.5 * radius) / radius)
    wanted = found.ratio_lower + 1.5 * short
    if setting.specs[0].reference or request.construction == LINE or request.own_radii:
        return None
    if wanted >= 1.0 and found.rank >= setting.largest_rank:
        return None
    for rank in range(found.rank, setting.largest_rank + 1):
        better = search(setting, rank, found, min(wanted, 1.0))
        if better.ratio_lower >= min(wanted, 1.0 - 1e-6):
            return better
    return None


def _of_many_samples(setting: Setting) -> PreservingMap | None:
    """Return, of many samples, a map of the rank that a width budget allows which leaves nearly all room there is.

    To look for the least rank first, and for the last bit of room then, would take longer than all the rest. None where
    there is no budget, or no such map is found.
    """
    width, data, working, preferred = (
        setting.problem.request.width, setting.problem.data, setting.working, setting.specs[0]
    )  # fmt: skip
    if width is None or data.n_samples <= ALL_SAMPLES_UP_TO or working.norm != 2.0 or not preferred.by_scores:
        return None
    rank = min(data.n_features, setting.largest_rank, width - preferred.extra_width)
    if rank < 1 or not 0.0 < working.target.ratio < 1.0:
        return None
    wanted = 1.0 - ROOM_LEFT * (1.0 - working.target.ratio)
    found = search(setting, rank, None, wanted)
    if found.ratio_lower < wanted and data.n_samples <= MOST_SAMPLES:  # a climb for as much as can be had goes elsewhere
        found = max(found, search(setting, rank, None), key=lambda some: some.ratio_lower)
    return found if found.ratio_lower > working.target.ratio else None


def _of_least_rank(setting: Setting) -> PreservingMap:
    problem, working, request = setting.problem, setting.working, setting.problem.request
    budget, target, known = setting.largest_rank, setting.working.target, setting.problem.session.memo.narrow
    asked = ("least", budget, target.ratio)
    try:
        if (working.norm, *asked) in known:
            raise known[working.norm, *asked]
        return _found(
            setting,
            asked,
            lambda steps: smallest_rank_map(
                problem.data,
                target.ratio,
                norm=working.norm,
                rng=request.rng,
                max_rank=budget,
                separation=working.sep,
                checkpoint=problem.session.checkpoint or steps,
                effort=request.effort,
                progress=problem.session.clock.progress,
            ),
        )
    except NoMapError as problem_found:
        known[working.norm, *asked] = problem_found
        if request.width is None:
            raise
        best = problem_found.best
        raise TooNarrowError(request.width, target.ratio, best.ratio_lower, best.rank) from problem_found


def _of_the_rank_allowed(setting: Setting, least: PreservingMap) -> PreservingMap:
    """Return a map that keeps as much as it can, of the rank that the width budget allows: more room, fewer pieces."""
    request, preferred = setting.problem.request, setting.specs[0]
    served = preferred.by_scores or (preferred.name == "cells" and request.construction != LINE)  # room for halfspaces too
    if request.pieces != "least" or not served or setting.working.norm != 2.0:
        return least
    spent = not (request.width is None or request.smallest or preferred.by_budget)  # lanes take what is left
    budget = (request.width or 0) - preferred.extra_width if spent else least.rank
    rank = max(least.rank, min(setting.problem.data.n_features, budget))
    many = request.effort == "normal" and setting.problem.data.n_samples > MOST_SAMPLES
    if rank == least.rank and (many or request.effort == "low"):
        why = f"of more than {MOST_SAMPLES:,} samples" if many else "with low effort"
        setting.problem.session.clock.say(f"map: {why} the first of rank {rank} that reaches the goal is taken")
        return least
    found = search(setting, rank, least)  # of many samples it looks at a few, and may end with less than it began with
    return found if found.ratio_lower >= least.ratio_lower else least


def _found(setting: Setting, asked: Key, look: Search) -> PreservingMap:
    """Return what a search finds, or found before it was killed, checked again; `asked` is all that it depends on."""
    data, sep, session = setting.problem.data, setting.working.sep, setting.problem.session
    key = (setting.working.norm, *asked)
    if key not in session.memo.maps:

        def checked(kept: Arrays) -> PreservingMap:
            return check_map(data, kept["matrix"], norm=sep.norm, method=str(kept["method"]), separation=sep)

        codec = Codec[PreservingMap](lambda found: {"matrix": found.matrix, "method": np.array(found.method)}, checked)
        name = f"map {digest_of(key)[:12]}"
        session.memo.maps[key] = session.steps.recall(name, lambda: look(session.steps), codec)
    return session.memo.maps[key]


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
