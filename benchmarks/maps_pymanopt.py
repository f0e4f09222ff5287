"""Raw measurements: our search beside pymanopt on digits, as JSON lines in `benchmarks/raw/maps_pymanopt.jsonl`.

pymanopt's conjugate gradients climb the same soft minimum of the same pairs on the Grassmann manifold, with the same
temperatures, constraint generation and number of steps, from PCA and from random frames; pymanopt and autograd are
needed for this benchmark only. `ratio` is what the climb reached over all pairs, unchecked; ours is proven.
"""

import json
import math
import time

import autograd.numpy as anp
import numpy as np
import pymanopt
from pymanopt.manifolds import Grassmann
from pymanopt.optimizers import ConjugateGradient
from sklearn.datasets import load_digits
from threadpoolctl import threadpool_limits

from lines import RAW, versions
from logwidth.dataset import Dataset
from logwidth.maps import search_map
from logwidth.maps.ascent import HOT, WARM
from logwidth.maps.climb import COOLEST, LEAST_SCANNED, STEPS
from logwidth.maps.nearby import shortest_pairs, unique_pairs
from logwidth.maps.softmin import projected_squares
from logwidth.maps.span import SpanCoordinates, span_coordinates
from logwidth.maps.starts import haar_frame, principal_frame
from logwidth.separation import separation

SEED, RANKS, STARTS = 0, (8, 12), 3
TARGET = RAW / "maps_pymanopt.jsonl"


def ascend(differences, frame, temperature, steps):
    manifold = Grassmann(*frame.shape)

    @pymanopt.function.autograd(manifold)
    def cost(V):
        squares = anp.sum(anp.dot(differences, V) ** 2, axis=1)
        least = anp.min(squares)
        return -least + temperature * anp.log(anp.sum(anp.exp((least - squares) / temperature)))

    solver = ConjugateGradient(max_iterations=steps, verbosity=0, min_gradient_norm=1e-10, min_step_size=1e-14)
    return solver.run(pymanopt.Problem(manifold, cost), initial_point=frame).point


def climbed(view: SpanCoordinates, frame) -> float:
    best, pairs = 0.0, np.empty((0, 2), dtype=np.int64)
    for temperature in HOT * 0.5 ** np.arange(math.ceil(math.log2(HOT / COOLEST)) + 1):
        for _ in range(1 if temperature > WARM else 3):
            fresh = shortest_pairs(view.coordinates @ frame, view.labels, LEAST_SCANNED)
            pairs = unique_pairs(np.concatenate([pairs, fresh]), len(view.labels))
            squares = projected_squares(view.differences(pairs), frame)
            pairs = pairs[np.sort(np.argsort(squares, kind="stable")[:LEAST_SCANNED])]
            u = view.differences(pairs)
            frame = ascend(u, frame, temperature, STEPS)
            reached = projected_squares(u, frame).min()
            nearest = shortest_pairs(view.coordinates @ frame, view.labels, 1)
            least = projected_squares(view.differences(nearest), frame).min()
            best = max(best, float(least))
            if reached - least <= temperature:
                break
    return math.sqrt(best)


def main() -> None:
    data = Dataset(*load_digits(return_X_y=True))
    sep = separation(data)
    view = span_coordinates(data, sep.upper)
    about = versions("pymanopt")
    TARGET.parent.mkdir(exist_ok=True)
    with TARGET.open("w") as out, threadpool_limits(1, user_api="blas"):
        for rank in RANKS:
            rng = np.random.default_rng(SEED)
            frames = [principal_frame(view, rank), *(haar_frame(view.dimension, rank, rng) for _ in range(STARTS - 1))]
            jobs = [("pymanopt", n, lambda f=f: climbed(view, f)) for n, f in enumerate(frames)]
            jobs += [("search", 0, lambda k=rank: search_map(data, k, rng=SEED, separation=sep).ratio_lower)]
            for method, start, job in jobs:
                begin, cpu = time.perf_counter(), time.process_time()
                row = {"data": "digits", "seed": SEED, "method": method, "rank": rank, "start": start, "ratio": job()}
                row |= {"seconds": time.perf_counter() - begin, "cpu_seconds": time.process_time() - cpu, **about}
                out.write(json.dumps(row) + "\n")
                out.flush()
                print(row, flush=True)


if __name__ == "__main__":
    main()
