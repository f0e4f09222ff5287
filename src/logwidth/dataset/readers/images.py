"""Folders of images: one folder per class, all images of one size."""

import os
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.table import ReadOptions, Table
from logwidth.dataset.wording import listing, short
from logwidth.errors import InputError, MissingExtraError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".webp")
FORMATS = ("PNG", "JPEG", "BMP", "PPM", "WEBP")
PLAIN = {"1": "L", "L": "L", "P": "RGB", "RGB": "RGB"}
MOST_PIXELS = 2**24
LANCZOS = 1  # Pillow's number of this filter

Shape = tuple[tuple[int, int], str]


def read_image_folder(folder: str, options: ReadOptions) -> Table:
    """Return the pictures in a folder: `folder/CLASS/*.png`, labelled by class, or `folder/*.png` without labels.

    Raises InputError that names the file, MissingExtraError without Pillow, and if the classes lie one level deeper.
    """
    files = _files(folder)
    beside = [] if files else [name for name in _listed(folder) if _is_image(name)]
    if beside:
        files = [(os.path.join(folder, name), "") for name in beside]
    if not files:
        raise InputError(_no_images(folder))
    table = _read(folder, files, options)
    if beside:
        return replace(table, labels=None, notes=(*table.notes, f"{len(beside)} pictures without classes"))
    loose = [name for name in _listed(folder) if _is_image(name)]
    notes = [f"left out: {listing([repr(name) for name in loose])}, in no folder of a class"] if loose else []
    empty = [repr(name) for name in _folders(folder) if name not in set(table.labels)]
    notes += [f"no pictures in {listing(empty)}: no class"] if empty else []
    return replace(table, notes=(*table.notes, *notes))


def read_image_files(path: str, options: ReadOptions) -> Table:
    """Return one picture as a table of one row, without a label. Raises InputError."""
    return replace(_read(path, [(path, "")], options), labels=None)


def _read(what: str, files: list[tuple[str, str]], options: ReadOptions) -> Table:
    """Return images of one kind, and of one size unless all are brought to one, with the names of their classes."""
    shapes = [_shape(path) for path, _ in files]
    for (path, _), shape in zip(files, shapes, strict=True):
        if shape[1] != shapes[0][1] or (options.resize is None and shape != shapes[0]):
            raise InputError(
                f"{path!r} is {_words(shape)}, but {files[0][0]!r} is {_words(shapes[0])}; "
                "bring all images to one size (--resize) and kind"
            )
    (width, height), kind = (options.resize or shapes[0][0]), shapes[0][1]
    if min(width, height) < 1 or width * height > MOST_PIXELS:
        raise InputError(f"resize must be a width and a height, 1 to {MOST_PIXELS} pixels in all, not {width} × {height}")
    count = width * height * (1 if kind == "L" else 3)
    if len(files) * count > MOST_BYTES // 8:
        raise InputError(f"{what!r}: {len(files)} images of {count} values need more than {MOST_BYTES >> 30} GiB")
    table = np.empty((len(files), count), dtype=np.uint8)
    for row, (path, _) in enumerate(files):
        table[row] = _pixels(path, kind, options.resize)
    resized = sum(size != (width, height) for size, _ in shapes)
    notes = (
        (f"{resized} of {len(files)} pictures brought to {width} × {height} by Pillow's Lanczos filter",) if resized else ()
    )
    return Table(
        what, table, labels=[name for _, name in files], label_name="folder", notes=notes, image=(width, height, kind)
    )


def _files(folder: str) -> list[tuple[str, str]]:
    """Return the images in the folders of a folder, with their names. Raises InputError if some hold folders of images."""
    found = []
    for name in _folders(folder):
        images = [file for file in _listed(os.path.join(folder, name)) if _is_image(file)]
        found += [(os.path.join(folder, name, file), name) for file in images]
        deeper = [inner for inner in _folders(os.path.join(folder, name)) if _has_images(os.path.join(folder, name, inner))]
        if images and deeper:
            raise InputError(
                f"{os.path.join(folder, name)!r} holds the folder {deeper[0]!r} of images beside images: name the folder "
                "whose folders are the classes"
            )
    return found


def _no_images(folder: str) -> str:
    """Return what there is in place of images: folders one level deeper, or files of data."""
    inner = [os.path.join(folder, name) for name in _folders(folder)]
    good = [path for path in inner if any(_has_images(os.path.join(path, name)) for name in _folders(path))]
    if good:
        named = listing([repr(path) for path in good])
        return f"{folder!r} holds no images as CLASS/NAME.png, but these folders do: {named}; name one of them"
    files = [name for name in _listed(folder) if os.path.isfile(os.path.join(folder, name)) and not name.startswith(".")]
    other = f"; it holds {listing([repr(name) for name in files])}: name the file of data" if files else ""
    return f"{folder!r} holds no images as CLASS/NAME.png, one folder per class ({', '.join(SUFFIXES)}){other}"


def _has_images(folder: str) -> bool:
    return any(map(_is_image, _listed(folder)))


def _is_image(name: str) -> bool:
    """Return whether a name is a picture's; what is hidden is none, as ._NAME.png, which holds what macOS knows of one."""
    return name.lower().endswith(SUFFIXES) and not name.startswith(".")


def _folders(folder: str) -> list[str]:
    return [name for name in _listed(folder) if not name.startswith(".") and os.path.isdir(os.path.join(folder, name))]


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError as problem:
        raise InputError(f"cannot read {folder!r}: {problem.strerror or problem}") from problem


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


def _pixels(path: str, kind: str, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    with opened(path) as stream, _image(stream) as image:
        plain = image.convert(kind)
        if size is not None and plain.size != size:
            plain = plain.resize(size, LANCZOS)
        return np.asarray(plain, dtype=np.uint8).reshape(-1)


def _image(stream: Any) -> Any:
    try:
        from PIL import Image
    except ImportError as problem:
        raise MissingExtraError("Pillow", "images") from problem
    return Image.open(stream, formats=FORMATS)


def _words(shape: Shape) -> str:
    (width, height), kind = shape
    return f"{width} × {height} {'grey' if kind == 'L' else 'coloured'}"
