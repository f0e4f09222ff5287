"""Samples as small grey pictures, and histograms of radii: proven ones, and those at which an attack succeeded."""

import base64
import math
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from logwidth.display import down
from logwidth.report.page.markup import text
from logwidth.report.page.plot import key, upright
from logwidth.types import FloatArray

LEAST_SIDE = 4
LEFT, RIGHT, TOP, BOTTOM = 84, 590, 40, 234
PROVEN = ("proven", "proven: the label stays at least so far")
FOUND = ("found", "found: an input so far away has another label")
MOST_BINS = 30


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


def radius_picture(lower: FloatArray, upper: FloatArray | None, radius: float) -> str:
    """Return HTML: samples by `lower` `(N,)`, filled, and by finite `upper`, outlined; a line at the claimed `radius`."""
    broken = np.array([]) if upper is None else upper[np.isfinite(upper)]
    lower = np.maximum(lower, 0.0)
    end = max(float(lower.max(initial=0.0)), float(broken.max(initial=0.0)), radius) * 1.02
    edges = np.linspace(0.0, end, MOST_BINS + 1)
    proven, found = np.histogram(lower, edges)[0], np.histogram(broken, edges)[0]
    most = max(int(proven.max()), int(found.max()), 1)
    bars = "".join(_bar(k, int(n), most, "proven") for k, n in enumerate(proven))
    bars += "".join(_bar(k, int(n), most, "found") for k, n in enumerate(found))
    x = LEFT + (RIGHT - LEFT) * radius / end
    words = f"Radii from 0 to {end:.4g}; claimed radius {down(radius)}; the fullest of {MOST_BINS} bins holds {most} samples"
    return (
        f'<svg viewBox="0 0 600 284" role="img" aria-label="{text(words)}"><title>{text(words)}</title>{bars}'
        f'<path class="mark" d="M{LEFT} {BOTTOM}H{RIGHT}M{x:.1f} {TOP - 10}V{BOTTOM}"/>'
        f'<text x="{LEFT}" y="{BOTTOM + 20}">0</text><text x="{RIGHT}" y="{BOTTOM + 20}" text-anchor="end">{end:.4g}</text>'
        f'<text x="{LEFT - 6}" y="{TOP + 10}" text-anchor="end">{most}</text>'
        f'<text x="{min(max(x, 160), 440):.1f}" y="{TOP - 12}" text-anchor="middle">claimed radius {down(radius)}</text>'
        f'<text x="{(LEFT + RIGHT) // 2}" y="{BOTTOM + 42}" text-anchor="middle">radius of a sample</text>'
        f"{upright('samples', 24, (TOP + BOTTOM) // 2)}</svg>{key([PROVEN, FOUND] if broken.size else [PROVEN])}"
    )


def _bar(k: int, count: int, most: int, kind: str) -> str:
    if not count:
        return ""
    step = (RIGHT - LEFT) / MOST_BINS
    height = (BOTTOM - TOP) * count / most
    return (
        f'<rect class="{kind}" x="{LEFT + k * step + 1:.1f}" y="{BOTTOM - height:.1f}" '
        f'width="{step - 2:.1f}" height="{height:.1f}"/>'
    )
