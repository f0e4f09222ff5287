"""The main job: the only place where the rooms meet. Wiring and retry policy, no mathematics."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from logwidth.construct import FOLDED, Recipe, nearest_first, peeling_work, recipe_named, recipes_for
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.display import shown
from logwidth.errors import InputError
from logwidth.maps import PreservingMap, check_map, principal_rank
from logwidth.norms import norm_name, parse_norm
from logwidth.pipeline.advice import too_narrow
from logwidth.pipeline.clock import Clock
from logwidth.pipeline.fallback import TooNarrowError, in_turn, most_precise, other_ways
from logwidth.pipeline.folded import can_fold, folded_run
from logwidth.pipeline.line import LINE, line_goal, line_map
from logwidth.pipeline.lower import fewer_pieces_excluded, width_excluded
from logwidth.pipeline.mapmaker import Mapmaker
from logwidth.pipeline.memo import Memo
from logwidth.pipeline.own import BUILT_FOR
from logwidth.pipeline.record import Record
from logwidth.pipeline.reference import Ground, containing_ground
from logwidth.pipeline.run import Progress, Request, Run
from logwidth.pipeline.smallest import smallest_of
from logwidth.pipeline.workbench import Workbench
from logwidth.rounding import float_format
from logwidth.separation import Goal, Separation, blurred, check_extent, goal_of, separation

ATTEMPTS = 4
LEAST_FOLDED = FOLDED.extra_width
MOST_PEELING = 2e10  # multiplications of a search for decision lists: a minute or two
NEARLY_ALL = 1.0 - 1e-6  # of δ: a search for a map that keeps more would go on for nothing
FEW, SMALL_COVER = 1e7, 1e10  # multiplications of a greedy cover: no time at all, some seconds
SMALL = 300  # samples: so few are tried in other ways even where no way can certify all of them
OWN = "max"


@of_data
def memorize(  # noqa: PLR0913
    data: Dataset,
    *,
    ratio: float | None = None,
    radius: float | str | None = None,
    norm: object = 2,
    width: int | None = None,
    construction: str | None = None,
    dtype: str = "float32",
    rng: int = 0,
    start: PreservingMap | None = None,
    bracket: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    progress: Progress | bool | None = None,
    pieces: str = "least",
    lanes: int | None = None,
    max_depth: int | None = None,
    smallest: bool = False,
    resume: str | os.PathLike[str] | None = None,
) -> Run:
    """Compile `data` into a ReLU network that is certified to answer right on every ball `B_p(x_i, radius)`.

    `ratio = 2 radius/δ ∈ (0, 1)` or `radius` says how large the balls are; with `radius = "max"` each sample gets a radius
    of its own, up to half its own distance to the opposite ones in the map's image (`certificate.radius_lower`), the map
    takes all the width allowed, and every sample is a piece. Otherwise the map of least rank that the search finds
    is used; with a budget `width` the first construction that fits. `construction` names one (a key of
    `construct.RECIPES`, or 'line', the contrast that is not robust, which needs no ratio and is always in float64);
    `dtype` is the float format in which the network is stored and certified. The same `rng` seed gives the same network.

    For other norms than ℓ2 the balls are also put into ℓ2 balls, `B_p(x, σ) ⊂ B_2(x, c_p^+ σ)`, unless a construction is
    named; if that network is narrower it is the result, certified in ℓp. The summary's `route` says 'direct' or 'l2 balls'.

    The result's certificate was made from the ONNX bytes and the data alone; `run.certificate.holds` says whether every
    ball is certified.

    Where scores of pieces decide, `pieces` = 'all' takes every sample, 'cover' a greedy cover of them, 'least' moves pieces
    until few serve all balls; a `width` budget is then spent on a map of higher rank, which needs fewer.

    `smallest` builds on maps of more ranks, within `width` if it is given, and returns the network with the fewest nonzero
    numbers: wider than the narrowest and often many times smaller.

    `lanes` asks for the construction of that name with so many running maxima per class: wider and shallower.
    `max_depth` asks for the narrowest network of scores of pieces that has at most so many hidden layers.

    `start` is a map to use if it keeps enough (by default one is searched for). With `bracket` the width is also bounded
    from below: `run.width_certificate` proves the summary's `width_lower`. `checkpoint` names a file from which a search for
    the map that was killed goes on; `resume` a folder that keeps every long step, so that the same call goes on where it was
    killed and returns the same bytes (:class:`Record`). The caller removes it once the run is saved.

    `data` is a Dataset, or points and labels: `memorize(X, y, ratio=0.9)`. `progress=True` shows a bar, in notebooks too; a
    callback gets `(stage, fraction)`.

    Raises InputError when the request cannot be met; the message says what can be reached.
    """
    own = isinstance(radius, str)
    if isinstance(radius, str) and radius != OWN:
        raise InputError(f"the radius must be a number or 'max', not {radius!r}")
    single = None if isinstance(radius, str) else radius
    request = Request(
        ratio,
        single,
        parse_norm(norm),
        width,
        construction,
        dtype,
        rng,
        checkpoint,
        pieces,
        own,
        lanes,
        max_depth,
        smallest,
    )
    with shown(progress) as report:
        clock = Clock(report)
        job = _Job(data, request, start, clock, Record.of(resume, data, request, clock.progress))
        try:
            return replace(job.run(bracket=bracket), data=data)
        except InputError as problem:
            kept = problem.kept if isinstance(problem, TooNarrowError) else 0.0
            told = "" if width is None or own else too_narrow(data, kept, request, job.other)
            if not told:
                raise
            raise InputError(f"{problem}; {told}") from problem


def memorize_again(
    data: Dataset, request: Request, choices: Iterable[tuple[str, int | None]], progress: Progress | None = None
) -> Iterator[Run]:
    """Yield the run of a request, then those of other constructions `(name, lanes)` of the same pieces on the same map.

    Raises InputError when the request cannot be met.
    """
    clock = Clock(progress)
    job = _Job(data, request, None, clock, Record(None, clock.progress))
    first = job.run(bracket=False)
    yield first
    for name, lanes in choices:
        job.bench.request = replace(request, construction=name, lanes=lanes)
        yield job.bench.build(job.begun, recipe_named(name))


def memorize_folded(data: Dataset, request: Request, formats: Sequence[str], progress: Progress | None = None) -> Run:
    """Return the network with folds of a request, in the first of some float formats in which it is certified.

    Raises InputError when its width is out of reach.
    """
    clock = Clock(progress)
    job = _Job(data, replace(request, construction=FOLDED.name), None, clock, Record(None, clock.progress))
    job.formats = list(formats)
    return replace(job.run(bracket=False), data=data)


class _Job:
    """One run of the main job; `contained`: built for ℓ2 balls around the balls."""

    def __init__(
        self,
        data: Dataset,
        request: Request,
        start: PreservingMap | None,
        clock: Clock,
        record: Record,
        *,
        contained: bool = False,
        memo: Memo | None = None,
    ) -> None:
        self.data, self.request, self.start, self.clock, self.record = data, request, start, clock, record
        self.contained, self.memo = contained, memo or Memo()
        self.formats = [request.dtype]  # in which folds are tried
        self.on_line = request.construction == LINE
        if self.on_line:  # float32 cannot hold the gaps of a line
            self.request = replace(request, dtype="float64")
        self.recipes = self._recipes()

    def run(self, *, bracket: bool) -> Run:
        """Separate, find a map, build, store, certify; ask for a better map while the margin is too small."""
        sep = self.clock.timed(
            "separation", lambda: separation(self.data, self.request.norm, progress=self.clock.stage("separation"))
        )
        check_extent(self.data, sep, self.request.dtype)
        found, goal = self._line(sep) if self.on_line else (None, self._goal(sep))
        run = self._named(found, sep, goal) if self.request.construction is not None else self._open(sep, goal)
        if bracket and run.certificate.holds:
            run = self._bounded(run, sep)
        run.summary["seconds"] = self.clock.all_seconds()
        return run

    def other(self, request: Request) -> Run:
        """Return the run of another request for the same data, on the same record of time."""
        return _Job(self.data, request, self.start, self.clock, Record(None, self.clock.progress)).run(bracket=False)

    def _open(self, sep: Separation, goal: Goal) -> Run:
        """Return the network of the first way that is certified, where no construction is named."""

        def first() -> Run:
            return self._either(sep, goal) if self._has_choice() else self._named(None, sep, goal)

        def build(request: Request) -> Run:
            job = _Job(self.data, request, self.start, self.clock, self.record, memo=self.memo)
            return job._named(None, sep, goal)

        def others() -> Iterator[Request]:
            hopeless = not self.request.own_radii and blurred(self.data, sep, goal, self.request.dtype) is not None
            if not hopeless:
                return other_ways(self.request, self.data)
            return most_precise(self.request, self.data) if self.data.n_samples <= SMALL else iter(())

        early = self._only_lists(sep, goal)  # looking for them would take longer than looking for folds
        if early and (run := self._folded_or_none(sep, goal)) is not None:
            return run
        try:
            return in_turn(first, others, build)
        except InputError:
            if early or self.request.width is None or self.start is not None or not can_fold(self.request, self.data):
                raise
            run = self._folded_or_none(sep, goal)
            if run is None:
                raise
            return run

    def _only_lists(self, sep: Separation, goal: Goal) -> bool:
        """Return whether only a linear map that nothing but decision lists can use may fit, and these are far to seek."""
        width, data = self.request.width, self.data
        if width is None or width <= LEAST_FOLDED or self.start is not None or not can_fold(self.request, data):
            return False
        if peeling_work(data.n_samples, width - 1) <= MOST_PEELING or width - FOLDED.extra_width > data.n_features:
            return False
        return self._mapmaker(self.request, sep, goal).search(width - FOLDED.extra_width, None).ratio_lower <= goal.ratio

    def _folded_or_none(self, sep: Separation, goal: Goal) -> Run | None:
        """Return the network with folds within the width allowed, None where there is none that is certified."""
        try:
            run = self._folded(sep, goal)
        except InputError:
            return None
        return run if run.certificate.holds else None

    def _mapmaker(self, request: Request, sep: Separation, goal: Goal) -> Mapmaker:
        """Return what finds the linear maps that folds begin with."""
        ground = Ground(request.norm, sep, goal)
        kept = (self.clock, self.record, self.memo)
        return Mapmaker(self.data, (request, [recipe_named("collapse")], self.start), ground, kept)

    def _folded(self, sep: Separation, goal: Goal) -> Run:
        """Return the network with folds within the width allowed."""
        self.ground = Ground(self.request.norm, sep, goal)
        kept = (self.clock, self.record, self.memo)
        request = replace(self.request, construction=FOLDED.name)
        target = (sep, goal, self.ground)
        benches = [Workbench(self.data, replace(request, dtype=dtype), target, kept) for dtype in self.formats]
        self.maps = self._mapmaker(request, sep, goal)
        return folded_run(self.data, request, self.maps, benches)

    def _has_choice(self) -> bool:
        """Return whether ℓ2 balls around the balls are another way, and the user leaves it open."""
        return self.request.norm != 2.0 and not (self.start is not None or self.contained or self.request.own_radii)

    def _named(self, found: PreservingMap | None, sep: Separation, goal: Goal) -> Run:
        """Return the network of the construction that was named; scores of features where ℓ2 balls around the balls meet."""
        if self.request.construction == FOLDED.name:
            return self._folded(sep, goal)
        try:
            return self._made(found, sep, goal)
        except InputError:
            run = self._on_features(sep, goal)
            if run is None:
                raise
            return run

    def _on_features(self, sep: Separation, goal: Goal) -> Run | None:
        """Return a certified network of scores of all features, made for the balls as they are; None where there is none."""
        request, recipe = self.request, self.recipes[0]
        narrow = request.width is not None and request.width < self.data.n_features + recipe.extra_width
        free = request.pieces != "all" and not (request.own_radii or recipe.by_budget or narrow)
        if not (self.contained and recipe.by_scores and free):
            return None
        self.ground = Ground(request.norm, sep, goal)
        self.bench = Workbench(self.data, request, (sep, goal, self.ground), (self.clock, self.record, self.memo))
        identity = np.eye(self.data.n_features)
        found = check_map(self.data, identity, norm=request.norm, method="identity", separation=sep)
        run = self.bench.build(found, recipe)
        return run if run.certificate.holds else None

    def _either(self, sep: Separation, goal: Goal) -> Run:
        """Return the network for the balls or that for the ℓ2 balls around them, whichever is certified and narrower."""
        direct, problem = None, None
        try:
            direct = self._made(None, sep, goal)
        except InputError as refused:
            problem = refused
        width = self.request.width if direct is None or not direct.certificate.holds else direct.network.width - 1
        request = replace(self.request, width=width, checkpoint=None)
        try:
            contained = _Job(self.data, request, None, self.clock, self.record, contained=True, memo=self.memo)._made(
                None, sep, goal
            )
        except InputError:
            contained = None
        if contained is not None and (contained.certificate.holds or direct is None):
            return contained
        if direct is None:
            assert problem is not None
            raise problem
        return direct

    def _made(self, found: PreservingMap | None, sep: Separation, goal: Goal) -> Run:
        """Find a map, build on it, certify; for the smallest network go through some ranks first."""
        self.ground = self._ground(sep, goal)
        self.bench = Workbench(self.data, self.request, (sep, goal, self.ground), (self.clock, self.record, self.memo))
        self.bench.turning &= self.start is None
        self.maps = Mapmaker(
            self.data, (self.request, self.recipes, self.start), self.ground, (self.clock, self.record, self.memo)
        )
        smallest = self._smallest() if self.request.smallest else None
        if smallest is not None and self.bench.cover_work(smallest.map) > FEW:
            return smallest
        narrowest = self._narrowest(found, sep, goal)
        better = smallest is not None and smallest.summary["n_nonzero"] < narrowest.summary["n_nonzero"]
        return smallest if smallest is not None and (better or not narrowest.certificate.holds) else narrowest

    def _narrowest(self, found: PreservingMap | None, sep: Separation, goal: Goal) -> Run:
        """Build on a map of the least rank, or of the rank that the width budget allows."""
        found = found or self.clock.timed("map", self.maps.first_map)
        for _ in range(ATTEMPTS):
            run, found = self._build_on(found, sep)
            if run.certificate.holds:
                break
            better = self.maps.better_map(run, found, goal)
            if better is None:
                break
            found = better
        self.begun = found
        return self._fewest(run)

    def _fewest(self, run: Run) -> Run:
        """Return the run, or that on the map of least rank, where a cover by samples needs fewer pieces there."""
        least = self.maps.least
        if least is None or not self.recipes[0].by_scores or self.request.pieces != "least":
            return run
        if self.bench.cover_work(least) > SMALL_COVER or self.bench.fewest("cover", least) >= run.summary["n_pieces"]:
            return run
        other = self.bench.build(least, self._recipe(least.rank))
        if not other.certificate.holds or other.summary["n_pieces"] >= run.summary["n_pieces"]:
            return run
        self.begun = least
        return other

    def _smallest(self) -> Run | None:
        """Return the smallest of the networks on maps of a few ranks that the width budget allows, None if there is none."""
        turning, self.bench.turning = self.bench.turning, False
        most = self.data.n_features if self.request.width is None else self.request.width - self.recipes[0].extra_width
        run = smallest_of(principal_rank(self.data), min(most, self.data.n_features), self._certified)
        self.bench.turning = turning
        if run is None or not turning:
            return run
        turned = self.bench.build(run.map, self._recipe(run.map.rank))
        return turned if turned.certificate.holds and turned.summary["n_nonzero"] < run.summary["n_nonzero"] else run

    def _certified(self, rank: int, start: PreservingMap | None) -> Run | None:
        """Return a certified run on a map of a rank; None where the search finds none that keeps the balls apart."""
        found = self.clock.timed("map", lambda: self.maps.search(rank, start, NEARLY_ALL))
        if found.rank < rank or found.ratio_lower <= self.ground.goal.ratio:
            return None
        try:
            run = self.bench.build(found, self._recipe(found.rank))
        except InputError:
            return None
        return run if run.certificate.holds else None

    def _goal(self, sep: Separation) -> Goal:
        if self.request.own_radii:
            return goal_of(sep, ratio=BUILT_FOR)
        return goal_of(sep, ratio=self.request.ratio, radius=self.request.radius)

    def _line(self, sep: Separation) -> tuple[PreservingMap, Goal]:
        request = self.request
        found = self.clock.timed("map", lambda: line_map(self.data, sep, request.seed))
        return found, line_goal(sep, found, request.ratio, request.radius)

    def _ground(self, sep: Separation, goal: Goal) -> Ground:
        """Return in which norm map and network are made: the request's, or ℓ2 around it for what serves ℓ2 only."""
        norm = self.request.norm
        if self.recipes[0].reference or self.contained:
            return containing_ground(self.data, norm, goal, sep, self.recipes[0].name)
        return Ground(norm, sep, goal)

    def _bounded(self, run: Run, sep: Separation) -> Run:
        """Return the run with the certificates that width and pieces cannot be below `width_lower` and `pieces_lower`."""
        proof = self.clock.timed(
            "width from below",
            lambda: width_excluded(self.data, run.certificate.radius, _rank_upper(run), sep, progress=self.clock.progress),
        )
        pieces = self.clock.timed("pieces from below", lambda: fewer_pieces_excluded(run, self.data))
        summary = {
            **run.summary,
            "width_lower": 1 if proof is None else proof.width_lower,
            "pieces_lower": None if pieces is None else pieces.pieces_lower,
        }
        return replace(run, summary=summary, width_certificate=proof, pieces_certificate=pieces)

    def _recipes(self) -> list[Recipe]:
        """Return the constructions that may be used, preferred first; refuse what cannot be met."""
        request = self.request
        float_format(request.dtype)
        if self.on_line:
            return [recipe_named("cells")]
        if request.construction == FOLDED.name:
            return [recipe_named("collapse")]
        sizes = np.bincount(self.data.labels).tolist()
        recipes = recipes_for(request.dtype, sizes, 2.0 if self.contained else request.norm)
        budget = request.lanes is not None or request.max_depth is not None
        name = request.construction or ("lanes" if budget else None)
        if name is not None:
            named = recipe_named(name)
            if named not in recipes and named.home == 2.0 and named in recipes_for(request.dtype, sizes):
                self.contained, recipes = True, [named]
            if named not in recipes:
                raise InputError(
                    f"the construction {named.name} is not available for {request.dtype}, {self.data.n_classes} classes and "
                    f"l{norm_name(request.norm)} balls; available are: {', '.join(recipe.name for recipe in recipes)}"
                )
            recipes = [named]
        else:
            recipes = [recipe for recipe in recipes if not (recipe.reference or recipe.by_budget)]
            recipes = nearest_first(recipes, request.norm) if request.own_radii else recipes
        if request.smallest and not recipes[0].by_scores:
            raise InputError(
                f"the construction {recipes[0].name} has no pieces to spare; leave out smallest or use register"
            )
        least = 1 + min(recipe.extra_width for recipe in recipes)
        if request.width is not None and request.width < least:
            raise InputError(f"the width must be at least {least} for these data, not {request.width}")
        return recipes

    def _recipe(self, rank: int) -> Recipe:
        """Return the preferred construction that fits the width budget at this rank."""
        budget = self.request.width
        fitting = [recipe for recipe in self.recipes if budget is None or rank + recipe.extra_width <= budget]
        return fitting[0]

    def _build_on(self, found: PreservingMap, sep: Separation) -> tuple[Run, PreservingMap]:
        """Build on a map; where it keeps balls apart but no construction can use it, build on a better one.

        For ℓ2 that is the best map of the same rank that the search finds, for other norms the identity.
        """
        try:
            return self.bench.build(found, self._recipe(found.rank)), found
        except InputError:
            if self.ground.norm == 2.0 and self._recipe(found.rank).name == "list":
                return self._listed(self.maps.search(found.rank, found))
            if (
                self.on_line
                or self.ground.norm == 2.0
                or found.method == "identity"
                or self.maps.largest_rank() < self.data.n_features
            ):
                raise
        identity = np.eye(self.data.n_features)  # keeps all distances in every norm
        found = check_map(self.data, identity, norm=self.request.norm, method="identity", separation=sep)
        return self.bench.build(found, self._recipe(found.rank)), found

    def _listed(self, found: PreservingMap) -> tuple[Run, PreservingMap]:
        """Return decision lists on a map; where there are none, say what else the width budget can do."""
        try:
            return self.bench.build(found, self._recipe(found.rank)), found
        except InputError as problem:
            if self.request.construction is not None:
                raise
            raise InputError(
                f"width {self.request.width} is too small: the map of rank {found.rank} keeps {found.ratio_lower:.6g} of "
                f"the distances, but only decision lists are that narrow, and {problem}; allow width {found.rank + 2}"
            ) from problem


def _rank_upper(run: Run) -> int:
    """Return a rank that is not to be excluded: of the map, or of the first layer where hinges add to it."""
    return min(run.network.width, run.network.n_inputs) if run.summary["construction"] == FOLDED.name else run.map.rank
