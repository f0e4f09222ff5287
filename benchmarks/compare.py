"""Raw measurements: the constructions side by side on digits, at two ratios, beside a trained network.

Run `python benchmarks/compare.py`, which needs PyTorch; it writes one JSON object a line to `benchmarks/raw/compare.jsonl`
and a figure per ratio beside it. `certified_fraction` of the trained network is a lower bound, `attacked_fraction` an upper
one. Times are those of one run on an ordinary machine.
"""

import json

import logwidth as lw
from lines import RAW, versions
from logwidth.pipeline import compare
from logwidth.report import comparison_figure

RATIOS = (0.5, 0.99)
VERSIONS = versions()


def main() -> None:
    data = lw.load("digits")
    RAW.mkdir(exist_ok=True)
    with (RAW / "compare.jsonl").open("w") as out:
        for ratio in RATIOS:
            rows = compare(data, ratio=ratio, trained=True)
            for row in rows:
                out.write(json.dumps({"data": "digits", "ratio": ratio, **row, **VERSIONS}) + "\n")
            out.flush()
            drawing = comparison_figure(rows, f"digits: {data.n_samples:,} samples, l2, ratio {ratio:g}", ".svg")
            (RAW / f"compare_{ratio:g}.svg").write_bytes(drawing)


if __name__ == "__main__":
    main()
