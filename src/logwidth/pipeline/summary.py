"""The numbers of a run, named and typed, as `summary.json` holds them; gathered from what was asked and built."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from logwidth.certify import Certificate, Outcome
from logwidth.construct import Construction, ConstructionSpec, Extent, construction_named
from logwidth.dataset import Dataset
from logwidth.display import Fields, Shown, if_known, summary_rows
from logwidth.maps import PreservingMap
from logwidth.network import ReluNetwork
from logwidth.norms import norm_name
from logwidth.pipeline.per_sample_radii import own_numbers
from logwidth.pipeline.reference import WorkingNorm
from logwidth.pipeline.request import Request
from logwidth.separation import Separation, Target
from logwidth.theory import paper_depth, paper_width


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


def summarize(
    data: Dataset,
    request: Request,
    asked: tuple[Separation, Target, WorkingNorm],
    made: tuple[Construction, ReluNetwork, Certificate],
    found: PreservingMap,
    pieces: str,
    compared: tuple[ConstructionSpec, Extent] | None,
) -> Summary:
    """Return the numbers of a run; `asked` is the target, `made` what was built, stored and certified, `pieces`
    where its prototypes came from. A reference is `compared` with its formulas at its extent."""
    (sep, target, working), (built, stored, certificate) = asked, made
    return Summary(
        n_samples=data.n_samples,
        n_features=data.n_features,
        n_classes=data.n_classes,
        norm=norm_name(request.norm),
        delta=sep.lower,
        radius=target.radius,
        ratio=target.ratio,
        construction=built.name,
        route="direct" if working.norm == request.norm else "l2 balls",
        map_rank=built.map_rank,
        map_ratio_lower=found.ratio_lower,
        map_method=found.method,
        width=stored.width,
        depth=stored.depth,
        n_nonzero=stored.n_nonzero,
        n_entries=stored.n_entries,
        total_bits=stored.total_bits,
        n_pieces=built.n_pieces,
        pieces=pieces,
        paper_width=paper_width(data.n_features),
        paper_depth=paper_depth(data.n_samples, data.n_features, target.ratio) if request.norm == 2.0 else None,
        dtype=stored.dtype,
        label_rule=certificate.rule,
        certified=certificate.count(Outcome.CERTIFIED),
        falsified=certificate.count(Outcome.FALSIFIED),
        undecided=certificate.count(Outcome.UNDECIDED),
        radius_lower_min=float(certificate.radius_lower.min()),
        radius_lower_median=float(np.median(certificate.radius_lower)),
        seed=request.rng,
        seconds={},
        logwidth_version=version("logwidth"),
        data_name=data.name,
        **_columns(data, target.radius, certificate),
        data_source=None if data.source is None else data.source.to_json(),
        data_sha256=certificate.data_sha256,
        network_sha256=certificate.network_sha256,
        **(own_numbers(certificate, sep) if request.own_radii else {}),
        max_weight=request.max_weight,
        **({} if compared is None else _beside_reference(*compared)),
    )


def described(data: Dataset) -> dict[str, str]:
    """Return what a network's file says of the columns its features were made of, and of how their source is read.

    Labels of new rows rest on both, so they stand where the certificate's digest covers them, for plain arrays too: what is
    left out could be told otherwise by `summary.json`.
    """
    columns = data.columns
    names = {} if columns.names is None else {"feature_names": json.dumps(list(columns.feature_names or ()))}
    label = {} if columns.label is None else {"label_name": columns.label}
    reading = {} if data.source is None else data.source.arrays
    return {**names, **label, "columns": json.dumps(columns.to_json()), "reading": json.dumps(reading)}


def _columns(data: Dataset, radius: float, certificate: Certificate) -> dict[str, Any]:
    """Return what the features are called and divided by; with scales, the radius in the units of the data's own columns.

    A ball of radius σ in scaled features holds the box of half sides `σ s_j` only one feature at a time, and the ball of
    radius `σ min s_j` in the features as they came.
    """
    columns, scales = data.columns, data.feature_scales
    names = None if columns.feature_names is None else list(columns.feature_names)
    found: dict[str, Any] = {"feature_names": names, "label_name": columns.label, "columns": columns.to_json()}
    found["largest_feature"] = float(max(data.points.max(), -data.points.min()))
    if scales is not None:
        found["feature_scales"] = scales.tolist()
        found["radius_per_feature"] = (radius * scales).tolist()
        found["radius_unscaled"] = radius * float(scales.min())
        found["file_takes"] = "scaled features" if certificate.feature_scales is None else "features as they are"
    return found


def _beside_reference(spec: ConstructionSpec, extent: Extent) -> dict[str, Any]:
    """Return the depth that a reference's formula says, and the register network that gives the same guarantee."""
    register = construction_named("register")
    return {
        "formula_depth": spec.depth(extent),
        "voronoi_width": register.width(extent),
        "voronoi_depth": register.depth(extent),
    }
