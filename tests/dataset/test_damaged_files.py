"""The law of the door: whatever bytes a file holds, loading gives a data set or one InputError of one line."""

import io
import struct
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from logwidth.dataset import load
from logwidth.errors import InputError

POINTS = np.arange(6.0).reshape(3, 2)
LABELS = ["a", "b", "c"]


def written(form):
    buffer = io.BytesIO()
    frame = pd.DataFrame(POINTS, columns=["u", "v"]).assign(y=LABELS)
    if form == "npz":
        np.savez(buffer, X=POINTS, y=np.array(LABELS))
    elif form == "zipped.npz":
        np.savez_compressed(buffer, X=POINTS, y=np.array(LABELS))
    elif form == "npy":
        np.save(buffer, POINTS)
    elif form == "parquet":
        frame.to_parquet(buffer)
    else:
        buffer.write(frame.to_csv(index=False).encode())
    return buffer.getvalue()


def survives(path):
    """Load `path`; return whether that succeeded. Any exception but a one-line InputError escapes."""
    labels = path.parent / "labels.npy"
    np.save(labels, LABELS)
    refusal = None
    try:
        load(path, labels=labels if path.suffix == ".npy" else None)
    except InputError as error:
        refusal = str(error)
    assert refusal is None or (refusal and "\n" not in refusal)
    return refusal is None


@pytest.mark.parametrize("form", ["npz", "zipped.npz", "npy", "parquet", "csv"])
class TestDamage:
    def test_undamaged_files_load(self, form, tmp_path):
        (tmp_path / f"d.{form}").write_bytes(written(form))
        assert survives(tmp_path / f"d.{form}")

    @settings(max_examples=40, deadline=None)
    @given(data=st.data())
    def test_flipped_bytes(self, form, tmp_path_factory, data):
        good = bytearray(written(form))
        for place in data.draw(st.lists(st.integers(0, len(good) - 1), min_size=1, max_size=4)):
            good[place] ^= data.draw(st.integers(1, 255))
        path = tmp_path_factory.mktemp("flip") / f"d.{form}"
        path.write_bytes(good)
        survives(path)

    @settings(max_examples=25, deadline=None)
    @given(data=st.data())
    def test_cut_files(self, form, tmp_path_factory, data):
        good = written(form)
        path = tmp_path_factory.mktemp("cut") / f"d.{form}"
        path.write_bytes(good[: data.draw(st.integers(0, len(good) - 1))])
        assert not survives(path) or form == "csv"

    @settings(max_examples=25, deadline=None)
    @given(noise=st.binary(max_size=200))
    def test_noise(self, form, tmp_path_factory, noise):
        path = tmp_path_factory.mktemp("noise") / f"d.{form}"
        path.write_bytes(noise)
        survives(path)


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet=',"\n\r\t 01.e-ayN_\0é', max_size=60))
def test_any_text_as_csv(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("text") / "d.csv"
    path.write_text(text, encoding="utf-8")
    survives(path)


def header(shape, descr="<f8"):
    buffer = io.BytesIO()
    npy.write_array_header_1_0(buffer, {"shape": shape, "fortran_order": False, "descr": descr})
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("shape", "descr", "message"),
    [
        ((2**40, 2**40), "<f8", r"declares shape .*, more than 64 GiB"),
        ((2**20, 2**10), "<f8", r"is damaged: it declares 8589934592 bytes and holds 0"),
        ((-1, 2), "<f8", r"has the impossible shape \(-1, 2\) of float64"),
        ((2**60,), "<U0", r"has the impossible shape"),
        ((2, 2), "|O", r"holds Python objects, which need pickle"),
    ],
)
def test_a_header_that_promises_too_much_is_refused_before_allocation(tmp_path, shape, descr, message):
    np.save(tmp_path / "labels.npy", LABELS)
    (tmp_path / "d.npy").write_bytes(header(shape, descr))
    with zipfile.ZipFile(tmp_path / "d.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X.npy", header(shape, descr))
        archive.writestr("y.npy", (tmp_path / "labels.npy").read_bytes())
    with pytest.raises(InputError, match=message):
        load(tmp_path / "d.npy", labels=tmp_path / "labels.npy")
    with pytest.raises(InputError, match=message):
        load(tmp_path / "d.npz")


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path):
    content = header((2**30,), "|u1")
    with zipfile.ZipFile(tmp_path / "d.npz", "w") as archive:
        archive.writestr("X.npy", content)
        archive.writestr("y.npy", header((2,), "|u1") + b"\0\1")
    raw = (tmp_path / "d.npz").read_bytes()
    lie = raw.replace(struct.pack("<I", len(content)), struct.pack("<I", len(content) + 2**30))
    (tmp_path / "d.npz").write_bytes(lie)
    assert not survives(tmp_path / "d.npz")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("damaged", ["X", "y"])
def test_text_that_is_no_unicode_is_refused(tmp_path, order, damaged):
    arrays = {"X": np.array([["0"], ["1"]]), "y": np.array(["a", "b"])}
    arrays[damaged] = np.array([ord("a"), 0x110000], dtype=f"{order}u4").view(f"{order}U1").reshape(arrays[damaged].shape)
    np.savez(tmp_path / "data.npz", **arrays)
    with pytest.raises(InputError, match=f"array '{damaged}' of .* beyond Unicode"):
        load(tmp_path / "data.npz")
