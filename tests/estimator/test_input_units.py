"""Laws of radii before a pipeline's scalers: sound with the scalers' roundings, and not much smaller than they may be."""

from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler

import logwidth as lw
from logwidth.certify import FeatureScaling, LinearStep, radius_before_scaling, scaled
from logwidth.certify.scaling.feature_scaling import steepest_upper
from logwidth.errors import InputError

RobustMemorizer = partial(lw.RobustMemorizer, pieces="all", effort="low")  # radii hold however the network was found
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
LINEAR = {
    "pca": lambda: [PCA(2)],
    "whitened": lambda: [StandardScaler(), PCA(2, whiten=True)],
    "svd": lambda: [MinMaxScaler(), TruncatedSVD(2, random_state=0)],
    "projection": lambda: [StandardScaler(), lw.PreservingProjection(2)],
    "projection twice": lambda: [lw.PreservingProjection(2), MaxAbsScaler(), lw.PreservingProjection(2)],
    "selected": lambda: [SelectKBest(k=2)],
}


def table(offset=0.0):
    rng = np.random.default_rng(5)
    return rng.normal(size=(20, 3)) * [1.0, 50.0, 0.02] + offset, np.arange(20) % 2


@pytest.mark.parametrize(("kind", "norm"), [*((kind, 2) for kind in SCALERS), ("standard", 1), ("two", "inf")])
def test_the_label_stays_within_the_radius(kind, norm):
    X, y = table()
    pipeline = make_pipeline(*SCALERS[kind](), RobustMemorizer(0.9, norm=norm)).fit(X, y)
    radii = lw.radius_in_input_units(pipeline, X)
    assert (radii > 0).all()
    for step in np.concatenate([np.eye(3), -np.eye(3)]):
        moved = X + step * (radii * (1 - 1e-9))[:, None]
        np.testing.assert_array_equal(pipeline.predict(moved), y)


@pytest.mark.parametrize("norm", [1, 2, 3, "inf"])
@pytest.mark.parametrize("kind", LINEAR)
def test_the_label_stays_within_the_radius_behind_a_linear_map(kind, norm):
    X, y = table()
    pipeline = make_pipeline(*LINEAR[kind](), RobustMemorizer(0.9, norm=norm)).fit(X, y)
    radii = lw.radius_in_input_units(pipeline, X)
    assert (radii > 0).all()
    steps = np.random.default_rng(0).normal(size=(100, *X.shape)) * [1.0, 50.0, 0.02]
    steps *= (1 - 1e-9) / np.linalg.norm(steps, ord=float(norm), axis=2, keepdims=True)
    moved = (X + steps * radii[:, None]).reshape(-1, 3)
    np.testing.assert_array_equal(pipeline.predict(moved), np.tile(y, 100))


def test_maps_that_round_in_single_precision_are_refused():
    """Such a PCA takes the image of its mean in float32: 2^29 times what the theorem pays for."""
    X, y = table(offset=1e3)
    pipeline = make_pipeline(PCA(2), RobustMemorizer()).fit(X.astype(np.float32), y)
    with pytest.raises(InputError, match="'pca' was fitted to float32 data"):
        lw.radius_in_input_units(pipeline, X)


@pytest.mark.parametrize("scaler", [MinMaxScaler, MaxAbsScaler])
def test_a_scaler_that_clips_is_refused(scaler):
    """Beyond the largest value of a feature it maps to the border, where another sample's label may be."""
    if "clip" not in scaler().get_params():
        pytest.skip(f"this {scaler.__name__} does not clip")
    X, y = table()
    pipeline = make_pipeline(scaler(clip=True), RobustMemorizer()).fit(X, y)
    with pytest.raises(InputError, match="is not known to be linear"):
        lw.radius_in_input_units(pipeline, X)


def test_a_selection_that_does_more_than_select_is_refused():
    class Doubled(SelectKBest):
        def transform(self, X):
            return 2 * super().transform(X)

    X, y = table()
    with pytest.raises(InputError, match=r"'doubled' .Doubled. is not known to be linear"):
        lw.radius_in_input_units(make_pipeline(Doubled(k=2), RobustMemorizer()).fit(X, y), X)


def test_an_orthonormal_map_costs_nothing():
    X, y = table()
    pipeline = make_pipeline(PCA(3), RobustMemorizer()).fit(X, y)
    kept = pipeline[-1].certified_radius(pipeline[:-1].transform(X))
    np.testing.assert_allclose(lw.radius_in_input_units(pipeline, X), kept, rtol=1e-9)


@pytest.mark.parametrize("offset", [0.0, 1e6, -1e12])
@pytest.mark.parametrize("kind", ["pca", "whitened", "svd"])
def test_mapped_images_stay_in_the_ball_in_exact_arithmetic(kind, offset):
    """Every step's roundings and the whole stretch of the product, with moves along its steepest direction."""
    X, y = table(offset)
    front = make_pipeline(*LINEAR[kind]()).fit(X, y)
    chain = [step_of(step) for _, step in front.steps]
    given = np.geomspace(1e-9, 10.0, len(X))
    radii = radius_before_scaling(given, X, chain)
    assert (radii > 0).any()
    steepest = np.linalg.svd(np.linalg.multi_dot([*(s.linear for s in reversed(chain)), np.eye(3)]))[2][0]
    centres = scaled(X, chain)
    for i in np.flatnonzero(radii > 0):
        for sign in (-1, 1):
            row = X[i] + sign * radii[i] * (1 - 1e-12) * steepest
            if sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(row, X[i], strict=True)) > Fraction(radii[i]) ** 2:
                row = X[i]  # the roundings of a row far from zero left the ball
            image = front.transform(row[None])[0]
            square = sum((Fraction(a) - Fraction(b)) ** 2 for a, b in zip(image, centres[i], strict=True))
            assert square <= Fraction(given[i]) ** 2


def step_of(step):
    """The step as the documentation describes it, from the fitted parameters."""
    if isinstance(step, StandardScaler):
        return FeatureScaling(1 / step.scale_, -step.mean_ / step.scale_)
    if isinstance(step, MinMaxScaler):
        return FeatureScaling(step.scale_, step.min_)
    if isinstance(step, PCA):
        spread = np.sqrt(step.explained_variance_)[:, None] if step.whiten else 1.0
        return LinearStep(step.components_ / spread, step.mean_)
    assert isinstance(step, TruncatedSVD)
    return LinearStep(step.components_, np.zeros(3))


@pytest.mark.parametrize("p", [1.0, 1.3, 2.0, 4.0, np.inf])
def test_the_stretch_of_a_product_is_bounded_and_hardly_more(p):
    rng = np.random.default_rng(1)
    first, second = rng.normal(size=(4, 6)), rng.normal(size=(3, 4)) * 1e-7
    bound = steepest_upper([first, second], p)
    steps = np.vstack([rng.normal(size=(20_000, 6)), np.eye(6), np.sign(rng.normal(size=(64, 6)))])
    stretch = (np.linalg.norm(steps @ first.T @ second.T, ord=p, axis=1) / np.linalg.norm(steps, ord=p, axis=1)).max()
    assert stretch <= bound <= 1.6 * stretch
    if p == 2.0:
        assert bound <= np.linalg.norm(second @ first, 2) * (1 + 1e-9)


def test_the_product_of_matrices_that_cancel_is_bounded_with_its_roundings():
    """Computed without fused operations this product is zero; exactly, it is not."""
    first = np.array([[1.0 + 2.0**-52], [1.0]])
    second = np.array([[1.0 + 2.0**-52, -1.0 - 2.0**-51]])
    stretch = abs(sum(Fraction(a) * Fraction(b) for a, b in zip(second[0], first[:, 0], strict=True)))
    assert Fraction(steepest_upper([first, second], 2.0)) >= stretch > 0


@pytest.mark.parametrize("kind", SCALERS)
def test_the_radius_is_the_scaled_one_divided_by_the_steepest_factor(kind):
    X, y = table()
    pipeline = make_pipeline(*SCALERS[kind](), RobustMemorizer()).fit(X, y)
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
    pipeline = make_pipeline(StandardScaler(), RobustMemorizer()).set_output(transform="pandas").fit(frame, y)
    assert (lw.radius_in_input_units(pipeline, frame) > 0).all()
    with pytest.raises(ValueError, match="feature names"):
        lw.radius_in_input_units(pipeline, frame[["b", "a", "c"]])


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([("unit", Normalizer()), ("net", RobustMemorizer())], "'unit' .Normalizer. is not known to be linear"),
        ([("clip", MinMaxScaler(clip=True)), ("net", RobustMemorizer())], "without clip"),
        ([("net", StandardScaler())], "last step"),
    ],
)
def test_what_is_not_linear_is_refused(steps, message):
    X, y = table()
    with pytest.raises(InputError, match=message):
        lw.radius_in_input_units(Pipeline(steps).fit(X, y), X)
