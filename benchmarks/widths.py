"""Raw measurement: how narrow data sets get. Needed, existing, built on a linear map and built with folds, by data set.

Run `python benchmarks/widths.py [NAME:RATIO ...]`; it adds one JSON object a line to `benchmarks/raw/widths.jsonl`.
Digits at 0.99 and 0.995 take some ten minutes of a core each.
"""

import json
import platform
import sys
import time

import numpy as np

import logwidth as lw
from lines import RAW

CASES = ("iris:0.9", "wine:0.9", "breast_cancer:0.9", "digits:0.5", "digits:0.9", "digits:0.99", "digits:0.995")
TARGET = RAW / "widths.jsonl"


def main() -> None:
    for case in sys.argv[1:] or CASES:
        name, ratio = case.split(":")
        begin = time.process_time()
        bracket = lw.width_bracket(lw.load(name), float(ratio))
        row = {"data": name, **bracket.summary(), "construction": bracket.run.summary["construction"]}
        row |= {"dtype": bracket.run.summary["dtype"], "depth": bracket.run.summary["depth"]}
        row |= {"cpu_seconds": round(time.process_time() - begin, 1), "python": platform.python_version()}
        with TARGET.open("a") as out:
            out.write(json.dumps(row | {"numpy": np.__version__}) + "\n")


if __name__ == "__main__":
    main()
