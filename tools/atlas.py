"""Write the table behind the explorer of `logwidth report`: python tools/atlas.py (about two minutes).

Many diagrams in one table of small whole numbers, for readers without this library, such as a page's script.
"""

import base64
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

from logwidth.norms import norm_name
from logwidth.theory.diagram import Diagram, diagram
from logwidth.theory.impossible import MEETING, REASONS

TARGET = Path(__file__).parents[1] / "src" / "logwidth" / "report" / "page" / "atlas.json"
SAMPLES = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 10**5, 10**6, 10**7, 10**8, 10**9)
FEATURES = tuple(2**i for i in range(1, 13))
NORMS = (1.0, 2.0, 4.0, math.inf)
STEPS = 8_000
NOTHING = 65_535
SPREAD = 24
MARGIN = 1e-6
SERIES = ("possible", "impossible", "paper_possible", "paper_impossible")


def atlas(progress: Callable[[float], None] | None = None) -> dict[str, Any]:
    """Return the diagrams of all `NORMS` × `FEATURES` × `SAMPLES` as one JSON object.

    `widths[d]` are the widths of a diagram. `values` is base64 of little-endian uint16, in the order norm, d, N, series,
    width; a number q stands for `10^(−q/STEPS)`, 0 for 1 and 65535 for 0. What is possible is moved down to a step and
    what is impossible up, by less than 0.06 % (below 6.5·10⁻⁹ to 0, or up to that number), so the table says nothing that
    the diagram does not prove. `because` is base64 of one byte per diagram and width: which of `reasons` excludes.
    """
    values, because = [], bytearray()
    names = [MEETING, *REASONS]
    for i, p in enumerate(NORMS):
        for d in FEATURES:
            for n in SAMPLES:
                found = diagram(n, d, norm=p, widths=atlas_widths(d))
                values.append(steps_of(found))
                because += bytes(names.index(reason) for reason in found.reasons)
        if progress is not None:
            progress((i + 1) / len(NORMS))
    return {
        "samples": SAMPLES,
        "features": FEATURES,
        "norms": [norm_name(p) for p in NORMS],
        "steps": STEPS,
        "widths": {str(d): atlas_widths(d) for d in FEATURES},
        "reasons": names,
        "values": base64.b64encode(np.concatenate(values).astype("<u2").tobytes()).decode(),
        "because": base64.b64encode(bytes(because)).decode(),
    }


def atlas_widths(n_features: int) -> list[int]:
    """Return some widths from 1 to d + 6, evenly on a logarithmic scale; d, d + 1, d + 2 and d + 6 are among them.

    >>> atlas_widths(2)
    [1, 2, 3, 4, 8]
    """
    spread = np.geomspace(1, n_features, SPREAD).round().astype(int).tolist()
    return sorted({*spread, n_features + 1, n_features + 2, n_features + 6})


def steps_of(found: Diagram) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the four series of a diagram one after the other as steps, each moved to its safe side."""
    columns: Iterable[tuple[str, Any]] = ((name, getattr(found, name)) for name in SERIES)
    return np.concatenate([[_step(float(v), upwards="impossible" in name) for v in values] for name, values in columns])


def _step(value: float, *, upwards: bool) -> int:
    """Return q with `10^(−q/STEPS)` at least (or at most) `value`, and next to it."""
    if value <= 0.0:
        return NOTHING
    if value == 1.0:
        return 0
    exact = -STEPS * math.log10(value)
    if upwards:
        return min(max(math.floor(exact - MARGIN), 0), NOTHING - 1)
    step = math.ceil(exact + MARGIN)
    return step if step < NOTHING else NOTHING


if __name__ == "__main__":
    content = json.dumps(atlas(lambda share: print(f"{share:.0%}", flush=True)), separators=(",", ":"))
    TARGET.write_text(content + "\n", encoding="utf-8")
    print(f"written: {TARGET} ({len(content):,} characters)")
