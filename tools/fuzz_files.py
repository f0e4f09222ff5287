"""Laws for fuzzing: whatever bytes a file of data holds, reading it gives finite numbers or one refusal."""

import io
import itertools
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

import logwidth as lw
from logwidth.dataset.queries import load_points
from logwidth.verifiers.answers import read_answers

POINTS, LABELS = np.arange(12.0).reshape(4, 3), np.array([0, 1, 1, 0])


def scratch() -> Path:
    return Path(_scratch().name)


@cache
def _scratch() -> tempfile.TemporaryDirectory:
    return tempfile.TemporaryDirectory(prefix="fuzz-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)


def load_as(name: str, beside: str | None = None) -> Callable[[bytes], None]:
    def law(content: bytes) -> None:
        path = scratch() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        data = lw.load(path.parents[1] if name.startswith("images/") else path, labels=beside and scratch() / beside)
        assert np.isfinite(data.points).all()
        if not name.startswith("images/"):
            load_points(str(path), data.n_features)

    return law


def tables() -> Iterator[bytes]:
    frame = pd.DataFrame(POINTS, columns=list("uvw")).assign(y=["a", "b", "a", "c"])
    yield from (frame.to_csv(index=False).encode(), frame.assign(y=[1, 2, 1, 2]).to_csv(index=False, sep=";").encode())
    yield '"a ""b""",c\n1e999,x\nnan,y\n-0.0,é\n'.encode("utf-8-sig")


def archives() -> Iterator[bytes]:
    for save in (np.savez, np.savez_compressed):
        stream = io.BytesIO()
        save(stream, X=POINTS, y=LABELS)
        yield stream.getvalue()


def arrays() -> Iterator[bytes]:
    for kind in ("<f8", "<f4", "<i2", "<U3"):
        stream = io.BytesIO()
        np.save(stream, POINTS.astype(kind))
        yield stream.getvalue()


def idx_files() -> Iterator[bytes]:
    for code, kind in ((8, ">u1"), (13, ">f4"), (12, ">i4")):
        yield bytes([0, 0, code, 2]) + np.array([4, 3], ">u4").tobytes() + POINTS.astype(kind).tobytes()


def pictures() -> Iterator[bytes]:
    for form, mode in itertools.product(("PNG", "BMP", "PPM", "JPEG", "WEBP"), ("L", "RGB")):
        stream = io.BytesIO()
        Image.new(mode, (3, 2)).save(stream, form)
        yield stream.getvalue()


def images(content: bytes) -> None:
    for place in ("a/1.png", "b/2.png"):
        (scratch() / "images" / place).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (3, 2), 9).save(scratch() / "images" / place)
    load_as("images/a/3.png")(content)


def answers(content: bytes) -> None:
    (scratch() / "answers.csv").write_bytes(content)
    read_answers(scratch() / "answers.csv")


def npy(content: bytes) -> None:
    np.save(scratch() / "labels.npy", LABELS)
    load_as("points.npy", "labels.npy")(content)


def idx(content: bytes) -> None:
    (scratch() / "labels-idx1-ubyte").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 4]) + LABELS.astype("u1").tobytes())
    load_as("images-idx3-ubyte", "labels-idx1-ubyte")(content)


TARGETS = {
    "npz": (load_as("data.npz"), archives),
    "npy": (npy, arrays),
    "csv": (load_as("data.csv"), tables),
    "idx": (idx, idx_files),
    "images": (images, pictures),
    "answers": (answers, lambda: [b"onnx,vnnlib,result,seconds\na.onnx,b.vnnlib,sat,1.5\n"]),
}
