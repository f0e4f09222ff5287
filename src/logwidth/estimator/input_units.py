"""What a certified radius means before a pipeline's scalers and linear maps."""

from typing import Any

import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectorMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from logwidth.certify import FeatureScaling, LinearStep, radius_before_scaling, scaled
from logwidth.dataset import checked_points
from logwidth.errors import InputError
from logwidth.estimator.door import query_points
from logwidth.estimator.memorizer import RobustMemorizer
from logwidth.estimator.projection import PreservingProjection
from logwidth.norms import parse_norm
from logwidth.types import FloatArray


def radius_in_input_units(pipeline: Pipeline, X: Any) -> FloatArray:
    """Return, per row of the pipeline's input `X` `(n, d)`, a radius in the units of `X`, `(n,)`; 0 if none is proven.

    For a fitted pipeline of scalers (StandardScaler, MinMaxScaler and MaxAbsScaler without clip, RobustScaler,
    'passthrough') and linear maps (PreservingProjection, PCA, TruncatedSVD, selected features) that ends with a
    RobustMemorizer. Guarantee: for every float64 row within this radius of the row of X, in the memorizer's norm, the
    pipeline returns the same label, the roundings of all steps in float64 included; rows in float32 are scaled in float32,
    which is not covered. The ball lies in an ellipsoid: features with a small spread decide.

    Raises InputError for steps that are not linear.
    """
    check_is_fitted(pipeline)
    steps = [(name, step) for name, step in pipeline.steps if step is not None and step != "passthrough"]
    model = steps[-1][1] if steps else None
    if not isinstance(model, RobustMemorizer):
        raise InputError("the last step of the pipeline must be a RobustMemorizer")
    chain = [_scaling(step) or _linear(name, step) for name, step in steps[:-1]]
    points = query_points(steps[0][1], X)
    mapped = scaled(points, chain)
    images = checked_points(mapped, mapped.shape[1])
    return radius_before_scaling(model.radii_of_points(images), points, chain, float(parse_norm(model.norm)))


def _scaling(step: Any) -> FeatureScaling | None:
    """Return a scaler as what it does per feature, None for any other step."""
    kind = type(step)
    if kind is MinMaxScaler and not step.clip:
        return FeatureScaling(np.asarray(step.scale_, dtype=np.float64), np.asarray(step.min_, dtype=np.float64))
    if kind is StandardScaler:
        return _shift_and_divide(step.n_features_in_, step.mean_ if step.with_mean else None, step.scale_)
    if kind is RobustScaler:
        return _shift_and_divide(step.n_features_in_, step.center_, step.scale_)
    if kind is MaxAbsScaler and not getattr(step, "clip", False):
        return _shift_and_divide(step.n_features_in_, None, step.scale_)
    return None


def _linear(name: str, step: Any) -> LinearStep:
    kind, d = type(step), step.n_features_in_
    if kind is PreservingProjection or kind is TruncatedSVD:
        return LinearStep(np.asarray(step.components_, dtype=np.float64), np.zeros(d))
    if kind is PCA:
        return _principal(name, step)
    if isinstance(step, SelectorMixin) and kind.transform is SelectorMixin.transform:
        return LinearStep(np.eye(d)[step.get_support()], np.zeros(d))
    raise InputError(
        f"the step {name!r} ({kind.__name__}) is not known to be linear; input units are known behind StandardScaler, "
        "MinMaxScaler and MaxAbsScaler (without clip), RobustScaler, PreservingProjection, PCA, TruncatedSVD and the "
        "selection of features"
    )


def _principal(name: str, step: Any) -> LinearStep:
    """Return PCA; one that was fitted in float32 also computes with its mean and spreads in float32."""
    if step.components_.dtype != np.float64 or step.mean_.dtype != np.float64:
        raise InputError(
            f"the step {name!r} was fitted to float32 data and rounds in float32; fit the pipeline to float64 data"
        )
    return LinearStep(_whitened(step), step.mean_)


def _whitened(step: Any) -> FloatArray:
    """Return PCA's rows, divided by the spreads as its `transform` does if it whitens."""
    rows = np.asarray(step.components_, dtype=np.float64)
    if not step.whiten:
        return rows
    spread = np.maximum(np.sqrt(np.asarray(step.explained_variance_, dtype=np.float64)), np.finfo(np.float64).eps)
    return np.asarray(rows / spread[:, None])


def _shift_and_divide(n_features: int, centre: Any, spread: Any) -> FeatureScaling:
    """Return the scaling `x ↦ (x − centre)/spread`; None leaves that part out."""
    a = np.zeros(n_features) if centre is None else np.asarray(centre, dtype=np.float64)
    s = np.ones(n_features) if spread is None else np.asarray(spread, dtype=np.float64)
    return FeatureScaling(1 / s, -a / s)
