"""Raw measurements: rows that keep a ratio of the separation of digits in ℓ∞ and ℓ1, by greedy, swaps, optimised rows.

Run `python benchmarks/features.py`; it writes one JSON object a line to `benchmarks/raw/features.jsonl`. `at_least` bounds
what coordinates can do, nothing else: proven by linear programming for `lp`, claimed by HiGHS for `milp`.
"""

import json
import math
import time

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from sklearn.datasets import load_digits

from lines import RAW, versions
from logwidth.dataset import Dataset
from logwidth.maps import check_map
from logwidth.maps.features.coordinates import (
    coordinate_rows,
    coordinates_lower,
    fewest_coordinates,
    greedy_coordinates,
    loads_of,
)
from logwidth.maps.features.polish import HardPairs
from logwidth.maps.features.smallest import smallest_feature_map
from logwidth.separation import separation
from logwidth.types import silent

SEED = 0
RATIOS = (0.1, 0.25, 0.5, 0.75, 0.99)
MILP_SECONDS = 10
VERSIONS = versions("scipy")
TARGET = RAW / "features.jsonl"


def main() -> None:
    data = Dataset(*load_digits(return_X_y=True))
    TARGET.parent.mkdir(exist_ok=True)
    with TARGET.open("w") as out:
        for norm in (math.inf, 1.0):
            sep = separation(data, norm=norm)
            for ratio in RATIOS:
                for row in measured(data, sep, ratio):
                    head = {"data": "digits", "norm": str(norm), "wanted_ratio": ratio, "seed": SEED}
                    out.write(json.dumps(head | row | VERSIONS) + "\n")
                    out.flush()


def measured(data, sep, ratio):
    """Yield the row of each method: rows needed and what they keep, or a lower bound on the number of coordinates."""
    d, goal = data.n_features, (ratio + 1e-3 * (1 - ratio)) * (1 + 1e-9)
    seen = HardPairs(data, sep)
    begin = time.perf_counter()
    sets = {"greedy": greedy_coordinates(seen, goal)}
    times = {"greedy": time.perf_counter() - begin}
    sets["swaps"] = fewest_coordinates(seen, goal, np.random.default_rng(SEED), silent)[0]
    times["swaps"] = time.perf_counter() - begin
    for method, chosen in sets.items():
        found = check_map(data, coordinate_rows(chosen, d), norm=sep.norm, separation=sep)
        yield {"method": method, "rows": found.rank, "ratio_lower": found.ratio_lower, "seconds": round(times[method], 2)}
    begin = time.perf_counter()
    found = smallest_feature_map(data, ratio, sep.norm, SEED, separation=sep)
    row = {"method": "smallest_feature_map", "kind": found.method, "rows": found.rank, "ratio_lower": found.ratio_lower}
    yield row | {"seconds": round(time.perf_counter() - begin, 2)}
    begin = time.perf_counter()
    least = coordinates_lower(data, ratio, sep.norm, separation=sep)
    yield {"method": "lp", "at_least": least, "seconds": round(time.perf_counter() - begin, 2)}
    begin = time.perf_counter()
    least = claimed_by_milp(np.unique(loads_of(seen.differences, sep.norm, goal), axis=0))
    yield {"method": "milp", "at_least": least, "seconds": round(time.perf_counter() - begin, 2)}


def claimed_by_milp(loads):
    """Return the dual bound of HiGHS on the pairs met, rounded up; it is not proven."""
    d = loads.shape[1]
    limits = {"time_limit": MILP_SECONDS}
    covered = LinearConstraint(loads, 1.0, np.inf)
    found = milp(np.ones(d), constraints=covered, integrality=np.ones(d), bounds=Bounds(0, 1), options=limits)
    return None if found.mip_dual_bound is None else math.ceil(found.mip_dual_bound - 1e-6)


if __name__ == "__main__":
    main()
