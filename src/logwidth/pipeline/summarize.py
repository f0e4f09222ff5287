"""The numbers of a run, gathered from what was asked, built and certified."""

from importlib.metadata import version
from typing import Any

import numpy as np

from logwidth.certify import Certificate, Outcome
from logwidth.construct import Construction, ConstructionSpec, Extent, construction_named
from logwidth.dataset import Dataset
from logwidth.maps import PreservingMap
from logwidth.network import ReluNetwork
from logwidth.norms import norm_name
from logwidth.pipeline.per_sample_radii import own_numbers
from logwidth.pipeline.reference import WorkingNorm
from logwidth.pipeline.request import Request
from logwidth.pipeline.summary import Summary
from logwidth.separation import Separation, Target
from logwidth.theory import paper_depth, paper_width


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
        **_asked(request),
        **({} if compared is None else _beside_reference(*compared)),
    )


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


def _asked(request: Request) -> dict[str, Any]:
    """Return what is said of some requests alone."""
    return {} if request.max_weight is None else {"max_weight": request.max_weight}


def _beside_reference(spec: ConstructionSpec, extent: Extent) -> dict[str, Any]:
    """Return the depth that a reference's formula says, and the register network that gives the same guarantee."""
    register = construction_named("register")
    return {
        "formula_depth": spec.depth(extent),
        "voronoi_width": register.width(extent),
        "voronoi_depth": register.depth(extent),
    }
