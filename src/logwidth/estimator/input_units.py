"""What a certified radius means before a pipeline's scalers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted

from logwidth.certify import FeatureScaling, radius_before_scaling, scaled
from logwidth.dataset import checked_points
from logwidth.errors import InputError
from logwidth.estimator.door import query_points
from logwidth.estimator.memorizer import RobustMemorizer

FloatArray = NDArray[np.float64]


def radius_in_input_units(pipeline: Pipeline, X: Any) -> FloatArray:
    """Return, per row of the pipeline's input `X` `(n, d)`, a radius in the units of `X`, `(n,)`; 0 if none is proven.

    For a fitted pipeline of scalers (StandardScaler, MinMaxScaler, MaxAbsScaler, RobustScaler, 'passthrough') that ends with
    a RobustMemorizer. Guarantee: for every float64 row within this radius of the row of X, in the memorizer's norm,
    the pipeline returns the same label, the scalers' roundings in float64 included; rows in float32 are scaled in
    float32, which is not covered. The ball is the largest in an ellipsoid: features with a small spread decide.

    Raises InputError for steps that are not linear per feature.
    """
    check_is_fitted(pipeline)
    steps = [(name, step) for name, step in pipeline.steps if step is not None and step != "passthrough"]
    model = steps[-1][1] if steps else None
    if not isinstance(model, RobustMemorizer):
        raise InputError("the last step of the pipeline must be a RobustMemorizer")
    chain = [_scaling(name, step) for name, step in steps[:-1]]
    points = query_points(steps[0][1], X)
    images = checked_points(scaled(points, chain), points.shape[1])
    return radius_before_scaling(model.radii_of_points(images), points, chain)


def _scaling(name: str, step: Any) -> FeatureScaling:
    kind = type(step)
    if kind is MinMaxScaler and not step.clip:
        return FeatureScaling(np.asarray(step.scale_, dtype=np.float64), np.asarray(step.min_, dtype=np.float64))
    if kind is StandardScaler:
        return _shift_and_divide(step.n_features_in_, step.mean_ if step.with_mean else None, step.scale_)
    if kind is RobustScaler:
        return _shift_and_divide(step.n_features_in_, step.center_, step.scale_)
    if kind is MaxAbsScaler:
        return _shift_and_divide(step.n_features_in_, None, step.scale_)
    raise InputError(
        f"the step {name!r} ({kind.__name__}) is not known to be linear per feature; input units are known behind "
        "StandardScaler, MinMaxScaler (without clip), MaxAbsScaler and RobustScaler"
    )


def _shift_and_divide(n_features: int, centre: Any, spread: Any) -> FeatureScaling:
    """Return the scaling `x ↦ (x − centre)/spread`; None leaves that part out."""
    a = np.zeros(n_features) if centre is None else np.asarray(centre, dtype=np.float64)
    s = np.ones(n_features) if spread is None else np.asarray(spread, dtype=np.float64)
    return FeatureScaling(1 / s, -a / s)
