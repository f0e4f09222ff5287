"""Tables as data: the same samples from points and scores, or from axes, in every kind of file; one line for each wart."""

import sys
from functools import partial

import numpy as np
import pytest

import logwidth as lw
from logwidth.dataset.queries import read_like
from logwidth.dataset.source import DataSource
from logwidth.errors import InputError, MissingExtraError

h5py = pytest.importorskip("h5py")
zarr = pytest.importorskip("zarr")

RANGE, BEARING, SPEED = np.array([0.0, 25.0, 75.0, 510.0]), np.linspace(-np.pi, np.pi, 5), np.array([200, 300, 400])
AXES = {"range": RANGE, "bearing": BEARING, "speed": SPEED}
NAMES = tuple(AXES)
SCORES = np.random.default_rng(0).normal(size=(4, 5, 3, 2))
LABELS = SCORES.argmax(axis=-1)
POINTS = np.array([[a, b, c] for a in RANGE for b in BEARING for c in SPEED])
EXPECTED = lw.Dataset(POINTS, LABELS.ravel())


def npz(path, arrays):
    np.savez(path.with_suffix(".npz"), **arrays)
    return path.with_suffix(".npz")


def hdf5(path, arrays):
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array)
    return path.with_suffix(".h5")


def store(path, arrays):
    group = zarr.open_group(str(path.with_suffix(".zarr")), mode="w")
    for name, array in arrays.items():
        group[name] = array
    return path.with_suffix(".zarr")


WRITERS = pytest.mark.parametrize("write", [npz, hdf5, store], ids=["npz", "hdf5", "zarr"])


@WRITERS
def test_a_grid_is_the_product_of_its_axes_however_its_labels_are_given(tmp_path, write):
    tables = {
        "labels": LABELS,
        "last": SCORES,
        "first": np.moveaxis(SCORES, -1, 0).copy(),
        "turned": np.asfortranarray(LABELS.astype(np.float32)),
    }
    path = write(tmp_path / "t", AXES | tables | {"scale": np.arange(4.0)})
    for name in tables:
        found = lw.load(path, axes=NAMES, label=name)
        assert np.array_equal(found.points, EXPECTED.points), name
        assert np.array_equal(found.labels, EXPECTED.labels), name
        assert found.source.reload() == found
        assert type(found.source).from_json(found.source.to_json()) == found.source
    assert "features in this order: range (4) × bearing (5) × speed (3)" in found.notes[0]


@WRITERS
def test_points_and_scores_give_the_label_of_the_largest(tmp_path, write):
    flat = SCORES.reshape(-1, 2)
    beside = {"means": np.zeros(4), "ranges": np.ones(4), "min_inputs": np.zeros(3)}  # as the public tables have them
    assert lw.load(write(tmp_path / "a", {"X": POINTS, "y": flat} | beside)) == EXPECTED
    named = write(tmp_path / "b", {"states": POINTS, "values": flat, "other": POINTS[:, :2].copy()})
    assert lw.load(named, points="states", label="values") == EXPECTED
    with pytest.raises(InputError, match=r"name the array that goes with 'states' by --label; its arrays are"):
        lw.load(named, points="states")
    whole = write(tmp_path / "c", {"X": POINTS, "y": np.round(flat * 1000).astype(np.int32)})
    with pytest.raises(InputError, match="if these are scores, of which the largest gives the label, say --label y"):
        lw.load(whole)
    assert lw.load(whole, label="y") == EXPECTED
    assert "labels are the places of the largest of 2 scores in 'y'" in lw.load(whole, label="y").notes[-1]


def test_a_table_in_npy_has_its_axes_in_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, array in (AXES | {"table": LABELS}).items():
        np.save(f"{name}.npy", array)
    found = lw.load("table.npy", axes=[f"{name}.npy" for name in NAMES])
    assert found == EXPECTED
    monkeypatch.chdir("/")
    assert found.source.reload() == EXPECTED


def test_ties_are_named_and_the_first_is_taken(tmp_path):
    scores = SCORES.copy()
    scores[1, 2, 0] = 7.0
    scores[3, 4, 2] = -np.inf
    found = lw.load(npz(tmp_path / "t", AXES | {"q": scores}), axes=NAMES)
    assert "2 ties, the first is taken: state [1, 2, 0], state [3, 4, 2]" in found.notes[-1]
    assert found.labels.reshape(LABELS.shape)[1, 2, 0] == 0


def test_groups_text_and_what_hides_in_hdf5(tmp_path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["grid/X"], file["grid/y"] = POINTS, [f"turn {k}" for k in LABELS.ravel()]
        file["far"] = h5py.ExternalLink("/etc/passwd", "/")
        file["records"] = np.zeros(3, dtype=[("a", "f8"), ("b", "i4")])
    found = lw.load(tmp_path / "t.h5", points="grid/X", label="grid/y")
    assert found.classes == ("turn 0", "turn 1")
    assert np.array_equal(found.labels, EXPECTED.labels)
    with pytest.raises(InputError, match="has no array 'far'"):
        lw.load(tmp_path / "t.h5", points="far", label="grid/y")
    with pytest.raises(InputError, match="holds records with fields a, b"):
        lw.load(tmp_path / "t.h5", points="grid/X", label="records")
    layout = h5py.VirtualLayout((4,), dtype="f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "t.h5"), "grid/y", (60,))[:4]
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file.create_virtual_dataset("range", layout)
        file["labels"] = LABELS[:, 0, 0]
    with pytest.raises(InputError, match="keeps its numbers in other files"):
        lw.load(tmp_path / "v.h5", axes=["range"])


def spoilt(name, array):
    return AXES | {"labels": LABELS} | {name: array}


BAD = {
    "an axis that falls": (spoilt("bearing", BEARING[::-1].copy()), "axis 'bearing' is not increasing: 1.5708 at place 1"),
    "a value twice": (spoilt("range", np.array([0, 1, 1, 2])), "axis 'range' is not increasing: 1 at place 2 follows 1"),
    "an axis without an end": (spoilt("range", np.array([0, 1, 2, np.inf])), "axis 'range' holds inf at place 3"),
    "an axis of text": (spoilt("range", np.array([b"a", b"b", b"c", b"d"])), "axis 'range' must be a vector of numbers"),
    "a matrix as an axis": (spoilt("range", np.ones((2, 2))), "axis 'range' must be a vector of numbers"),
    "an axis too short": (spoilt("range", RANGE[:3]), "'range' 3, 'bearing' 5, 'speed' 3: one an axis, in its order"),
    "a table transposed": (spoilt("labels", LABELS.T.copy()), "the table transposed; .*--axes speed,bearing,range"),
    "scores transposed": (spoilt("labels", SCORES.T.copy()), "the table transposed; .*--axes speed,bearing,range"),
    "a flat table": (spoilt("labels", LABELS.ravel()), "it is flat, and nothing says which axis runs fastest"),
    "flat scores": (spoilt("labels", SCORES.reshape(-1, 2)), "it is flat, and nothing says which axis runs fastest"),
    "extra dimensions": (spoilt("labels", SCORES[None]), "labels have 3 dimensions, one an axis, and scores one more"),
    "too few dimensions": (spoilt("labels", LABELS[0]), "labels have 3 dimensions, one an axis, and scores one more"),
    "scores that are missing": (
        spoilt("labels", np.where(SCORES > 2, np.nan, SCORES)),
        r"misses scores \(NaN\) in state \[\d, \d, \d\]",
    ),
    "one score": (spoilt("labels", SCORES[..., :1]), "holds one score a point; at least two are needed"),
    "no such axis": ({"range": RANGE, "bearing": BEARING, "spede": SPEED, "labels": LABELS}, "did you mean spede"),
    "two that may be labels": (AXES | {"a": LABELS, "b": LABELS}, "name the array of labels or scores on this grid with"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_with_a_grid_is_one_line(tmp_path, what):
    arrays, message = BAD[what]
    for write in (npz, hdf5):
        with pytest.raises(InputError, match=message) as refused:
            lw.load(write(tmp_path / "t", arrays), axes=NAMES)
        assert "\n" not in str(refused.value)


FLAT = SCORES.reshape(-1, 2)
BESIDE = {
    "points transposed": ({"X": POINTS.T.copy(), "y": FLAT}, "not as many rows: X is transposed, save X.T"),
    "scores transposed": ({"X": POINTS, "y": FLAT.T.copy()}, "not as many rows: y is transposed, save y.T"),
    "another number of rows": ({"X": POINTS, "y": FLAT[:9]}, "not as many rows"),
    "scores of a grid": ({"X": POINTS, "y": SCORES}, "scores beside points have two dimensions; of a grid, name the axes"),
    "a missing score": ({"X": POINTS, "y": np.where(FLAT > 2, np.nan, FLAT)}, r"misses scores \(NaN\) in row \d"),
    "text as scores": ({"X": POINTS, "y": FLAT.astype(str)}, "if these are scores"),
}


@pytest.mark.parametrize("what", BESIDE)
def test_what_is_wrong_with_scores_is_one_line(tmp_path, what):
    arrays, message = BESIDE[what]
    with pytest.raises(InputError, match=message) as refused:
        lw.load(npz(tmp_path / "t", arrays))
    assert "\n" not in str(refused.value)


def test_options_of_arrays_go_with_arrays_only(tmp_path):
    path = npz(tmp_path / "t", AXES | {"labels": LABELS})
    for given, message in (
        ({"axes": NAMES, "points": "range"}, "either those of a grid"),
        ({"axes": ("range", "range", "speed")}, "names an array twice"),
        ({"axes": NAMES, "label": "y"}, "has no array 'y'"),
        ({}, "or --features and --label, or --axes of a grid; its arrays are 'bearing'"),
    ):
        with pytest.raises(InputError, match=message):
            lw.load(path, **given)
    for data in ("iris", tmp_path / "t.csv"):
        (tmp_path / "t.csv").write_text("a,b\n1,x\n2,y\n")
        with pytest.raises(InputError, match="axes"):
            lw.load(data, axes=NAMES)


@pytest.mark.parametrize("scores", [True, False])
@pytest.mark.parametrize("name", ["Q", "policy", "values"])
def test_axes_that_are_not_named_are_taken_for_no_labels(tmp_path, name, scores):
    rng = np.random.default_rng(3)
    table = rng.normal(size=(7, 5, 3)) if scores else rng.integers(0, 3, (7, 5))
    path = npz(tmp_path / "t", {"height": np.arange(7.0), "rate": np.array([0, 1, 2, 4, 8]), name: table})
    with pytest.raises(InputError, match=f"like the axes of a grid: say --axes height,rate --label {name}"):
        lw.load(path)
    assert lw.load(path, axes=("height", "rate"), label=name).n_samples == 35
    assert lw.load(path, points=name, label="height").n_samples == 7


def test_vectors_of_which_one_does_not_increase_are_no_axes(tmp_path):
    rng = np.random.default_rng(4)
    for labels, means in ((np.arange(7) % 2, np.arange(5.0)), (np.arange(7), rng.permutation(5) - 2.0)):
        found = lw.load(npz(tmp_path / "t", {"rows": rng.normal(size=(7, 5)), "kinds": labels, "means": means}))
        assert found.n_samples == 7
        assert found.notes


def test_a_table_in_memory(tmp_path):
    found = lw.Dataset.from_grid(list(AXES.values()), SCORES)
    assert found == EXPECTED
    with pytest.raises(InputError, match="axis 'axis 1' is not increasing"):
        lw.Dataset.from_grid([RANGE, BEARING[::-1], SPEED], LABELS)


def test_the_extra_is_named_where_it_is_missing(tmp_path, monkeypatch):
    path = hdf5(tmp_path / "t", {"X": POINTS, "y": LABELS.ravel()})
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(MissingExtraError, match=r"logwidth\[hdf5\]"):
        lw.load(path)


@pytest.mark.parametrize("content", [b"", b"hello", bytes(300)], ids=["nothing", "text", "zeros"])
def test_damaged_hdf5_is_one_line(tmp_path, content):
    whole = hdf5(tmp_path / "t", {"X": POINTS, "y": LABELS.ravel()}).read_bytes()
    for damaged in (content, whole[: len(whole) // 2], whole[:100] + content + whole[100 + len(content) :]):
        (tmp_path / "d.h5").write_bytes(damaged)
        try:
            assert lw.load(tmp_path / "d.h5") == EXPECTED
        except InputError as refused:
            assert "\n" not in str(refused)  # noqa: PT017


SQUARE = {"a": np.arange(3.0), "b": np.arange(3.0) * 10, "labels": np.arange(9).reshape(3, 3) % 2}


def marked(path, kind, names, attributes=None):
    """The square grid in a file that names the dimensions of its labels, and gives these or points attributes."""
    if kind.startswith("zarr"):
        group = zarr.open_group(str(path), mode="w", zarr_format=int(kind[-1]))
        for name, array in SQUARE.items():
            group[name] = array
        if kind == "zarr 3":
            del group["labels"]
            group.create_array("labels", data=SQUARE["labels"], dimension_names=list(names))
        group["labels"].attrs.update((attributes or {}) | ({"_ARRAY_DIMENSIONS": list(names)} if kind == "zarr 2" else {}))
        return path
    with h5py.File(path, "w") as file:
        for name, array in SQUARE.items():
            file[name] = array
        file["labels"].attrs.update(attributes or {})
        for dimension, name in zip(file["labels"].dims, names, strict=True):
            if kind == "hdf5 scales":
                file[name].make_scale(name)
                dimension.attach_scale(file[name])
            else:
                dimension.label = name
    return path


@pytest.mark.parametrize("kind", ["hdf5 scales", "hdf5 labels", "zarr 2", "zarr 3"])
def test_a_square_grid_has_its_axes_in_the_order_that_the_file_names(tmp_path, kind):
    path = marked(tmp_path / f"t.{'zarr' if kind.startswith('zarr') else 'h5'}", kind, ("b", "a"))
    with pytest.raises(InputError, match=r"dimensions of array 'labels' are named /?b, /?a: that is another order than"):
        lw.load(path, axes=("a", "b"))
    assert np.array_equal(lw.load(path, axes=("b", "a")).labels, SQUARE["labels"].ravel())


@pytest.mark.parametrize("kind", ["hdf5 labels", "zarr 3"])
def test_packed_numbers_and_gaps_are_refused(tmp_path, kind):
    path = tmp_path / f"t.{'zarr' if kind.startswith('zarr') else 'h5'}"
    for attributes, message in (
        ({"scale_factor": 0.5}, r"'labels' is packed \(scale_factor\)"),
        ({"scale_factor": 1.0, "add_offset": 3}, r"is packed \(scale_factor, add_offset\)"),
        ({"_FillValue": 1}, "'labels' holds 1, its _FillValue, at 4 places"),
        ({"missing_value": 0}, "'labels' holds 0, its missing_value, at 5 places"),
    ):
        with pytest.raises(InputError, match=message):
            lw.load(marked(path, kind, "ab", attributes), axes=("a", "b"))
    plain = {"scale_factor": 1.0, "add_offset": 0.0, "_FillValue": -9}
    assert lw.load(marked(path, kind, "ab", plain), axes=("a", "b")).n_samples == 9


def test_scores_that_may_lie_along_either_dimension_are_refused(tmp_path):
    scores = np.array([[0.0, 2, 1], [3, 0, 0], [0, 1, 0]])
    with pytest.raises(InputError, match=r"'y' has shape .3, 3.: scores may lie along the first or the last dimension"):
        lw.load(npz(tmp_path / "t", {"X": POINTS[:3], "y": scores}))
    assert lw.load(npz(tmp_path / "t", {"X": POINTS[:3], "y": np.eye(3)})).labels.tolist() == [0, 1, 2]


def test_what_else_may_be_labels_is_said(tmp_path):
    path = npz(tmp_path / "t", AXES | {"labels": LABELS, "q": SCORES})
    assert lw.load(path, axes=NAMES).notes[-1] == "labels from 'labels'; left out: q"
    assert "left out" not in str(lw.load(path, axes=NAMES, label="labels").notes)


@WRITERS
def test_rows_of_a_grid_have_its_axes_in_the_order_of_the_run(tmp_path, write):
    """Features go by their place: the same axes in another order would be other features."""
    path = write(tmp_path / "t", AXES | {"labels": LABELS, "turned": LABELS.T.copy(), "other": SPEED})
    data = lw.load(path, axes=NAMES, label="labels")
    like = partial(read_like, recorded=data.source.to_json(), columns=data.columns)
    with pytest.raises(
        InputError, match=r"speed,bearing,range are those of the run in another order.*--axes range,bearing,"
    ):
        like(DataSource(path, axes=NAMES[::-1], label="turned"))
    for axes in (NAMES, ("range", "bearing", "other"), ()):
        assert like(DataSource(path, axes=axes, label="labels")).axes == (axes or NAMES)
