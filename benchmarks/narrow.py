"""Raw measurements: what narrow arithmetic leaves of a run's ratio (JSON lines, one per run and format).

    python benchmarks/narrow.py RUN [RUN …] [--runtime NAME] [--points N] [--out FILE]

`ratio` is the largest hundredth at which the fused network, rounded to the format, is certified for all samples in its
arithmetic; `certified` counts balls of the run's own ratio. With `--runtime` the rounded network is evaluated there, with
its defaults, at `--points` worst points of the balls that are certified in narrow arithmetic (`narrow_wrong`), and of those
that are certified in float32 (`float32_wrong`).
"""

import platform
from pathlib import Path

import numpy as np

import logwidth as lw
from lines import add_line, options_of
from logwidth.certify import Certification, Outcome, certify, reload_data
from logwidth.dataset import Dataset
from logwidth.export import fused_to_onnx
from logwidth.network import FusedNetwork
from logwidth.network.fused import rounded_to
from logwidth.runtimes import Runtime
from logwidth.runtimes.known import RUNTIMES
from logwidth.runtimes.replay import worst_points
from logwidth.runtimes.runtime import in_chunks


def largest_hundredth(network: FusedNetwork, data: Dataset, unit: float, kind: str) -> tuple[float, Certification | None]:
    """The largest hundredth of `unit` that is certified as a radius for all samples."""
    low, high, best = 0, 100, None
    while high - low > 1:
        middle = (low + high) // 2
        found = certify(network, data, middle / 100 * unit, arithmetic=kind)
        if (found.status == Outcome.CERTIFIED).all():
            low, best = middle, found
        else:
            high = middle
    return low / 100, best


def wrong(network: FusedNetwork, data: Dataset, radii: np.ndarray, runtime: Runtime, points: int) -> int:
    inside, owner = worst_points(data, radii, 2.0, network.first, points, np.random.default_rng(0))
    outputs = in_chunks(runtime.open(fused_to_onnx(network)), inside.astype(np.float32))[:, 0]
    return int((outputs != data.values[data.labels[owner]]).sum())


def measured(folder: Path, kind: str, runtime: Runtime | None, points: int) -> dict[str, object]:
    run = lw.open_run(folder)
    data = reload_data(run.summary)
    unit = lw.separation(data).lower / 2
    line: dict[str, object] = {"run": folder.name, "asked": run.summary["ratio"], "arithmetic": kind}
    try:
        network = rounded_to(run.fuse().network, kind)
    except lw.InputError as problem:
        return {**line, "refused": str(problem)}
    ratio, found = largest_hundredth(network, data, unit, kind)
    own = certify(network, data, run.summary["ratio"] * unit, arithmetic=kind)
    line |= {"ratio": ratio, "certified": int((own.status == Outcome.CERTIFIED).sum()), "samples": data.n_samples}
    if runtime is not None and found is not None:
        plain = certify(network, data, ratio * unit).radius_lower
        line |= {"runtime": runtime.name, "version": runtime.version, "points": points}
        line["narrow_wrong"] = wrong(network, data, found.radius_lower, runtime, points)
        line["float32_wrong"] = wrong(network, data, plain, runtime, points)
    return line


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--runtime", choices=list(RUNTIMES))
    parser.add_argument("--points", type=int, default=20_000)
    given = parser.parse_args()
    runtime = None if given.runtime is None else RUNTIMES[given.runtime]({})
    for folder in given.runs:
        for kind in ("float16", "bfloat16"):
            found = measured(folder, kind, runtime if kind == "bfloat16" else None, given.points)
            add_line(given.out, {**found, "logwidth": lw.__version__, "python": platform.python_version()})


if __name__ == "__main__":
    main()
