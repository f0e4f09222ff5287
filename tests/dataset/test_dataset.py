"""Laws of the data set as a value: what it keeps, what its digest says, that nothing changes it."""

import copy
import dataclasses
import hashlib
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from logwidth.dataset import Dataset, conflicts
from logwidth.dataset.conflicts import conflicting_rows
from logwidth.errors import InputError

finite = st.floats(-1e150, 1e150)
label_kinds = st.sampled_from(
    [st.integers(-(2**63), 2**64 - 1), st.text(max_size=4), st.floats(allow_nan=False, allow_infinity=False)]
)


@st.composite
def tables(draw):
    """Distinct points with at least two labels of one kind."""
    kind = draw(label_kinds)
    labels = draw(st.lists(kind, min_size=2, max_size=8).filter(lambda ys: len(set(ys)) > 1))
    width = draw(st.integers(1, 3))
    row = st.tuples(*[finite] * width)
    points = draw(st.lists(row, min_size=len(labels), max_size=len(labels), unique=True))
    return points, labels


@given(tables())
def test_every_label_maps_back(table):
    points, labels = table
    data = Dataset(points, labels)
    assert [data.classes[i] for i in data.labels] == labels == data.original_labels()
    assert list(data.classes) == sorted(set(labels))
    assert np.array_equal(data.points, np.array(points))
    assert np.array_equal(data.class_indices(labels), data.labels)
    assert (np.diff(data.values) > 0).all()
    assert np.array_equal(data.values, data.values.astype(np.float32))


@given(tables(), st.data())
def test_the_digest_changes_with_the_order_and_only_with_the_data(table, draw):
    points, labels = table
    order = draw.draw(st.permutations(range(len(labels))))
    data = Dataset(points, labels)
    permuted = Dataset([points[i] for i in order], [labels[i] for i in order], name="other")
    assert (data.sha256 == permuted.sha256) == (order == sorted(order)) == (data == permuted)
    assert Dataset(np.asfortranarray(points), labels).sha256 == data.sha256


def test_the_digest_is_what_its_docstring_says():
    data = Dataset([[0.0, -0.0], [1.0, 2.0]], ["é", "a"])
    parts = [
        b"logwidth-dataset-1\n2 2 2\n",
        np.array([[0, 0], [1, 2]], dtype="<f8").tobytes(),
        np.array([1, 0], dtype="<i8").tobytes(),
        b"str 'a'\nstr '\\xe9'\n",
    ]
    assert data.sha256 == hashlib.sha256(b"".join(parts)).hexdigest()


def test_the_digest_tells_types_of_labels_and_single_bits_apart():
    kinds = [[0, 1], [0.0, 1.0], [False, True], ["0", "1"]]
    digests = {Dataset([[0], [1]], labels).sha256 for labels in kinds}
    digests.add(Dataset([[0], [np.nextafter(1.0, 2.0)]], [0, 1]).sha256)
    assert len(digests) == 5


def test_negative_zero_is_zero():
    assert Dataset([[-0.0], [1]], [0, 1]) == Dataset([[0.0], [1]], [0, 1])
    assert not np.signbit(Dataset([[-0.0], [1]], [-0.0, 1.0]).points).any()


@pytest.mark.parametrize(
    ("labels", "classes", "values"),
    [
        ([7, 3], (3, 7), [3, 7]),
        ([-(2**24), 0], (-(2**24), 0), [-(2**24), 0]),
        ([2**24 + 1, 0], (0, 2**24 + 1), [0, 1]),
        ([-(2**23) - 1, 2**23], (-(2**23) - 1, 2**23), [0, 1]),
        ([2.0, 1.0], (1.0, 2.0), [1, 2]),
        ([1.5, 1.0], (1.0, 1.5), [0, 1]),
        ([True, False], (False, True), [0, 1]),
        ([True, 5], (1, 5), [1, 5]),
        ([1, 2.5], (1.0, 2.5), [0, 1]),
        (["b", "a"], ("a", "b"), [0, 1]),
        (np.array(["b", "a"]), ("a", "b"), [0, 1]),
        (np.array([np.str_("b"), "a"], dtype=object), ("a", "b"), [0, 1]),
        (np.array([9, 4], dtype=np.uint8), (4, 9), [4, 9]),
        (np.array([9, 4], dtype=np.float16), (4.0, 9.0), [4, 9]),
        (np.array([2**64 - 1, 0], dtype=np.uint64), (0, 2**64 - 1), [0, 1]),
        (pd.Series(["b", "a"], dtype="category"), ("a", "b"), [0, 1]),
        (pd.Series([2, 1], dtype="Int64"), (1, 2), [1, 2]),
        (np.ma.array([2, 1]), (1, 2), [1, 2]),
    ],
)
def test_classes_are_plain_and_values_are_the_labels_where_float32_holds_them(labels, classes, values):
    data = Dataset([[0], [1]], labels)
    assert data.classes == classes
    assert [type(c) for c in data.classes] == [type(c) for c in classes]
    assert data.values.tolist() == values


@pytest.mark.parametrize(
    "points",
    [
        [[1, 2], [3, 4]],
        np.array([[1, 2], [3, 4]], dtype=np.uint8),
        np.array([[1, 2], [3, 4]], dtype=np.longdouble),
        np.asfortranarray([[1.0, 2.0], [3.0, 4.0]]),
        np.array([[1, 2], [3, 4]], dtype=">f4"),
        np.array([[1, 2.0], [3, np.float32(4)]], dtype=object),
        np.ma.array([[1, 2], [3, 4]]),
        sparse.csr_array([[1, 2], [3, 4]]),
        pd.DataFrame({"a": [1, 3], "b": [2.0, 4.0]}),
        pd.DataFrame({"a": [1, 3], "b": [2, 4]}, dtype="Int64"),
    ],
)
def test_every_real_table_becomes_the_same_array(points):
    data = Dataset(points, [0, 1])
    assert data == Dataset([[1.0, 2.0], [3.0, 4.0]], [0, 1])
    assert data.points.dtype == np.float64
    assert data.points.flags.c_contiguous


def test_nothing_changes_a_data_set():
    points, labels = np.array([[0.0], [1.0]]), np.array([0, 1])
    data = Dataset(points, labels)
    digest = data.sha256
    points[:] = 7
    labels[:] = 7
    for array in (data.points, data.labels, data.values):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 5
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "x"
    assert Dataset(data.points, data.labels).sha256 == digest == data.sha256


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda d: pickle.loads(pickle.dumps(d))])
def test_copies_are_equal_and_read_only(duplicate):
    data = Dataset([[0.0], [1.0]], ["a", "b"], name="pair")
    other = duplicate(data)
    assert (other, other.name, hash(other)) == (data, "pair", hash(data))
    assert not other.points.flags.writeable
    assert not other.labels.flags.writeable


def test_sizes():
    data = Dataset([[0, 0, 0], [1, 1, 1]], ["a", "b"])
    assert (data.n_samples, data.n_features, data.n_classes) == (2, 3, 2)
    assert repr(data) == "Dataset('data', n_samples=2, n_features=3, n_classes=2)"
    assert data != "data"


def test_unknown_labels_have_no_class():
    data = Dataset([[0], [1]], ["a", "b"])
    with pytest.raises(InputError, match=r"^labels are not among the classes 'a', 'b': row 1 \('c'\)$"):
        data.class_indices(["a", "c"])


@given(st.data())
def test_conflicts_are_those_found_by_comparing_all_pairs(draw):
    width = draw.draw(st.integers(1, 3))
    row = st.tuples(*[st.sampled_from([0.0, 1.0, 5e-324])] * width)
    points = np.array(draw.draw(st.lists(row, min_size=1, max_size=12)))
    labels = np.array(draw.draw(st.lists(st.integers(0, 2), min_size=len(points), max_size=len(points))))
    first = [next(i for i, x in enumerate(points) if (x == y).all()) for y in points]
    expected = {(i, j) for j, i in enumerate(first) if labels[i] != labels[j]}
    assert {tuple(pair) for pair in conflicting_rows(points, labels).tolist()} == expected


def test_rows_that_share_a_key_by_chance_are_told_apart(monkeypatch):
    everyone = (np.arange(4), np.zeros(4, dtype=np.int64))
    monkeypatch.setattr(conflicts, "_rows_with_shared_key", lambda points: everyone)
    points = np.array([[1.0], [2.0], [1.0], [2.0]])
    assert conflicting_rows(points, np.array([0, 1, 0, 2])).tolist() == [[1, 3]]
