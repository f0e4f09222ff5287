"""Raw measurements: the C file of a run under two compilers, and its time beside onnxruntime's (JSON lines).

    python benchmarks/c_file.py RUN [--integers] [--points N] [--out FILE]

Compiles `logwidth export RUN --c` with gcc and clang, whichever are here, at -O0 and at -O3 with `-ffp-contract` on, off
and, with `-march=native`, fast. Each program labels all samples and `--points` worst points of the certified balls (with
`--integers` the samples, since no other integers lie in the balls of data as far apart as bits); `wrong` counts labels that
differ. `us_row` is processor time per row over all rows; onnxruntime has one thread, and one row or 256 at a time.
"""

import os
import platform
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnxruntime

import logwidth as lw
from lines import add_line, options_of
from logwidth.certify import reload_data
from logwidth.pipeline import c_of_run
from logwidth.runtimes.replay import worst_points

SETTINGS = ("-O0", "-O3 -ffp-contract=on", "-O3 -ffp-contract=off", "-O3 -march=native -ffp-contract=fast")
MAIN = """
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
int logwidth_class(const KIND *x);
int main(int count, char **words) {
  long rows = atol(words[1]), repeats = atol(words[2]);
  KIND *x = malloc(sizeof(KIND) * FEATURES * rows);
  int *found = malloc(sizeof(int) * rows);
  if (count != 3 || fread(x, sizeof(KIND) * FEATURES, rows, stdin) != (size_t)rows) return 1;
  clock_t start = clock();
  for (long k = 0; k < repeats; k++)
    for (long i = 0; i < rows; i++) found[i] = logwidth_class(x + i * FEATURES);
  double us = 1e6 * (double)(clock() - start) / CLOCKS_PER_SEC / ((double)rows * repeats);
  printf("%.4f", us);
  for (long i = 0; i < rows; i++) printf(" %d", found[i]);
  return 0;
}
"""


def rows_of(folder: Path, integers: bool, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and the classes that they must get."""
    run = lw.open_run(folder)
    data = reload_data(run.summary)
    if integers:
        return data.points, data.labels
    first, rng = run.network.hidden[0], np.random.default_rng(0)
    inside, owner = worst_points(data, run.certificate.radius_lower, run.certificate.norm, first, points, rng)
    return np.concatenate([data.points, inside]), np.concatenate([data.labels, data.labels[owner]])


def programs(folder: Path, integers: bool, points: int) -> Iterator[dict[str, object]]:
    found = c_of_run(folder, integers=integers)
    kind = re.search(r"int logwidth_class\(const (\w+) ", found.text)
    assert kind is not None
    numbers = {"float": np.float32, "double": np.float64, "int8_t": np.int8, "int16_t": np.int16, "int32_t": np.int32}
    rows, classes = rows_of(folder, integers, points)
    rows = np.ascontiguousarray(rows * (2**found.integers.shift if found.integers else 1)).astype(numbers[kind[1]])
    repeats = max(1, 20_000 // len(rows))
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        (here / "network.c").write_text(found.text)
        (here / "main.c").write_text(MAIN.replace("KIND", kind[1]).replace("FEATURES", str(rows.shape[1])))
        for compiler in filter(shutil.which, ("gcc", "clang")):
            version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=True).stdout.split("\n")[
                0
            ]
            for setting in SETTINGS:
                command = [compiler, "-std=c99", *setting.split(), "network.c", "main.c", "-o", "run"]
                subprocess.run(command, check=True, cwd=here)
                done = subprocess.run(
                    [str(here / "run"), str(len(rows)), str(repeats)], input=rows.tobytes(), capture_output=True, check=True
                )
                time_of_row, *labels = done.stdout.split()
                wrong = int((np.array(labels, dtype=int) != classes).sum())
                yield {
                    "by": version,
                    "setting": setting,
                    "numbers": kind[1],
                    "rows": len(rows),
                    "wrong": wrong,
                    "us_row": float(time_of_row),
                }


def in_onnxruntime(folder: Path, points: int) -> Iterator[dict[str, object]]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(folder / "network.onnx"), options)
    rows, classes = rows_of(folder, integers=False, points=points)
    rows, values = rows.astype(np.float32), lw.open_run(folder).label_values
    for batch, most in ((1, 256), (256, len(rows))):
        start = time.process_time()
        outputs = [session.run(None, {"X": rows[at : at + batch]})[0][:, 0] for at in range(0, most, batch)]
        seconds = time.process_time() - start
        wrong = int((np.concatenate(outputs) != values[classes[:most]]).sum())
        by = f"onnxruntime {onnxruntime.__version__}"
        yield {"by": by, "setting": f"{batch} rows", "rows": most, "wrong": wrong, "us_row": round(1e6 * seconds / most, 3)}


def main() -> None:
    parser = options_of(__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--integers", action="store_true")
    parser.add_argument("--points", type=int, default=20_000)
    given = parser.parse_args()
    lines = programs(given.run, given.integers, given.points)
    for found in [*lines, *([] if given.integers else in_onnxruntime(given.run, given.points))]:
        about = {"run": given.run.name, "load": round(os.getloadavg()[0], 1), "logwidth": lw.__version__}
        add_line(given.out, {**found, **about, "python": platform.python_version()})


if __name__ == "__main__":
    main()
