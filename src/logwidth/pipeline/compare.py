"""The constructions side by side on one data set: what each one costs, and what is certified."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from logwidth.certify import Outcome
from logwidth.construct import BOXES, CONSTRUCTIONS, FOLDED, LATTICE, LATTICE_PAPER, constructions_for
from logwidth.dataset import Dataset
from logwidth.dataset.given import of_data
from logwidth.errors import InputError, did_you_mean
from logwidth.maps import PreservingMap
from logwidth.network import ReluNetwork, evaluate
from logwidth.norms import norm_name, parse_norm
from logwidth.pipeline.comparison import (
    BATCH,
    SIZES,
    TREE,
    Comparison,
    ComparisonRow,
    exact_row,
    seconds_of,
    sizes,
    train_and_judge,
    tree_row,
)
from logwidth.pipeline.memorize import memorize
from logwidth.pipeline.reference import LINE
from logwidth.pipeline.run import Run
from logwidth.separation import Separation, separation, target_of
from logwidth.train import Regime, require_torch
from logwidth.types import Progress, silent

USUAL = (*CONSTRUCTIONS, LINE)
USUAL_LINF = (*CONSTRUCTIONS, BOXES.name, TREE, LINE)
NAMES = (*USUAL_LINF, FOLDED.name, LATTICE.name, LATTICE_PAPER)
TRAINED = "trained"


@dataclass(frozen=True)
class Wish:
    """What is compared: which constructions at which ratio, norm and width, from which seed."""

    ratio: float
    norm: float
    names: tuple[str, ...]
    width: int | None = None
    rng: int = 0


@of_data
def compare(  # noqa: PLR0913
    data: Dataset,
    *,
    ratio: float,
    norm: object = 2,
    constructions: Iterable[str] | None = None,
    width: int | None = None,
    rng: int = 0,
    trained: bool = False,
    progress: Progress | None = None,
    finished: Callable[[ComparisonRow], None] | None = None,
) -> Comparison:
    """Return one row per construction: what it is, what it costs, what is certified; skipped ones say why.

    Each is a :class:`ComparisonRow`; `finished` is called with it. Three more constructions are compared by name: `folded`
    has folding layers in front of `collapse` or `cells` (T13), in ℓ2, and looking for folds takes minutes; `lattice` serves
    small ratios; `lattice-paper` is a network of exact numbers, at ratios that its theorem serves.

    In ℓ∞ there are two more rows: `boxes`, and `tree`, a decision tree of scikit-learn, which is no network: its
    `certified_fraction` is exact, and `reason` says how many leaves it has (elsewhere both by name).

    With `trained` one more row is a perceptron of the same width, trained against attacks (extra `torch`): its
    `certified_fraction` is a lower bound on the share of robust samples, by linear bounds, `attacked_fraction` an upper one.

    Raises InputError for unknown constructions, or when not a single one serves; MissingExtraError without PyTorch.
    """
    power = parse_norm(norm)
    usual = USUAL_LINF if np.isinf(power) else USUAL
    names = usual if constructions is None else tuple(constructions)
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        hint = did_you_mean(unknown[0], NAMES)
        raise InputError(f"unknown constructions {', '.join(unknown)}{hint}; known are: {', '.join(NAMES)}")
    if not 0 < ratio < 1:
        raise InputError(f"the ratio 2*radius/delta must lie strictly between 0 and 1, not {ratio}: at 1 two balls meet")
    wish = Wish(ratio, power, names, width, rng)
    if trained:
        require_torch()
    table = _Table(data, wish, progress or silent)
    told = finished or silent
    rows = []
    for name in wish.names:
        rows.append(table.row(name))
        told(rows[-1])
    if all(row.status == "skipped" for row in rows):
        raise InputError("no construction serves: " + "; ".join(f"{row.construction}: {row.reason}" for row in rows))
    if trained:
        rows.append(table.trained_row(rows))
        told(rows[-1])
    return Comparison(tuple(rows))


class _Table:
    """The rows in the making; the last map that was searched in a norm serves all constructions that can use it."""

    def __init__(self, data: Dataset, wish: Wish, progress: Progress) -> None:
        self.data, self.wish, self.progress = data, wish, progress
        self.maps: dict[float, PreservingMap] = {}
        self.radii: list[float] = []  # of the networks built, but for the line

    def row(self, name: str) -> ComparisonRow:
        """Return the row of one construction, or of a decision tree, which is asked for the same radius."""
        if name == TREE:
            radius = self.radii[-1] if self.radii else target_of(self.sep, ratio=self.wish.ratio).radius
            return tree_row(self.data, radius, self.wish.rng)
        try:
            if name == LATTICE_PAPER:
                return exact_row(name, self.data, self.wish.ratio, self.wish.norm)
            run = self._run(name)
        except InputError as problem:
            why = " ".join(str(problem).split())
            return ComparisonRow(construction=name, applicable=self._applies(name), reason=why)
        if name != LINE:
            self.radii.append(run.certificate.radius)
            if run.map.method != "identity":
                self.maps[run.map.norm] = run.map
        return self._measured(name, run)

    @property
    def sep(self) -> Separation:
        """The separation of the data, where no construction has found the radius of the ratio."""
        return separation(self.data, norm=self.wish.norm)

    def _applies(self, name: str) -> bool:
        """Return whether a construction serves classes of these sizes in this norm, by itself or in the ℓ2 balls around."""
        spec, sizes = CONSTRUCTIONS.get(name), np.bincount(self.data.labels).tolist()
        if name == FOLDED.name:
            return self.wish.norm == 2.0
        if spec is None:
            return True
        norms = {self.wish.norm, 2.0} if spec.home == 2.0 else {self.wish.norm}
        return any(spec in constructions_for(spec.dtypes[0], sizes, norm) for norm in norms)

    def _run(self, name: str) -> Run:
        wish, spec = self.wish, CONSTRUCTIONS.get(name)
        return memorize(
            self.data,
            ratio=None if name == LINE else wish.ratio,
            norm=wish.norm,
            width=None if name == LINE else wish.width,
            construction=name,
            pieces="cover",
            dtype="float64" if name == LINE else "float32" if spec is None else spec.dtypes[0],
            rng=wish.rng,
            start=None
            if name in (BOXES.name, LATTICE.name)
            else self.maps.get(2.0 if spec is not None and spec.reference else wish.norm),
            progress=lambda stage, share: self.progress(f"{name}: {stage}", share),
        )

    def _measured(self, name: str, run: Run) -> ComparisonRow:
        radii, seconds = run.certificate.radius_lower, run.summary.seconds
        radius = self.radii[-1] if self.radii else self.wish.ratio * run.summary.delta / 2
        proven = run.certificate.status == Outcome.CERTIFIED
        return ComparisonRow(
            construction=name,
            status="built",
            reason=self._undecided(run),
            **sizes(run.summary),
            rule=run.certificate.rule,
            radius=radius,
            certified_radius=max(0.0, float(radii.min())),
            certified_fraction=float(np.mean(proven & (radii >= radius))),
            seconds_build=seconds["construction"] + seconds["export"],
            seconds_certify=seconds["certification"],
            microseconds=self._microseconds(run.network),
        )

    def trained_row(self, rows: Sequence[ComparisonRow]) -> ComparisonRow:
        """Return the row of a perceptron as wide as the first construction that certified every ball (else the first)."""
        built = [row for row in rows if row.status == "built"]
        model = next((row for row in built if row.certified_fraction == 1.0), built[0])
        regime = Regime(model["width"], model["radius"], self.wish.norm, seed=self.wish.rng)
        found = train_and_judge(self.data, regime, self.progress)
        return ComparisonRow(
            construction=TRAINED,
            status="built",
            reason="trained, not constructed: certified is a lower bound, by linear bounds; "
            f"{found.survived.mean():.1%} survive attacks, an upper bound",
            **{key: getattr(found.network, key) for key in SIZES},
            rule="argmax",
            radius=regime.radius,
            certified_radius=regime.radius if found.certified.all() else 0.0,
            certified_fraction=float(found.certified.mean()),
            attacked_fraction=float(found.survived.mean()),
            seconds_build=found.seconds_train,
            seconds_certify=found.seconds_certify,
            microseconds=self._microseconds(found.network),
        )

    def _microseconds(self, network: ReluNetwork) -> float:
        batch = self.data.points[:BATCH]
        return 1e6 * seconds_of(lambda: evaluate(network, batch)) / len(batch)

    @staticmethod
    def _undecided(run: Run) -> str:
        left = run.summary.undecided
        return f"{left:,} samples undecided in {run.summary['dtype']}. {run.certificate.reason}".strip() if left else ""


def comparison_summary(data: Dataset, ratio: float, norm: object, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON object of a comparison."""
    return {
        "n_samples": data.n_samples,
        "n_features": data.n_features,
        "n_classes": data.n_classes,
        "norm": norm_name(parse_norm(norm)),
        "ratio": ratio,
        "rows": [dict(row) for row in rows],
    }
