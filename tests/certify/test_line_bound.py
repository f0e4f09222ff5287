"""Width one is excluded only where a sample really lies between two of another class."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import logwidth as lw
from logwidth.certify import check_lower_bound, find_line
from logwidth.certify.lower_bounds.lower_bounds import read_lower_bound

LINE = lw.Dataset([[0.0, 0.0], [1.0, 0.1], [2.0, 0.0]], ["A", "B", "A"])


def test_found_certificates_pass_and_survive_a_round_trip() -> None:
    found = find_line(LINE, 0.2, 2.0)
    assert found is not None
    assert check_lower_bound(read_lower_bound(found.to_json()), LINE) == ()
    assert find_line(LINE, 0.05, 2.0) is None


@pytest.mark.parametrize("norm", [1.0, 1.5, 2.0, 3.0, np.inf])
def test_every_norm(norm: float) -> None:
    found = find_line(LINE, 0.11, norm)
    assert found is not None
    assert check_lower_bound(found, LINE) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"middle": 7}, "count from 0"),
        ({"middle": 0}, "must share a label"),
        ({"share": 0.0}, "between 0 and 1"),
        ({"share": 0.9}, "farther"),
        ({"radius": 0.05}, "farther"),
        ({"radius": float("inf")}, "finite"),
        ({"data_sha256": "0"}, "other data"),
    ],
)
def test_forgeries_are_refused_with_their_reason(change: dict[str, float], word: str) -> None:
    found = find_line(LINE, 0.2, 2.0)
    assert found is not None
    (problem,) = check_lower_bound(dataclasses.replace(found, **change), LINE)
    assert word in problem


@given(st.lists(st.integers(0, 1), min_size=3, max_size=8).filter(lambda y: 0 < sum(y) < len(y)), st.floats(0.01, 0.49))
def test_on_a_line_exactly_the_alternating_data_are_excluded(labels: list[int], radius: float) -> None:
    data = lw.Dataset(np.arange(float(len(labels)))[:, None], labels)
    changes = int((np.diff(data.labels) != 0).sum())
    assert (find_line(data, radius, 2.0) is not None) == (changes >= 2)
