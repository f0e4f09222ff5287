"""Samples with a square number of features, as small grey pictures inside the page."""

import base64
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from logwidth.report.page.markup import text

LEAST_SIDE = 4


def side_of(n_features: int) -> int | None:
    """Return the side of the square picture, None if the features do not make one."""
    side = math.isqrt(n_features)
    return side if side * side == n_features and side >= LEAST_SIDE else None


def picture(point: NDArray[np.float64], span: tuple[float, float], words: str) -> str:
    """Return an image of `point` `(side²,)`, row by row; `span` is what black and white stand for."""
    low, high = span
    side = math.isqrt(point.size)
    shade = (point / 2 - low / 2) / ((high / 2 - low / 2) or 1.0)  # halves: the span of huge features may overflow
    levels = np.clip(shade * 255, 0, 255).astype(np.uint8).reshape(side, side)
    data = base64.b64encode(_png(levels)).decode()
    return f'<img alt="{text(words)}" width="112" height="112" src="data:image/png;base64,{data}">'


def _png(levels: NDArray[np.uint8]) -> bytes:
    """Return an 8-bit grey PNG of `levels` `(h, w)`: header, one block of rows that each start with filter 0, end."""
    height, width = levels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in levels)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows, 9)), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
