"""Data from where they live: openml.org, folders of images, idx files, data frames; and what is refused there."""

import gzip
import hashlib
import json
import os
import struct

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logwidth as lw
from logwidth.dataset import Columns, Dataset, DataSource, load, load_points
from logwidth.errors import InputError, MissingExtraError

Image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

POINTS = np.array([[0, 250, 3], [7, 8, 90], [1, 0, 200], [255, 9, 9]], dtype=np.uint8)
LABELS = np.array([3, 0, 3, 9], dtype=np.uint8)


def refused(data, **options):
    with pytest.raises(InputError) as caught:
        load(data, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def reloads(data):
    """The recorded source, through JSON, gives the same data."""
    again = DataSource.from_json(json.loads(json.dumps(data.source.to_json()))).reload()
    return again == data


# --- idx


def idx(array, kind=0x08):
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(folder, images, labels, end=""):
    pack = gzip.compress if end else bytes
    (folder / f"train-images-idx3-ubyte{end}").write_bytes(pack(images))
    (folder / f"train-labels-idx1-ubyte{end}").write_bytes(pack(labels))
    return folder / f"train-images-idx3-ubyte{end}"


@pytest.mark.parametrize("shape", [(0, 3, 1), (4, 0, 1), (0, 0)])
def test_an_idx_file_without_images_is_refused(tmp_path, shape):
    path = write_idx(tmp_path, idx(np.zeros(shape, dtype=np.uint8)), idx(LABELS))
    with pytest.raises(InputError, match="holds no image"):
        lw.load(path)


@pytest.mark.parametrize("end", ["", ".gz"])
def test_idx_files_are_read_with_the_labels_beside_them(tmp_path, end):
    path = write_idx(tmp_path, idx(POINTS.reshape(4, 3, 1)), idx(LABELS), end)
    data = load(path, scale=255)
    assert data == Dataset(POINTS / 255, LABELS.tolist())
    assert reloads(data)
    elsewhere = path.with_name(f"train-labels-idx1-ubyte{end}").rename(tmp_path / f"other-idx1-ubyte{end}")
    assert "labels are not in train-labels-idx1-ubyte[.gz]" in refused(path)
    assert load(path, labels=elsewhere, scale=255) == data
    np.save(tmp_path / "y.npy", LABELS)
    assert load(path, labels=tmp_path / "y.npy", scale=255) == data
    assert (load_points(DataSource(str(path)), Columns(), 3) == POINTS).all()


@pytest.mark.parametrize(("kind", "dtype"), [(0x09, ">i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")])
def test_every_kind_of_number_is_read(tmp_path, kind, dtype):
    values = np.array([[1.0, -2.0], [3.0, 100.0]]).astype(dtype)
    assert (load(write_idx(tmp_path, idx(values, kind), idx(LABELS[:2]))).points == values).all()


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (b"", "not an idx file: it starts with nothing"),
        (b"\x89PNG\r\n\x1a\n", "it starts with 89 50 4e 47"),
        (b"\0\0\x08\x03\0\0\0\x01", "cut off within its header"),
        (idx(POINTS)[:-1], "is damaged"),
        (idx(POINTS) + b"\0", "holds more"),
        (b"\0\0\x08\x03" + struct.pack(">3I", 2**32 - 1, 2**32 - 1, 2**32 - 1), "more than 64 GiB"),
        (b"\0\0\x08\x03" + struct.pack(">3I", 2**10, 2**10, 2**10), "cannot hold them"),
        (idx(LABELS), "name the file of images"),
    ],
)
@pytest.mark.parametrize("end", ["", ".gz"])
def test_bad_idx_files_are_refused_before_anything_is_allocated(tmp_path, images, words, end):
    message = refused(write_idx(tmp_path, images, idx(LABELS), end))
    assert words in message
    assert "train-images-idx3-ubyte" in message


def test_a_gzip_bomb_is_refused_by_its_header_and_by_its_length(tmp_path):
    bomb = idx(POINTS) + bytes(2**24)
    assert "holds more" in refused(write_idx(tmp_path, bomb, idx(LABELS), ".gz"))
    noise = np.random.default_rng(0).bytes(2**10)
    short = b"\0\0\x08\x02" + struct.pack(">2I", 4, 2**10) + noise
    assert "holds fewer" in refused(write_idx(tmp_path, short, idx(LABELS), ".gz"))


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 60), value=st.integers(0, 255), end=st.sampled_from(["", ".gz"]))
def test_any_changed_byte_gives_data_or_one_line(tmp_path_factory, place, value, end):
    folder = tmp_path_factory.mktemp("idx")
    path = write_idx(folder, idx(POINTS.reshape(4, 3, 1)), idx(LABELS), end)
    content = bytearray(path.read_bytes())
    content[place % len(content)] = value
    path.write_bytes(content)
    try:
        load(path)
    except InputError as problem:
        assert "\n" not in str(problem)  # noqa: PT017


# --- folders of images


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "shapes"
    for name in ("round", "square"):
        (home / name).mkdir(parents=True)
    values = np.random.default_rng(0).integers(0, 256, (4, 3, 5)).astype(np.uint8)
    for place, value in zip(("round/b.png", "round/a.PNG", "square/c.png", "square/d.bmp"), values, strict=True):
        Image.fromarray(value).save(home / place)
    (home / "round" / "notes.txt").write_text("no image")
    (home / ".hidden").mkdir()
    return home, values


def test_a_folder_of_images_is_read_class_by_class(folder):
    home, values = folder
    data = load(home, scale=255)
    assert data == Dataset(values[[1, 0, 2, 3]].reshape(4, -1) / 255, ["round", "round", "square", "square"])
    assert data.name == "shapes"
    assert reloads(data)


def test_coloured_images_have_three_features_per_pixel(folder):
    home, values = folder
    for path in home.rglob("[!.]*.*"):
        path.unlink()
    Image.fromarray(np.stack([values[0]] * 3, axis=-1)).save(home / "round" / "x.png")
    Image.fromarray(np.stack([values[1]] * 3, axis=-1)).convert("P").save(home / "square" / "y.png")
    assert load(home).points[0].tolist() == np.repeat(values[0].ravel(), 3).tolist()
    assert load(home).n_features == 45


def spoil(home, name, image):
    image.save(home / "square" / name)
    return refused(home)


def test_the_culprit_among_the_images_is_named(folder, monkeypatch):
    home, values = folder
    grey = Image.fromarray(values[0])
    assert "z.png' is 6 × 3 grey, but" in spoil(home, "z.png", grey.resize((6, 3)))
    assert "z.png' is 5 × 3 coloured" in spoil(home, "z.png", grey.convert("RGB"))
    for mode in ("RGBA", "LA", "I;16"):
        assert "z.png' has pixels of kind" in spoil(home, "z.png", grey.convert(mode))
    (home / "square" / "z.png").write_bytes(b"\x89PNG\r\n\x1a\n nothing")
    assert "z.png" in refused(home)
    whole = (home / "square" / "c.png").read_bytes()
    (home / "square" / "z.png").write_bytes(whole[: len(whole) // 2])
    assert "z.png" in refused(home)
    os.remove(home / "square" / "z.png")
    (home / "square" / "z.png").mkdir()
    assert "z.png': it is a directory" in refused(home)


def test_a_bomb_is_refused_by_its_header(folder, monkeypatch):
    home, _ = folder
    from PIL import PngImagePlugin

    def never(*_arguments):
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", never)
    header = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">IIBBBBB", 5_000, 5_000, 8, 0, 0, 0, 0)
    import zlib

    crc = struct.pack(">I", zlib.crc32(header[12:]))
    end = struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    (home / "round" / "0.png").write_bytes(header + crc + end)
    assert "0.png' declares 5000 × 5000 pixels" in refused(home)


def test_empty_folders_and_a_missing_pillow_are_said(folder, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    assert "holds no images as CLASS/NAME.png" in refused(tmp_path / "empty")
    assert "unknown data" in refused(tmp_path / "nowhere")
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    with pytest.raises(MissingExtraError, match=r"logwidth\[images\]"):
        load(folder[0])


# --- data frames


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
def test_frames_have_their_labels_in_a_column(make):
    columns = {"kind": ["a", "b", "a"], "u": [1, 2, 3], "v": [0.5, -1.0, 2.0]}
    expected = Dataset([[1, 0.5], [2, -1], [3, 2]], ["a", "b", "a"])
    assert load(make(columns), label="kind") == expected
    last = {name: columns[name] for name in ("u", "v", "kind")}
    assert load(make(last)) == expected
    assert load(make(last), scale=2) == Dataset(expected.points / 2, ["a", "b", "a"])
    assert load(make(last)).source is None
    assert "did you mean kind?" in refused(make(last), label="kin")
    assert "labels is for" in refused(make(last), labels="y.npy")
    assert "column 'kind' holds 'a' in row 0" in refused(make(columns))
    assert "NaN" in refused(make({"u": [1.0, None], "y": [0, 1]}))


def test_a_run_of_a_frame_is_checked_against_the_frame(tmp_path):
    frame = pl.DataFrame({"u": [0.0, 1.0, 5.0, 6.0], "y": [1, 1, 2, 2]})
    run = lw.memorize(lw.load(frame, label="y"), ratio=0.5)
    run.save(tmp_path / "r")
    assert lw.check(tmp_path / "r", lw.load(frame)).passed
    with pytest.raises(InputError, match="name the DATA"):
        lw.check(tmp_path / "r")


# --- openml.org, from a recorded answer


ARFF = "@RELATION tiny\n@ATTRIBUTE u REAL\n@ATTRIBUTE v INTEGER\n@ATTRIBUTE class {1,2}\n@DATA\n" + "".join(
    f"{u},{v},{c}\n" for u, v, c in ((0.5, 1, 1), (2.25, -3, 2), (0.125, 7, 1), (9.0, 0, 2))
)


def feature(index, name, kind, target="false"):
    return {
        "index": str(index), "name": name, "data_type": kind, "is_target": target, "is_ignore": "false",
        "is_row_identifier": "false", "number_of_missing_values": "0",
    }  # fmt: skip


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """What openml.org answers about a small data set, where scikit-learn keeps answers; the network is closed."""
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "kept"))
    monkeypatch.setattr("socket.socket.connect", lambda *_: (_ for _ in ()).throw(OSError("the network is closed")))
    url = "https://www.openml.org/data/v1/download/7/tiny.arff"
    description = {
        "id": "77", "name": "tiny", "version": "1", "format": "ARFF", "status": "active", "url": url, "file_id": "7",
        "description": "four rows", "md5_checksum": hashlib.md5(ARFF.encode(), usedforsecurity=False).hexdigest(),
        "default_target_attribute": "class",
    }  # fmt: skip
    features = [feature(0, "u", "numeric"), feature(1, "v", "numeric"), feature(2, "class", "nominal", "true")]
    features[2]["nominal_value"] = ["1", "2"]
    listed = {"did": 77, "name": "tiny", "version": 1, "status": "active", "format": "ARFF", "file_id": 7}
    answers = {
        "api/v1/json/data/list/data_name/tiny/limit/2/status/active/": {"data": {"dataset": [listed]}},
        "api/v1/json/data/77": {"data_set_description": description},
        "api/v1/json/data/features/77": {"data_features": {"feature": features}},
        "api/v1/json/data/qualities/77": {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": "4.0"}]}},
        "data/v1/download/7/tiny.arff": ARFF,
        "data/v1/download/7": ARFF,  # where scikit-learn 1.6 looks
    }
    for path, answer in answers.items():
        kept = tmp_path / "kept" / "openml" / "openml.org" / (path + ".gz")
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(gzip.compress((answer if isinstance(answer, str) else json.dumps(answer)).encode()))


def test_a_name_of_openml_is_loaded_and_recorded_by_its_number(recorded):
    data = load("openml:tiny", scale=2)
    assert data == Dataset(np.array([[0.5, 1], [2.25, -3], [0.125, 7], [9, 0]]) / 2, [1, 2, 1, 2])
    assert data.source.data == "openml:77"
    assert data.name == "openml-tiny"
    assert reloads(data)
    assert load("openml:77", scale=2) == data
    assert "column 'class' holds '1' in row 0" in refused("openml:77", label="v")


def test_a_run_of_openml_is_checked_from_its_recorded_source(recorded, tmp_path):
    lw.memorize(load("openml:tiny"), ratio=0.5).save(tmp_path / "r")
    assert lw.check(tmp_path / "r").passed


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        ("openml:other", {}, "cannot load 'openml:other' from openml.org"),
        ("openml:78", {}, "cannot load 'openml:78' from openml.org"),
        ("openml:", {}, "comes a name or a number"),
        ("openml:../../etc/passwd", {}, "comes a name or a number"),
        ("openml:tiny", {"label": "none"}, "cannot load 'openml:tiny'"),
        ("openml:tiny", {"labels": "y.npy"}, "labels is for .npy data"),
    ],
)
def test_what_openml_does_not_answer_is_one_line(recorded, data, options, words):
    assert words in refused(data, **options)
