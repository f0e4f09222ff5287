"""Laws of radii before a pipeline's scalers: sound with the scalers' roundings, and not much smaller than they may be."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler

import logwidth as lw
from logwidth.certify import FeatureScaling, radius_before_scaling, scaled
from logwidth.errors import InputError

SCALERS = {
    "standard": lambda: [StandardScaler()],
    "only centred": lambda: [StandardScaler(with_std=False)],
    "only divided": lambda: [StandardScaler(with_mean=False)],
    "min and max": lambda: [MinMaxScaler((-1, 3))],
    "largest": lambda: [MaxAbsScaler()],
    "robust": lambda: [RobustScaler()],
    "robust, not centred": lambda: [RobustScaler(with_centering=False)],
    "two": lambda: [MinMaxScaler(), "passthrough", StandardScaler()],
    "none": lambda: ["passthrough"],
}


def table(offset=0.0):
    rng = np.random.default_rng(5)
    return rng.normal(size=(20, 3)) * [1.0, 50.0, 0.02] + offset, np.arange(20) % 2


@pytest.mark.parametrize(("kind", "norm"), [*((kind, 2) for kind in SCALERS), ("standard", 1), ("two", "inf")])
def test_the_label_stays_within_the_radius(kind, norm):
    X, y = table()
    pipeline = make_pipeline(*SCALERS[kind](), lw.RobustMemorizer(0.9, norm=norm, pieces="all")).fit(X, y)
    radii = lw.radius_in_input_units(pipeline, X)
    assert (radii > 0).all()
    for step in np.concatenate([np.eye(3), -np.eye(3)]):
        moved = X + step * (radii * (1 - 1e-9))[:, None]
        np.testing.assert_array_equal(pipeline.predict(moved), y)


@pytest.mark.parametrize("kind", SCALERS)
def test_the_radius_is_the_scaled_one_divided_by_the_steepest_factor(kind):
    X, y = table()
    pipeline = make_pipeline(*SCALERS[kind](), lw.RobustMemorizer(pieces="all")).fit(X, y)
    front = pipeline[:-1]
    steepest = np.abs(np.diag(front.transform(X[:1] + np.eye(3)) - front.transform(X[:1]))).max()
    expected = pipeline[-1].certified_radius(front.transform(X)) / steepest
    np.testing.assert_allclose(lw.radius_in_input_units(pipeline, X), expected, rtol=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e6, -1e12])
@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler, RobustScaler, MaxAbsScaler])
def test_computed_images_stay_in_the_ball_in_exact_arithmetic(scaler, offset):
    """Far from zero the roundings of the scaler are as large as the radius: they must be paid for."""
    X, _ = table(offset)
    front = scaler().fit(X)
    if scaler is MinMaxScaler:
        chain = [FeatureScaling(front.scale_, front.min_)]
    else:
        centre = getattr(front, "center_" if scaler is RobustScaler else "mean_", np.zeros(3))
        chain = [FeatureScaling(1 / front.scale_, -centre / front.scale_)]
    given = np.geomspace(1e-9, 10.0, len(X))
    radii = radius_before_scaling(given, X, chain)
    assert (radii > 0).any()
    assert (radii == 0).any() == (offset != 0.0 and scaler is not MaxAbsScaler)
    centres = scaled(X, chain)
    for i in np.flatnonzero(radii > 0):
        for j in range(3):
            row = X[i].copy()
            row[j] += radii[i]
            while abs(Fraction(row[j]) - Fraction(X[i, j])) > Fraction(radii[i]):
                row[j] = np.nextafter(row[j], X[i, j])
            image = front.transform(row[None])[0]
            square = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(image, centres[i], strict=True))
            assert square <= Fraction(given[i]) ** 2


def test_frames_of_low_precision_are_scaled_in_float64():
    X, y = table()
    frame = pd.DataFrame(X.astype(np.float32), columns=list("abc"))
    pipeline = make_pipeline(StandardScaler(), lw.RobustMemorizer()).set_output(transform="pandas").fit(frame, y)
    assert (lw.radius_in_input_units(pipeline, frame) > 0).all()
    with pytest.raises(ValueError, match="feature names"):
        lw.radius_in_input_units(pipeline, frame[["b", "a", "c"]])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([("pca", PCA()), ("net", lw.RobustMemorizer())], "'pca' .PCA. is not known to be linear per feature"),
        ([("clip", MinMaxScaler(clip=True)), ("net", lw.RobustMemorizer())], "without clip"),
        ([("net", StandardScaler())], "last step"),
    ],
)
def test_what_is_not_linear_per_feature_is_refused(steps, message):
    X, y = table()
    with pytest.raises(InputError, match=message):
        lw.radius_in_input_units(Pipeline(steps).fit(X, y), X)
