"""Raw measurements: the proven ceiling of every rank on digits, beside what the search found.

Run `python benchmarks/ceiling.py` after `benchmarks/maps.py`; it writes one JSON object a line to
`benchmarks/raw/ceiling.jsonl`. `ratio_found` is the lower bound of the map found, `ratio_excluded` the proven ceiling.
"""

import json
import time

from sklearn.datasets import load_digits

from lines import RAW, versions
from logwidth.certify import prove_width_bound
from logwidth.certify.lower_bounds.width_proof import check_width_bound
from logwidth.dataset import Dataset
from logwidth.maps import rank_ceiling
from logwidth.separation import separation

RANKS = range(4, 17)
VERSIONS = versions("scipy")


def found_ratios() -> dict[int, float]:
    """Return the best ratio that `benchmarks/maps.py` recorded for every rank."""
    path = RAW / "maps.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    best: dict[int, float] = {}
    for row in rows:
        if row["method"] == "search":
            best[row["rank"]] = max(best.get(row["rank"], 0.0), row["ratio_lower"])
    return best


def main() -> None:
    data = Dataset(*load_digits(return_X_y=True))
    sep = separation(data)
    found = found_ratios()
    RAW.mkdir(exist_ok=True)
    with (RAW / "ceiling.jsonl").open("w") as out:
        for k in RANKS:
            begin = time.perf_counter()
            dual = rank_ceiling(data, k, separation=sep)
            proving = time.perf_counter()
            proof = prove_width_bound(data, k, dual.pairs, dual.weights, separation=sep)
            end = time.perf_counter()
            row = {"data": "digits", "norm": "2", "rank": k, "ratio_found": found.get(k)}
            row |= {"ratio_excluded": proof.ratio_excluded, "pairs": len(proof.pairs)}
            row |= {"seconds": round(proving - begin, 3), "proof_seconds": round(end - proving, 4)}
            row |= {"problems": list(check_width_bound(proof, data, separation=sep)), **VERSIONS}
            out.write(json.dumps(row) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
