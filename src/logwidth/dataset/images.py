"""Folders of images: one folder per class, all images of one size."""

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.arrays import MOST_BYTES
from logwidth.dataset.files import opened
from logwidth.dataset.wording import short
from logwidth.errors import InputError, MissingExtraError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "WEBP")
PLAIN = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB"}
MOST_PIXELS = 2**24

Shape = tuple[tuple[int, int], str]


def read_folder(folder: str) -> tuple[NDArray[np.uint8], list[str]]:
    """Return the images of `folder/CLASS/*.png` (or `SUFFIXES`) as rows of bytes, and the names of their classes.

    Order: by class, then by file name. Grey images have one feature per pixel, row by row, coloured ones three. All must
    have the size and kind of the first; headers are checked before any pixels are decoded.

    Raises InputError that names the file, and MissingExtraError without Pillow.
    """
    files = _files(folder)
    shapes = [_shape(path) for path, _ in files]
    for (path, _), shape in zip(files, shapes, strict=True):
        if shape != shapes[0]:
            raise InputError(
                f"{path!r} is {_words(shape)}, but {files[0][0]!r} is {_words(shapes[0])}; "
                "bring all images to one size and kind"
            )
    (width, height), kind = shapes[0]
    count = width * height * (1 if kind == "L" else 3)
    if len(files) * count > MOST_BYTES // 8:
        raise InputError(f"{folder!r}: {len(files)} images of {count} values need more than {MOST_BYTES >> 30} GiB")
    table = np.empty((len(files), count), dtype=np.uint8)
    for row, (path, _) in enumerate(files):
        table[row] = _pixels(path, kind)
    return table, [name for _, name in files]


def _files(folder: str) -> list[tuple[str, str]]:
    try:
        classes = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith("."))
        found = [
            (os.path.join(folder, name, file), name)
            for name in classes
            for file in sorted(os.listdir(os.path.join(folder, name)))
            if file.lower().endswith(SUFFIXES)
        ]
    except OSError as problem:
        raise InputError(f"cannot read {folder!r}: {problem.strerror or problem}") from problem
    if not found:
        raise InputError(f"{folder!r} holds no images as CLASS/NAME.png, one folder per class ({', '.join(SUFFIXES)})")
    return found


def _shape(path: str) -> Shape:
    """Return size and kind, 'L' or 'RGB', of an image, from its header alone."""
    with opened(path) as stream, _image(stream) as image:
        if image.mode not in PLAIN or "transparency" in image.info:
            raise InputError(f"{path!r} has pixels of kind {short(image.mode)}; save it as 8-bit grey or RGB, without alpha")
        if image.width * image.height > MOST_PIXELS:
            raise InputError(f"{path!r} declares {image.width} × {image.height} pixels, more than {MOST_PIXELS}")
        if getattr(image, "n_frames", 1) != 1:
            raise InputError(f"{path!r} holds {image.n_frames} images; save them one by one")
        return image.size, PLAIN[image.mode]


def _pixels(path: str, kind: str) -> NDArray[np.uint8]:
    with opened(path) as stream, _image(stream) as image:
        return np.asarray(image.convert(kind), dtype=np.uint8).reshape(-1)


def _image(stream: Any) -> Any:
    try:
        from PIL import Image
    except ImportError as problem:
        raise MissingExtraError("Pillow", "images") from problem
    return Image.open(stream, formats=FORMATS)


def _words(shape: Shape) -> str:
    (width, height), kind = shape
    return f"{width} × {height} {'grey' if kind == 'L' else 'coloured'}"
