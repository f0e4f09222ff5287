"""What kind of data a path is: told by its first bytes, and by its name where they leave it open."""

import os
import re
import zipfile

from logwidth.dataset.files import opened
from logwidth.dataset.readers.content import PEEKED, first_bytes, members, packing_of
from logwidth.dataset.readers.content import SUFFIXES as PACKED
from logwidth.dataset.readers.idx import is_idx, looks_like_idx
from logwidth.errors import InputError

BY_SUFFIX = {
    ".csv": "text", ".tsv": "text", ".tab": "text", ".txt": "text", ".data": "text", ".dat": "text",
    ".libsvm": "svmlight", ".svm": "svmlight", ".svmlight": "svmlight",
    ".arff": "arff", ".mat": "mat", ".npz": "npz", ".npy": "npy", ".zarr": "zarr",
    ".parquet": "parquet", ".pq": "parquet", ".feather": "feather", ".arrow": "feather", ".arrows": "feather",
    ".json": "json", ".jsonl": "json", ".ndjson": "json",
    ".png": "image", ".jpg": "image", ".jpeg": "image", ".bmp": "image", ".pgm": "image", ".ppm": "image", ".webp": "image",
    ".xlsx": "excel", ".xls": "excel", ".xlsm": "excel", ".ods": "excel", ".h5": "hdf5", ".hdf5": "hdf5", ".nc": "hdf5",
    ".dta": "stata", ".sas7bdat": "sas", ".xpt": "sas", ".sav": "spss", ".rdata": "r", ".rda": "r", ".rds": "r",
    ".pkl": "pickle", ".pickle": "pickle", ".joblib": "pickle", ".pt": "torch", ".pth": "torch",
    ".safetensors": "safetensors", ".mtx": "matrixmarket",
    ".tfrecord": "tfrecord", ".tfrecords": "tfrecord", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".db": "sqlite",
    ".html": "html", ".htm": "html", ".xml": "xml", ".pdf": "pdf", ".tar": "tar", ".tgz": "tar",
}  # fmt: skip
"""The kind of data of a file with such a suffix, in lower case, if its first bytes do not say something else."""

BY_BYTES = [
    (b"\x93NUMPY", "npy"), (b"PAR1", "parquet"), (b"ARROW1", "feather"), (b"FEA1", "feather"),
    (b"\x89PNG\r\n\x1a\n", "image"), (b"\xff\xd8\xff", "image"), (b"MATLAB 5.0 MAT-file", "mat"),
    (b"MATLAB 7.3 MAT-file", "mat73"), (b"\x89HDF\r\n\x1a\n", "hdf5"), (b"SQLite format 3\0", "sqlite"), (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"), (b"<stata_dta>", "stata"), (b"$FL2", "spss"), (b"$FL3", "spss"),
    (b"RDX2\n", "r"), (b"RDX3\n", "r"), (b"RDA2\n", "r"), (b"X\n\0\0\0", "r"), (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"CDF\1", "netcdf"), (b"CDF\2", "netcdf"), (b"CDF\5", "netcdf"),
    (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!\x1a\x07", "rar"), (b"GIF87a", "gif"), (b"GIF89a", "gif"),
    (b"II*\0", "tiff"), (b"MM\0*", "tiff"), (b"version https://git-lfs", "lfs"), (b"\x7fELF", "program"),
    (b"%%MatrixMarket", "matrixmarket"),
]  # fmt: skip
SAS = b"\xc2\xea\x81\x60\xb3\x14\x11\xcf"
PICKLE = re.compile(rb"\x80[\x02-\x05]|\(?[dl]p[0-9]|c(copy_reg|numpy|pandas|__builtin__|builtins|sklearn)[\w.]*\n")
NUMBER = rb"[-+]?[0-9.]+([eE][-+]?[0-9]+)?"
SVMLIGHT = re.compile(NUMBER + rb"([ \t]+(qid:[0-9]+|[0-9]+:(" + NUMBER + rb"|nan|inf)))*[ \t]*(#.*)?")
PAIR = re.compile(rb"[ \t][0-9]+:[-+0-9.ni]")
TEXTS = ("html", "xml", "lfs")  # what a download gives in place of a file
CIFAR_ROWS = (3073, 3074)


def form_of(path: str | os.PathLike[str]) -> str:
    """Return what kind of data a path is: 'text', 'npz', 'folder', … as in `BY_SUFFIX`, '' if unknown.

    A file that exists is known by its first bytes, packed or not; its name decides where they do not, and alone where there
    is no such file. Raises InputError for a file that cannot be read.

    >>> form_of("nowhere/points.csv.gz"), form_of("nowhere/x.mat"), form_of("digit")
    ('text', 'mat', '')
    """
    path = os.fspath(path)
    if os.path.isdir(path):
        return _form_of_folder(path)
    named = _by_name(path)
    if not os.path.isfile(path):
        return named
    with opened(path) as stream:
        raw = stream.read(8)
    if packing_of(raw) == "zip":
        return _form_of_zip(path, named)
    start, _ = first_bytes(path)
    found = _by_bytes(path, start, named) or named or ("text" if _is_text(start) else "")
    return "idx" if named == "idx" and found not in TEXTS else found


def is_arrow_stream(start: bytes) -> bool:
    """Return whether bytes start as a stream of Arrow's IPC does: a mark, and the size of a message in whole words."""
    size = int.from_bytes(start[4:8], "little")
    return start[:4] == b"\xff" * 4 and 0 < size < 2**31 and size % 8 == 0


def _by_name(path: str) -> str:
    if is_idx(path):
        return "idx"
    base = os.path.basename(path).lower()
    stem = base
    for suffix in PACKED:
        stem = stem.removesuffix(suffix)
    if base.endswith((".tar.gz", ".tar.bz2", ".tar.xz")):
        return "tar"
    return BY_SUFFIX.get(os.path.splitext(stem)[1], "text" if stem != base else "")


def _by_bytes(path: str, start: bytes, named: str) -> str:
    """Return what the first bytes of a file, unpacked, say; nothing where they leave it open."""
    batch = re.search(r"(data|test)_batch(_[1-5])?$", path) is not None
    signs = {
        "tar": start[257:262] == b"ustar",
        "image": start[8:12] == b"WEBP" or (start[:2] == b"BM" and named == "image"),
        "sas": SAS in start[:64],
        "feather": is_arrow_stream(start),
        "idx": looks_like_idx(start),
        "pickle": PICKLE.match(start) is not None and not batch,
        "cifar-python": PICKLE.match(start) is not None and batch,
        "cifar": path.lower().endswith(".bin") and any(os.path.getsize(path) % row == 0 for row in CIFAR_ROWS),
    }
    known = [form for magic, form in BY_BYTES if start.startswith(magic)] + [form for form, sign in signs.items() if sign]
    return known[0] if known else _by_text(start, named)


def _by_text(start: bytes, named: str) -> str:
    """Return what text says of itself in its first lines: a web page, ARFF, JSON, LibSVM."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    low = text[:64].lower()
    if low.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        low.startswith(b"<!--") and b"<html" in start.lower()
    ):
        return "html"
    if low.startswith((b"<?xml", b"<!doctype")):
        return "html" if b"<html" in start.lower() else "xml"
    text = text[: max(text.rfind(b" "), text.rfind(b"\n"))] if len(start) >= PEEKED else text  # no half of a number
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    plain = [line for line in lines if not line.startswith(b"%")]
    if plain and plain[0].lower().startswith((b"@relation", b"@attribute")):
        return "arff"
    if named in ("text", "") and text[:1] in (b"{", b"[") and _is_text(start):
        return "json"
    whole = [line for line in lines if not line.startswith(b"#")]
    if named in ("text", "") and whole and any(PAIR.search(line) for line in whole):
        return "svmlight" if all(SVMLIGHT.fullmatch(line) for line in whole) else ""
    return ""


def _is_text(start: bytes) -> bool:
    """Return whether bytes may be text, in UTF-16 and UTF-32 too."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
        return True
    return bool(start.strip()) and not any(byte < 9 or 13 < byte < 32 for byte in start)


def _form_of_zip(path: str, named: str) -> str:
    """Return what an archive holds, by the names of its members."""
    try:
        with opened(path) as stream, zipfile.ZipFile(stream) as archive:
            found = [member.filename for member in members(archive)]
    except (InputError, zipfile.BadZipFile):
        return named or "zip"
    if "[Content_Types].xml" in found or "mimetype" in found:
        return "excel"
    if any(name.endswith("/data.pkl") or name == "data.pkl" for name in found):
        return "torch"
    if named == "npz" or (found and all(name.endswith(".npy") for name in found)):
        return "npz"
    if len(found) != 1:
        return "zip"
    inner = form_of(os.path.join("nowhere", found[0]))
    start, _ = first_bytes(path)
    return _by_bytes(found[0], start, inner) or inner or ("text" if _is_text(start) else "zip")


def _form_of_folder(path: str) -> str:
    names = set(os.listdir(path)) if os.access(path, os.R_OK) else set()
    if path.rstrip("/").lower().endswith(".zarr") or names & {".zarray", ".zgroup", "zarr.json"}:
        return "zarr"
    if {"data_batch_1", "batches.meta"} <= names:
        return "cifar-python"
    return "folder"
