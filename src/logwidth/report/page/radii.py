"""Histograms of radii: proven ones, and beside them those at which an attack found another label."""

import numpy as np

from logwidth.display import down
from logwidth.report.page.markup import text
from logwidth.report.page.plot import key, upright
from logwidth.types import FloatArray

LEFT, RIGHT, TOP, BOTTOM = 84, 590, 40, 234
PROVEN = ("proven", "proven: the label stays at least so far")
FOUND = ("found", "found: an input so far away has another label")
MOST_BINS = 30


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
