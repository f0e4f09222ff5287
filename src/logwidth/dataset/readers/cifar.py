"""The binary version of CIFAR-10 and CIFAR-100: rows of one or two labels and 3072 bytes, red, green and blue in turn."""

import os

import numpy as np

from logwidth.dataset.files import opened
from logwidth.dataset.readers.archives import MOST_BYTES
from logwidth.dataset.table import Table
from logwidth.errors import InputError

SIDE = 32
PIXELS = SIDE * SIDE
KINDS = {3 * PIXELS + 1: ("CIFAR-10", (10,)), 3 * PIXELS + 2: ("CIFAR-100", (20, 100))}


def read_cifar(path: str) -> Table:
    """Return the pictures `(N, 3072)`, colours of each pixel side by side, and their classes, the fine ones of CIFAR-100.

    The layout is told by the size of the file and checked by its labels. Raises InputError.

    Source: A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009.
    """
    with opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if size > MOST_BYTES:
            raise InputError(f"{path!r} has {size} bytes, more than {MOST_BYTES >> 30} GiB")
        content = np.frombuffer(stream.read(), dtype=np.uint8)
    for width, (name, classes) in KINDS.items():
        if content.size and content.size % width == 0:
            rows = content.reshape(-1, width)
            labels = rows[:, : len(classes)]
            if (labels < np.array(classes)).all():
                pictures = rows[:, len(classes) :].reshape(-1, 3, PIXELS).transpose(0, 2, 1).reshape(-1, 3 * PIXELS)
                notes = (f"the binary version of {name}, {len(rows)} pictures",)
                return Table(path, pictures, labels=labels[:, -1], notes=notes, image=(SIDE, SIDE, "RGB"))
    raise InputError(f"{path!r} is no binary file of CIFAR: its rows do not start with labels")
