"""Laws of refusal: one InputError, one line, all the culprits, and advice."""

import datetime
import enum
import re

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from logwidth.dataset import Dataset
from logwidth.errors import InputError

GOOD = [[0, 1], [2, 3], [4, 5]]
NAN, INF = np.nan, np.inf


class Masked:
    points = np.ma.array(GOOD, mask=[[0, 0], [0, 1], [0, 0]])
    labels = np.ma.array([0, 1, 2], mask=[0, 1, 0])


class Animal(enum.Enum):
    CAT = 1


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (
            [[0, NAN], [INF, 3], [4, -INF]],
            "3 cells are NaN or infinite: row 0, column 1 (nan), row 1, column 0 (inf), ",
        ),
        (
            [[NAN] * 2] * 3,
            "6 cells are NaN or infinite: row 0, column 0 (nan), row 0, column 1 (nan), row 1, column 0 (nan) and 3",
        ),
        (pd.DataFrame({"a": [1, NAN, 3]}), "1 cell is NaN or infinite: row 1, column 'a' (nan); drop or impute them"),
        (pd.DataFrame({"a": [1, None, 3]}, dtype="Int64"), "row 1, column 'a' (nan)"),
        ([[0, 1], [None, 3], [4, 5]], "row 1, column 0 (nan)"),
        ([[0, 1], [2, 10**400], [4, 5]], "row 1, column 1 (inf)"),
        ([[0, 1], [2, 1.1e150], [4, 5]], "1 cell is beyond ±1e+150: row 1, column 1 (1.1e+150); divide the features"),
        (
            pd.DataFrame({"a": [1, 2, 3], "b\n": ["x", "y", "z"]}),
            "points must be real numbers, but column 'b\\n' holds 'x' in row 0",
        ),
        ([[0, 1], [2, "x"], [4, 5]], "points must be real numbers, but column 1 holds 'x' in row 1"),
        (np.array([["a"], ["b"], ["c"]]), "column 0 holds 'a' in row 0; encode or drop"),
        (np.array(GOOD) * 1j, "points are complex; pass real and imaginary parts as separate columns"),
        (np.array(GOOD, dtype="M8[s]"), "points must be real numbers, not datetime64[s]"),
        (
            [1, 2, 3],
            "points must be 2-D, (samples, features), but have shape (3,); try points.reshape(len(points), -1)",
        ),
        (np.zeros((3, 2, 2)), "but have shape (3, 2, 2); try"),
        (5, "points must be an array, a data frame or a list of rows, not of the type int"),
        (np.zeros((0, 2)), "points are empty: 0 rows and 2 columns"),
        (np.zeros((3, 0)), "points are empty: 3 rows and 0 columns"),
        ([[1, 2], [3], [4]], "points cannot be read as a table"),
        (Masked.points, "1 cell is masked: row 1, column 1 (3); fill them"),
        (np.zeros((2, 2)), "points have 2 rows but there are 3 labels; they must agree"),
        (sparse.csr_array(np.zeros((2, 2))), "points have 2 rows but there are 3 labels"),
    ],
)
def test_bad_points_are_named(points, message):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        Dataset(points, [0, 1, 2])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, NAN, 1], "labels are missing (NaN or None) in row 1; drop these rows (--drop-missing) or label them"),
        (["a", None, pd.NA], "labels are missing (NaN or None) in row 1, row 2"),
        (pd.Series([1, None, 2], dtype="Int64"), "missing (NaN or None) in row 1;"),
        (Masked.labels, "missing (NaN or None) in row 1;"),
        ([0, INF, 1], "labels must be finite numbers of at most 64 bits, unlike row 1"),
        ([0, 10**5000, 1], "labels must be finite numbers of at most 64 bits, unlike row 1"),
        ([0, "a", 1], "labels mix text (row 1 is 'a') and numbers (row 0 is 0); use one kind"),
        ([0.5, 2**60 + 1, 1], "labels mix floats and integers that no float holds, in row 1; use one kind"),
        (
            [0, datetime.date(2020, 1, 1), 1],
            "labels must be integers, floats, strings or booleans, unlike row 1 (date)",
        ),
        ([0, 1j, 1], "unlike row 1 (complex)"),
        ([Animal.CAT, 0, 1], "unlike row 0 (Animal)"),
        (np.array([0, 1, 2], dtype="M8[ns]"), "not datetime64[ns]"),
        (np.array([b"a", b"b", b"c"]), "unlike row 0 (bytes), row 1 (bytes), row 2 (bytes)"),
        ([[0], [1], [2]], "labels must be 1-D, one per row of points, but have shape (3, 1); try labels.ravel()"),
        (np.zeros((3, 2)), "but have shape (3, 2)"),
        (7, "one label per row of points, not of the type int"),
        ("abc", "not the text 'abc'"),
        ([0, [1], 2], "unlike row 1 (list)"),
        (sparse.csr_array([[0, 1, 2]]), "labels are a sparse matrix; pass a 1-D array"),
        ([1, 1, 1], "all 3 samples have the label 1; at least two classes are needed"),
        ([], "points have 3 rows but there are 0 labels; they must agree; labels are empty"),
        ([0, 1], "points have 3 rows but there are 2 labels; they must agree"),
    ],
)
def test_bad_labels_are_named(labels, message):
    with pytest.raises(InputError, match=re.escape(message)) as caught:
        Dataset(GOOD, labels)
    assert "\n" not in str(caught.value)


def test_everything_wrong_is_said_at_once():
    with pytest.raises(InputError) as caught:
        Dataset([[NAN, 1e200], ["3", 4]], [1, 1, 1])
    assert str(caught.value) == (
        "points must be real numbers, but column 0 holds '3' in row 1; encode or drop such columns; "
        "all 3 samples have the label 1; at least two classes are needed"
    )
    with pytest.raises(InputError, match=r"NaN or infinite.*; .*beyond.*; labels are missing"):
        Dataset([[NAN, 1e200], [3, 4]], [1, None])


def test_equal_points_with_different_labels_are_named_in_pairs():
    points = [[0.0], [1.0], [-0.0], [0.0], [0.0], [1.0], [0.0]]
    with pytest.raises(InputError) as caught:
        Dataset(points, ["a", "b", "a", "c", "c", "a", "b"])
    assert str(caught.value) == (
        "identical points with different labels: rows 0 and 3 (labels 'a' and 'c'), rows 0 and 4 "
        "(labels 'a' and 'c'), rows 1 and 5 (labels 'b' and 'a') and 1 more; "
        "no network can tell them apart, so drop or relabel one of each pair"
    )


def test_equal_points_with_one_label_are_fine():
    assert Dataset([[0], [0], [1]], [5, 5, 6]).n_samples == 3


def test_points_that_float64_cannot_tell_apart_are_identical():
    with pytest.raises(InputError, match="rows 0 and 1"):
        Dataset(np.array([[2**53], [2**53 + 1]]), [0, 1])
