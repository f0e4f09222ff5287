"""The narrowest network that a setting allows: a loop over choices, until one is certified or none is left."""

from dataclasses import replace

from logwidth.construct import construction_named
from logwidth.construct.pruning.drop import PROMISING, SMALL
from logwidth.errors import InputError
from logwidth.pipeline.builder import build, build_shared_cells, cover_work_on, pieces_needed
from logwidth.pipeline.map_selection import Choice, after_refusal, after_shortfall, choose
from logwidth.pipeline.problem import Setting
from logwidth.pipeline.run import Run

ATTEMPTS = 4
SMALL_COVER = 1e10  # multiplications of a greedy cover: some seconds


def narrowest(setting: Setting) -> tuple[Choice, Run]:
    """Return the first certified run on a map of the least rank or the budget's, else the last one, and what was chosen.

    Where scores of pieces fill the width budget and were not named, cells take their place if they are less deep.

    Raises InputError when nothing could be built.
    """
    choice, run = _built(_of_fewer_pieces(choose(setting)))
    for _ in range(ATTEMPTS - 1):
        better = None if run.certificate.holds else after_shortfall(choice, run)
        if better is None:
            break
        choice, run = _built(better)
    return _less_deep(*_on_the_least_map(choice, run))


def _of_fewer_pieces(choice: Choice) -> Choice:
    """Return the choice, or that of the map of least rank where nearly every sample is a piece and it needs fewer pieces.

    There moving pieces spares few, so that a cover says what a map is worth before a network is built on it.
    """
    setting, least = choice.setting, choice.least
    request, n = setting.problem.request, setting.problem.data.n_samples
    if least is None or not setting.specs[0].by_scores or request.pieces != "least" or request.effort == "high":
        return choice
    if PROMISING * n <= SMALL or max(cover_work_on(setting, found) for found in (least, choice.found)) > SMALL_COVER:
        return choice
    if least.matrix.tobytes() == choice.found.matrix.tobytes():
        return choice
    here = pieces_needed(setting, "cover", choice.found)
    if here <= PROMISING * n or (there := pieces_needed(setting, "cover", least)) >= here:
        return choice
    setting.problem.session.clock.say(
        f"pieces: nothing is built on the map that keeps more: a cover needs {here} there, {there} on that of least rank"
    )
    return replace(choice.on(least), least=None)


def _built(choice: Choice) -> tuple[Choice, Run]:
    """Return the run of a choice, or of the one that takes its place where nothing can be built."""
    try:
        return choice, build(choice)
    except InputError:
        other = after_refusal(choice)
        if other is None:
            raise
    try:
        return other, build(other)
    except InputError as problem:
        request, found = other.setting.problem.request, other.found
        if request.construction is not None or other.setting.working.norm != 2.0:
            raise
        raise InputError(
            f"width {request.width} is too small: the map of rank {found.rank} keeps {found.ratio_lower:.6g} of "
            f"the distances, but only decision lists are that narrow, and {problem}; allow width {found.rank + 2}"
        ) from problem


def _on_the_least_map(choice: Choice, run: Run) -> tuple[Choice, Run]:
    """Return the run, or that on the map of least rank, where a cover by samples needs fewer pieces there."""
    setting, least = choice.setting, choice.least
    if least is None or not setting.specs[0].by_scores or setting.problem.request.pieces != "least":
        return choice, run
    if cover_work_on(setting, least) > SMALL_COVER or pieces_needed(setting, "cover", least) >= run.summary.n_pieces:
        return choice, run
    other = replace(choice.on(least), least=None)
    made = build(other)
    fewer = made.certificate.holds and made.summary.n_pieces < run.summary.n_pieces
    return (other, made) if fewer else (choice, run)


def _less_deep(choice: Choice, run: Run) -> tuple[Choice, Run]:
    """Return the run, or that of cells that hold many samples, on the same map: as wide, where it is less deep."""
    request, spec, cells = choice.setting.problem.request, choice.spec, construction_named("cells")
    named = request.construction is not None or request.pieces != "least" or request.own_radii or request.smallest
    as_wide = request.norm == 2.0 and spec.by_scores and spec.extra_width == cells.extra_width
    if named or not (as_wide and run.certificate.holds):
        return choice, run
    other = replace(choice, spec=cells)
    made = build_shared_cells(other, run.network.depth)
    return (choice, run) if made is None else (other, made)
