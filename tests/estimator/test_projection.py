"""Laws of PreservingProjection: its images keep opposite balls apart, and frames keep their form."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.pipeline import make_pipeline

import kit
import logwidth as lw
from logwidth.errors import InputError

NAMES = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def data():
    return kit.thinned("iris")


def smallest_gap(images, labels, norm=2):
    gaps = np.linalg.norm(images[:, None] - images[None], axis=2, ord=norm)
    return gaps[labels[:, None] != labels[None]].min()


@pytest.mark.parametrize("parameters", [{"ratio": 0.8}, {"rank": 1}, {"rank": 3}, {"ratio": 0.5, "random_state": 7}])
def test_images_keep_what_the_map_proves(data, parameters):
    model = lw.PreservingProjection(**parameters).fit(data.points, data.labels)
    images = model.transform(data.points)
    assert smallest_gap(images, data.labels) >= model.map_.distance_lower * (1 - 1e-12)
    assert model.map_.ratio_lower >= (0 if "rank" in parameters else parameters["ratio"])
    assert images.shape[1] == parameters.get("rank", model.map_.rank)
    np.testing.assert_array_equal(model.components_, model.map_.matrix)


def test_it_is_the_searched_map(data):
    model = lw.PreservingProjection(np.int64(3)).fit(data.points, data.labels)
    np.testing.assert_array_equal(model.components_, lw.search_map(data, 3).matrix)


@pytest.mark.parametrize("norm", [1, "inf"])
def test_other_norms(data, norm):
    model = lw.PreservingProjection(ratio=0.5, norm=norm).fit(data.points, data.labels)
    assert model.map_.ratio_lower >= 0.5
    assert model.transform(data.points).shape == (50, model.map_.rank)


@pytest.mark.parametrize(("frame", "kind"), [(pd.DataFrame, "pandas"), (pl.DataFrame, "polars")])
def test_frames_in_and_out(data, frame, kind):
    table = frame(dict(zip(NAMES, data.points.T, strict=True)))
    model = lw.PreservingProjection(rank=2).set_output(transform=kind)
    images = model.fit_transform(table, data.labels)
    assert isinstance(images, frame)
    names = ["preservingprojection0", "preservingprojection1"]
    assert list(images.columns) == names == model.get_feature_names_out().tolist()
    assert model.feature_names_in_.tolist() == NAMES
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).transform(table), images)


def test_in_front_of_a_memorizer(data):
    pipeline = make_pipeline(lw.PreservingProjection(ratio=0.8), lw.RobustMemorizer(0.5, effort="low")).fit(
        data.points, data.labels
    )
    assert pipeline.score(data.points, data.labels) == 1.0


@pytest.mark.parametrize("parameters", [{"rank": 5}, {"rank": 0}, {"ratio": 1.0}, {"norm": 0.5}])
def test_impossible_requests_are_refused(data, parameters):
    with pytest.raises(InputError):
        lw.PreservingProjection(**parameters).fit(data.points, data.labels)
