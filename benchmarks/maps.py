"""Raw measurements: what random, PCA and searched maps keep of the separation of digits, by rank.

Run `python benchmarks/maps.py`; it writes one JSON object a line to `benchmarks/raw/maps.jsonl`.
"""

import json
import time

from sklearn.datasets import load_digits

from lines import RAW, versions
from logwidth.dataset import Dataset
from logwidth.maps import pca_map, random_map, search_map, smallest_rank_map
from logwidth.separation import separation

SEED = 0
RANKS = range(4, 21)
RATIOS = (0.5, 0.68, 0.9, 0.99)
VERSIONS = versions("scipy")
TARGET = RAW / "maps.jsonl"


def main() -> None:
    data = Dataset(*load_digits(return_X_y=True))
    sep = separation(data)
    jobs = [
        (method, {"rank": k}, lambda make=make, k=k, extra=extra: make(data, k, separation=sep, **extra))
        for k in RANKS
        for method, make, extra in (
            ("random", random_map, {"rng": SEED}),
            ("pca", pca_map, {}),
            ("search", search_map, {"rng": SEED}),
        )
    ]
    jobs += [
        (
            "smallest_rank",
            {"wanted_ratio": r},
            lambda r=r: smallest_rank_map(data, r, rng=SEED, separation=sep),
        )
        for r in RATIOS
    ]
    TARGET.parent.mkdir(exist_ok=True)
    with TARGET.open("w") as out:
        for method, asked, job in jobs:
            begin = time.perf_counter()
            found = job()
            row = {"data": "digits", "seed": SEED, "method": method, **asked}
            row |= {"found_rank": found.rank, "ratio_lower": found.ratio_lower}
            row |= {"seconds": round(time.perf_counter() - begin, 3), **VERSIONS}
            out.write(json.dumps(row) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
