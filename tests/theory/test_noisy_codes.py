"""Generated code books with noise: what their name says about distances, and that the name is the data."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

import logwidth as lw
from logwidth.errors import InputError

TEXT = "codebook:n=300,d=16,classes=20,noise=0.5,seed=3"


def test_samples_lie_in_balls_around_words_that_are_as_far_apart_as_they_say():
    data = lw.load(TEXT)
    words = np.array([np.round(data.points[data.labels == c].mean(axis=0)) for c in range(20)])
    places = pdist(words, "cityblock").min()
    assert places >= 4
    assert np.linalg.norm(data.points - words[data.labels], axis=1).max() <= 0.25 * np.sqrt(places)
    apart = cdist(data.points, data.points)[data.labels[:, None] != data.labels]
    assert apart.min() >= 0.5 * np.sqrt(places)


def test_the_name_with_all_parameters_is_the_data():
    data = lw.load(TEXT)
    assert data.source.data == TEXT
    assert data.source.reload().sha256 == data.sha256
    assert lw.load("codebook:classes=20,noise=0.5,d=16,n=300,seed=4").sha256 != data.sha256


def test_every_word_is_used_where_there_are_no_others():
    data = lw.load("codebook:n=16,d=4,classes=16,noise=0")
    assert len(np.unique(data.points, axis=0)) == 16


def test_without_parameters_it_stays_the_reed_muller_code():
    assert lw.load("codebook").source.data == "codebook"
    assert lw.load("codebook").n_samples == 64


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("codebook:n=10,classes=11", "at least as many samples"),
        ("codebook:n=100,d=3,classes=9", "only 8 words"),
        ("codebook:noise=1", "noise must be"),
    ],
)
def test_impossible_codebooks_are_refused(text, words):
    with pytest.raises(InputError, match=words):
        lw.load(text)
