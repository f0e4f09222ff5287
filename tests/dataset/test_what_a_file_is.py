"""What a file is: known by its first bytes; those that are not read say so in one line, with a conversion that is Python."""

import ast
import gzip
import io
import json
import pickle
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from logwidth.dataset.readers import form_of, read_table
from logwidth.dataset.readers.kinds import BY_SUFFIX
from logwidth.dataset.readers.not_read import NOT_READ, OTHERWISE
from logwidth.dataset.readers.read import OPEN, PLAIN
from logwidth.dataset.table import ReadOptions
from logwidth.errors import InputError


def refused(path, **options):
    with pytest.raises(InputError) as caught:
        read_table(str(path), ReadOptions(**options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def archive(**members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as found:
        for name, content in members.items():
            found.writestr(name.replace("__", "/").replace("DOT", "."), content)
    return buffer.getvalue()


class Trap:
    """Opening its pickle would write a file."""

    def __init__(self, place):
        self.place = str(place)

    def __reduce__(self):
        return (open, (self.place, "w"))


HTML = b"<!DOCTYPE html>\n<html><head><title>404</title></head></html>"
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(100)
EXCEL = archive(**{"[Content_Types]DOTxml": b"", "xl__workbookDOTxml": b""})
MAT73 = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + HDF5

# name, content, form, words of the message
STRANGE = [
    ("a.csv", HTML, "html", "is an HTML page, not a table; the download gave a web page"),
    ("a.npz", HTML, "html", "is an HTML page"),
    ("train-images-idx3-ubyte", b"  <html>", "html", "is an HTML page"),
    ("a.csv.gz", gzip.compress(HTML), "html", "is an HTML page"),
    ("a.arff", b"<?xml version='1.0'?><a/>", "xml", "is an XML file"),
    ("a.csv", b"%PDF-1.7 \x01", "pdf", "is a PDF document"),
    ("a.xlsx", EXCEL, "excel", "is an Excel or OpenDocument workbook"),
    ("a.csv", EXCEL, "excel", "pd.read_excel("),
    ("a.ods", archive(mimetype=b"x", contentDOTxml=b""), "excel", "pd.read_excel("),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "excel", "pd.read_excel("),
    ("a.h5", HDF5, "hdf5", "cannot read"),
    ("a.mat", MAT73, "mat73", "is a file of MATLAB 7.3 (HDF5), and is not read; convert it: python -c \"import h5py"),
    ("a.dta", b"<stata_dta><header>", "stata", "pd.read_stata("),
    ("a.sas7bdat", bytes(12) + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf" + bytes(99), "sas", "pd.read_sas("),
    ("a.sav", b"$FL2@(#) SPSS", "spss", "pd.read_spss("),
    ("a.RData", gzip.compress(b"RDX3\nX\n"), "r", "is a file of R; in R: x <- "),
    ("a.pkl", pickle.dumps([1]), "pickle", "is a Python pickle, which may run any code when it is opened, and is not read"),
    ("a.npz", pickle.dumps([1], protocol=4), "pickle", "is a Python pickle"),
    ("a.csv", pickle.dumps({"a": 1}, protocol=0), "pickle", "is a Python pickle"),
    ("data_batch_1", pickle.dumps({b"data": 1}), "cifar-python", "is a pickle of the Python version of CIFAR"),
    ("a.pt", archive(m__dataDOTpkl=b"x", m__version=b"3"), "torch", "is a PyTorch file"),
    ("a.safetensors", b"\x10\0\0\0\0\0\0\0{}", "safetensors", "is a safetensors file"),
    ("a.tfrecord", b"\x10\0\0\0\0\0\0\0abcd", "tfrecord", "is a TFRecord file"),
    ("a.db", b"SQLite format 3\0" + bytes(99), "sqlite", "is an SQLite database"),
    ("a.csv", b"SQLite format 3\0" + bytes(99), "sqlite", "is an SQLite database"),
    ("a.csv.zst", b"\x28\xb5\x2f\xfd" + bytes(9), "zstd", "is packed by zstd; unpack it with: zstd -d"),
    ("a.tar.gz", gzip.compress(bytes(257) + b"ustar" + bytes(250)), "tar", "is a tar archive; unpack it with: tar -xf"),
    ("a.7z", b"7z\xbc\xaf\x27\x1c", "7z", "is a 7-Zip archive"),
    ("a.gif", b"GIF89a" + bytes(20), "gif", "is a GIF picture"),
    ("a.tif", b"II*\0" + bytes(20), "tiff", "is a TIFF picture"),
    ("a.parquet", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "lfs", "is a pointer of Git LFS"),
    ("a.zip", archive(aDOTcsv=b"a,b\n1,2\n", bDOTcsv=b"a,b\n1,2\n"), "zip", "is a ZIP archive; unpack it and name"),
    ("a.npy.gz", gzip.compress(b"\x93NUMPY\x01\0"), "npy", "is packed by gzip; unpack it first: its content is npy"),
    ("a.weird", b"\x01\x02\x03\x04", "", "is none of the kinds of files that are read: text"),
    ("a", b"\x01\x02\x03\x04", "", "is none of the kinds of files that are read"),
    ("a.npz", b"hello", "npz", "is not an .npz archive, or it is cut off"),
    ("a.npy", b"hello", "npy", "is not in .npy format"),
    ("a.parquet", b"hello", "parquet", "cannot read"),
    ("a.mat", b"hello", "mat", ""),
    ("a.json", b"hello", "json", "is no JSON"),
]  # fmt: skip


def ids(rows):
    """Names of the members of a table, the same in every process: archives hold the time."""
    return [f"{i} {row[0]} {row[2]}" for i, row in enumerate(rows)]


@pytest.mark.parametrize(("name", "content", "form", "words"), STRANGE, ids=ids(STRANGE))
def test_what_is_not_read_says_what_it_is(tmp_path, name, content, form, words):
    (tmp_path / name).write_bytes(content)
    assert form_of(tmp_path / name) == form
    message = refused(tmp_path / name)
    assert words in message
    assert str(tmp_path / name) in message
    for code in re.findall(r'python -c "([^"]*)"', message):
        ast.parse(code)
        assert code.count("; ") <= 2


def test_conversions_do_what_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = pd.DataFrame({"a": [1.5, 2.5], "y": ["u", "v"]})
    frame.to_pickle("a.pkl")
    frame.to_stata("b.dta", write_index=False)
    (tmp_path / "data_batch_1").write_bytes(pickle.dumps({b"data": np.eye(2), b"labels": [1, 2]}))
    for name, made in {"a.pkl": "a.csv", "b.dta": "b.csv", "data_batch_1": "data_batch_1.npz"}.items():
        (code,) = re.findall(r'python -c "([^"]*)"', refused(name))
        exec(compile(code, name, "exec"), {})
        assert np.asarray(
            read_table(made, ReadOptions()).cells.iloc[:, 0] if made.endswith("csv") else [1.5, 2.5]
        ).tolist() == [1.5, 2.5]
    assert read_table("data_batch_1.npz", ReadOptions()).labels.tolist() == [1, 2]


def test_names_that_mean_something_to_a_shell_are_not_put_into_commands(tmp_path):
    path = tmp_path / "a$(touch x)'.pkl"
    path.write_bytes(pickle.dumps([1]))
    assert "pd.read_pickle('FILE')" in refused(path)


@pytest.mark.parametrize("name", ["a.pkl", "a.npz", "a.csv", "data_batch_1", "a.npy", "a.joblib", "a.mat", "a"])
@pytest.mark.parametrize("protocol", range(6))
def test_no_pickle_is_opened_whatever_it_is_called(tmp_path, name, protocol):
    (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "sprung"), protocol=protocol))
    refused(tmp_path / name)
    np.save(tmp_path / "object.npy", np.array([Trap(tmp_path / "sprung")], dtype=object), allow_pickle=True)
    assert "need pickle" in refused(tmp_path / "object.npy")
    np.savez(tmp_path / "object.npz", X=np.array([[Trap(tmp_path / "sprung")]], dtype=object), y=np.array([1]))
    assert "need pickle" in refused(tmp_path / "object.npz")
    assert not (tmp_path / "sprung").exists()


KNOWN = [
    ("a.csv", b"a,b\n1,2\n", "text"),
    ("a.weird", b"a,b\n1,2\n", "text"),
    ("a", b"a,b\n1,2\n", "text"),
    ("optdigits.tra", b"0,1,6\n0,2,7\n", "text"),
    ("a.data", b"1 1:0.5 3:2\n-1 2:1e-3\n", "svmlight"),
    ("gisette", b"1 " + b" ".join(b"%d:0.12345" % j for j in range(1, 999)) + b"\n", "svmlight"),
    ("a.txt", b"5 12:30\n6 13:45\n", "svmlight"),
    ("a.txt", b"bob 12:30\neve 13:45\n", "text"),
    ("a.txt", b"% about\n@RELATION x\n", "arff"),
    ("a.txt", b'[{"a": 1}]', "json"),
    ("a.csv", b'{"a": 1}\n{"a": 2}\n', "json"),
    ("a.zip", archive(aDOTcsv=b"a,b\n1,2\n"), "text"),
    ("a.zip", archive(aDOTjson=b"[]"), "json"),
    ("a.zip", archive(XDOTnpy=b"", yDOTnpy=b""), "npz"),
    ("a.csv", b"PK,b\n1,2\n", "text"),
    ("a.csv", b"\x93NUMPY\x01\0", "npy"),
    ("a.csv", b"PAR1", "parquet"),
    ("a.txt", b"MATLAB 5.0 MAT-file", "mat"),
    ("a.csv", "a,é\n".encode("utf-16"), "text"),
    ("a", bytes([0, 0, 8, 1, 0, 0, 0, 2, 1, 2]), "idx"),
    ("a.bin", bytes(3073), "cifar"),
    ("a.png", b"\x89PNG\r\n\x1a\n", "image"),
    ("a.webp", b"RIFF\0\0\0\0WEBP", "image"),
]


@pytest.mark.parametrize(("name", "content", "form"), KNOWN, ids=ids(KNOWN))
def test_content_decides_before_the_name(tmp_path, name, content, form):
    (tmp_path / name).write_bytes(content)
    assert form_of(str(tmp_path / name)) == form


@pytest.mark.parametrize(
    ("name", "form"),
    [("x.csv", "text"), ("x.CSV.GZ", "text"), ("x.gz", "text"), ("x.svm.bz2", "svmlight"), ("x.mat", "mat"),
     ("x.tar.gz", "tar"),     ("t10k-images-idx3-ubyte.gz", "idx"), ("digit", ""), ("x.weird", "")],
)  # fmt: skip
def test_the_name_decides_alone_where_there_is_no_file(tmp_path, name, form):
    assert form_of(tmp_path / name) == form
    assert "there is no such file" in refused(tmp_path / name) or form in NOT_READ or form in OTHERWISE


def test_folders_are_told_by_what_they_hold(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".zgroup").write_text(json.dumps({}))
    (tmp_path / "cifar-10-batches-py").mkdir()
    for name in ("data_batch_1", "batches.meta"):
        (tmp_path / "cifar-10-batches-py" / name).write_bytes(pickle.dumps({}))
    assert form_of(tmp_path / "a.zarr") == form_of(tmp_path / "b") == "zarr"
    assert form_of(tmp_path) == "folder"
    assert "data_batch_1' is a pickle of the Python version of CIFAR" in refused(tmp_path / "cifar-10-batches-py")


def test_every_kind_is_read_or_explained():
    kinds = {*BY_SUFFIX.values(), *"idx folder cifar cifar-python mat73 zip zstd 7z rar lfs gif tiff program".split()}
    assert kinds <= {*PLAIN, *OPEN, *NOT_READ, *OTHERWISE}
    assert not ({*PLAIN, *OPEN} & {*NOT_READ, *OTHERWISE})


@pytest.mark.parametrize("option", [{"sep": ";"}, {"decimal": ","}, {"header": False}, {"encoding": "gbk"}])
def test_options_of_text_tables_do_not_go_with_others(tmp_path, option):
    np.savez(tmp_path / "a.npz", X=np.eye(2), y=[0, 1])
    assert f"is no text table, so {next(iter(option))} does not go with it" in refused(tmp_path / "a.npz", **option)


def test_files_that_cannot_be_opened_are_one_line(tmp_path):
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n")[:-4])
    assert "cannot read" in refused(tmp_path / "cut.csv.gz")
    (tmp_path / "folder.csv").mkdir()
    assert "holds no images" in refused(tmp_path / "folder.csv")
    assert "null" in refused("a\0.csv")
