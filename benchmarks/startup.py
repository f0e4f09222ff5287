"""Raw measurements: how long it takes until something can be done, beside `import numpy` in the same run, as JSON lines.

    python benchmarks/startup.py [--times 10] [--out FILE]

Every command runs in a process of its own, the commands in turn. `seconds` is the median of the wall-clock times and
`cpu_seconds` that of user and system time, which other work on the machine changes less; `of_numpy` is the ratio of the
medians of wall-clock time. Lines are appended.
"""

import json
import os
import resource
import subprocess
import sys
import time
from importlib.metadata import version
from statistics import median

from lines import options_of

NUMPY = "import numpy"
COMMANDS = {
    NUMPY: ["-c", "import numpy"],
    "import logwidth": ["-c", "import logwidth"],
    "logwidth --help": ["-m", "logwidth", "--help"],
    "logwidth --version": ["-m", "logwidth", "--version"],
    "logwidth fit --help": ["-m", "logwidth", "fit", "--help"],
    "logwidth.memorize": ["-c", "import logwidth; logwidth.memorize"],
}


def run_once(arguments: list[str]) -> tuple[float, float]:
    """Return wall-clock and processor seconds of one process."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = options_of(__doc__, "startup")
    parser.add_argument("--times", type=int, default=10)
    options = parser.parse_args()
    for arguments in COMMANDS.values():  # once for the caches of files and of compiled modules
        run_once(arguments)
    times = [{name: run_once(arguments) for name, arguments in COMMANDS.items()} for _ in range(options.times)]
    walls = {name: median(found[name][0] for found in times) for name in COMMANDS}
    with options.out.open("a", encoding="utf-8") as stream:
        for name, wall in walls.items():
            line = {
                "command": name,
                "seconds": wall,
                "cpu_seconds": median(found[name][1] for found in times),
                "of_numpy": wall / walls[NUMPY],
                "times": options.times,
                "load": os.getloadavg()[0],
                "python": sys.version.split()[0],
                "logwidth": version("logwidth"),
            }
            stream.write(json.dumps(line) + "\n")
            print(f"{name:22} {wall:.3f} s, {line['cpu_seconds']:.3f} s of processor, {line['of_numpy']:.2f} of {NUMPY}")


if __name__ == "__main__":
    main()
