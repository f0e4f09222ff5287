"""Raw measurements: a network deeper than chains are stored, as a chain and as one Scan, in a runtime (JSON lines).

    python benchmarks/deep_files.py CHAIN SCAN --runtime NAME [--out FILE]

CHAIN and SCAN are runs of one request, made with `logwidth fit … --onnx chain` and `--onnx scan`, of at most some hundred
samples. Measured is processor time until the file is open and until all samples are labelled, and how many labels are wrong;
`refused` says why a runtime does not take a file. Run the script in one environment per runtime where they do not go
together, under `timeout` where one may take hours.
"""

import os
import platform
import time
from pathlib import Path

import numpy as np

import logwidth as lw
from lines import add_line, options_of
from logwidth.certify import reload_data
from logwidth.runtimes.known import RUNTIMES


def measured(folder: Path, name: str) -> dict[str, object]:
    run = lw.open_run(folder)
    data, content = reload_data(run.summary), (folder / "network.onnx").read_bytes()
    line: dict[str, object] = {"run": folder.name, "depth": run.network.depth, "bytes": len(content)}
    start = time.process_time()
    try:
        runtime = RUNTIMES[name]({})
        line |= {"runtime": runtime.name, "version": runtime.version}
        labels = runtime.open(content)
        line["open_cpu_s"], start = round(time.process_time() - start, 2), time.process_time()
        outputs = np.asarray(labels(data.points.astype(np.float32)))[:, 0]
        wrong = np.abs(outputs[:, None] - data.values[None, :]).argmin(axis=1) != data.labels
        line |= {"rows": len(outputs), "wrong": int(wrong.sum()), "rows_cpu_s": round(time.process_time() - start, 2)}
    except Exception as problem:  # noqa: BLE001 what a runtime refuses is measured too
        line["refused"] = " ".join(str(problem).split()).replace("|", "/")[-120:] or type(problem).__name__
    return line


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--runtime", required=True, choices=list(RUNTIMES))
    given = parser.parse_args()
    for folder in given.runs:
        about = {"load": round(os.getloadavg()[0], 1), "logwidth": lw.__version__, "python": platform.python_version()}
        add_line(given.out, {"runtime": given.runtime, **measured(folder, given.runtime), **about})


if __name__ == "__main__":
    main()
