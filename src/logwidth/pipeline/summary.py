"""The numbers of a run, named and typed, as `summary.json` holds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logwidth.display import Fields, Shown, if_known, summary_rows


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Summary(Shown, Fields):
    """What was asked, built, certified and bounded: `run.summary.width`, or `run.summary.width` as in `summary.json`.

    `delta` is the smallest distance of opposite samples from below, `radius` σ and `ratio` `2σ/δ`, `largest_feature` the
    largest |x_ij|. Of a bound that was not computed, `width_lower` and `pieces_lower`, the value is None. Keys that say more
    about some runs alone are missing in others: `feature_scales` and what follows from them (scaled features),
    `radius_mode` and its numbers (`radius = 'max'`), `formula_depth` and the register beside it (references), `tried`
    (where the first way did not do), `dropped` (samples left out), `cuboids` (radii per feature, or the share of cells, and
    of how many samples they are proven), `max_weight` (what all stored weights and biases were to keep within), `reject`
    (the radius beyond which there is no label, and what stands for none), `effort` and what it `stopped` or left out, and
    `asked` (the command line's request).
    """

    n_samples: int
    n_features: int
    n_classes: int
    norm: str
    delta: float
    radius: float
    ratio: float
    construction: str
    route: str
    map_rank: int
    map_ratio_lower: float
    map_method: str
    width: int
    depth: int
    n_nonzero: int
    n_entries: int
    total_bits: int
    n_pieces: int
    pieces: str
    pieces_lower: int | None = None
    width_lower: int | None = None
    paper_width: int
    paper_depth: int | None
    dtype: str
    label_rule: str
    certified: int
    falsified: int
    undecided: int
    radius_lower_min: float
    radius_lower_median: float
    seed: int
    seconds: Mapping[str, float]
    logwidth_version: str
    data_name: str | None
    feature_names: Sequence[str] | None
    label_name: str | None
    columns: Any
    largest_feature: float
    feature_scales: Sequence[float] | None = if_known()
    radius_per_feature: Sequence[float] | None = if_known()
    radius_unscaled: float | None = if_known()
    file_takes: str | None = if_known()
    data_source: Mapping[str, Any] | None
    data_sha256: str
    network_sha256: str
    radius_mode: str | None = if_known()
    radius_lower_max: float | None = if_known()
    own_share_median: float | None = if_known()
    formula_depth: int | None = if_known()
    voronoi_width: int | None = if_known()
    voronoi_depth: int | None = if_known()
    tried: Sequence[Mapping[str, Any]] | None = if_known()
    dropped: Sequence[int] | None = if_known()
    dropped_at_least: int | None = if_known()
    asked: Mapping[str, Any] | None = if_known()
    cuboids: Mapping[str, Any] | None = if_known()
    max_weight: float | None = if_known()
    reject: Mapping[str, float] | None = if_known()
    boxes_lower: int | None = if_known()
    effort: str | None = if_known()
    stopped: Sequence[str] | None = if_known()

    def facts(self) -> list[tuple[str, str, str]]:
        """Return the rows of the table that `logwidth fit` prints."""
        return summary_rows(self)

    def _line(self) -> list[str]:
        built = f"{self.construction}, width {self.width}, depth {self.depth}, {self.dtype}"
        named = [self.data_name] if self.data_name else []
        return [*named, f"ratio {self.ratio:g}", built, f"{self.certified:,} of {self.n_samples:,} samples certified"]
