"""Raw measurement: how narrow data sets get. Needed, existing, built on a linear map and built with folds, by data set.

    python benchmarks/widths.py [NAME:RATIO ...] [--commit dfc6f0a] [--mnist mnist_train.npz] [--seconds 480]
    python benchmarks/widths.py mnist:0.9 --width 27 [--dtype float64] [--effort low] --mnist mnist_train.npz

Every case is a process of its own, which runs what `logwidth width` runs, and adds one JSON object a line; with `--width`
what `logwidth fit --width` runs, and the lower end on its own: no narrower network is looked for. NAME is a built-in data
set, or one of `beside.py`: `letter` (20,000 samples of 16 integers, 26 classes) or `mnist`. `--commit` checks that commit
out into a temporary folder and measures it with this environment's libraries. A case without an answer after so many CPU
seconds ends, and its line says so, beside what was found by then. Digits at 0.99 and 0.995 take some ten minutes of a core
each.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from beside import LETTER
from lines import add_line, options_of, versions

ROOT = Path(__file__).parents[1]
CASES = ("iris:0.9", "wine:0.9", "breast_cancer:0.9", "digits:0.5", "digits:0.9", "digits:0.99", "digits:0.995")
DATA = {"letter": f"import numpy as np\n{LETTER.format(n=20_000)}"}
CHILD = """
import json, resource, time
import logwidth as lw
resource.setrlimit(resource.RLIMIT_CPU, ({seconds}, {seconds} + 10))
{data}
begin = time.process_time()
def told(found):
    print(json.dumps({{**found, "cpu_seconds": round(time.process_time() - begin, 1)}}), flush=True)
{measure}
told(found)
"""
BRACKET = """
bracket = lw.width_bracket(data, {ratio})
kept = {{name: bracket.run.summary[name] for name in ("construction", "dtype", "depth")}}
found = {{**bracket.summary(), **kept}}
"""
OF_WIDTH = """
run = lw.memorize(data, ratio={ratio}, **{asked})
kept = ("width", "map_rank", "map_ratio_lower", "construction", "dtype", "depth", "n_pieces", "certified", "n_samples")
found = {{name: run.summary[name] for name in kept}}
found["fit_cpu_seconds"] = round(time.process_time() - begin, 1)
told(found)
"""
LOWER = """
from logwidth.pipeline.lower import width_excluded
proof = width_excluded(data, run.certificate.radius, run.map.rank, lw.separation(data), found=run.map)
found["width_lower"] = 1 if proof is None else proof.width_lower
found["width_exists"] = min(run.network.width, run.map.rank + 1)
"""


def measured(source: Path, data: str, measure: str, seconds: int) -> dict[str, object]:
    """Return what one process found with the package at `source`, or that it had not ended after so many CPU seconds."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(data=data, measure=measure, seconds=seconds)],
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )
    late = done.returncode == -signal.SIGXCPU
    if done.returncode and not late:
        sys.exit(f"the case failed: {done.stderr.strip().splitlines()[-1]}")
    found = dict(json.loads(done.stdout.splitlines()[-1])) if done.stdout else {}
    return {**found, "finished": False, "cpu_seconds": seconds} if late else found


def main() -> None:
    parser = options_of(__doc__, "widths")
    parser.add_argument("cases", nargs="*", default=CASES, metavar="NAME:RATIO")
    parser.add_argument("--width", type=int, help="fit in so many units instead of looking for the fewest")
    parser.add_argument("--dtype", default="float32", help="the float format, with --width")
    parser.add_argument("--effort", help="the effort of the searches, with --width")
    parser.add_argument("--commit", help="measure this commit instead of this tree")
    parser.add_argument("--mnist", default=os.environ.get("LOGWIDTH_MNIST"))
    parser.add_argument("--seconds", type=int, default=1200, help="CPU seconds after which a case ends")
    options = parser.parse_args()
    asked = {"width": options.width, "dtype": options.dtype} | ({"effort": options.effort} if options.effort else {})
    known = {**DATA, "mnist": f"data = lw.load({options.mnist!r}, scale=255.0)"}
    with tempfile.TemporaryDirectory() as folder:
        tree = ROOT if options.commit is None else Path(folder) / "then"
        if options.commit is not None:
            _git("add", "-q", "--detach", str(tree), options.commit)
        try:
            for case in options.cases:
                name, ratio = case.split(":")
                whole = BRACKET if options.width is None else OF_WIDTH + (LOWER if options.commit is None else "")
                measure = whole.format(ratio=float(ratio), asked=asked)
                found = measured(tree / "src", known.get(name, f"data = lw.load({name!r})"), measure, options.seconds)
                of_tree = {} if options.commit is None else {"tree": options.commit}
                of_fit = {} if options.width is None else {"asked": asked}
                add_line(options.out, {"data": name, **of_tree, **of_fit, "ratio": float(ratio), **found, **versions()})
        finally:
            if options.commit is not None:
                _git("remove", "--force", str(tree))


def _git(*words: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), "worktree", *words], check=True)


if __name__ == "__main__":
    main()
