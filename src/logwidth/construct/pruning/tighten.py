"""Moving scores so that each leads on the balls it serves: for a fixed assignment a convex problem."""

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from logwidth.construct.plan import FloatArray, IntArray
from logwidth.construct.pruning.scene import Scene, Scores

STEPS = 60
LEAST = 1e-12


def tightened(
    scene: Scene, scores: Scores, cover: IntArray, pairs: tuple[IntArray, IntArray], bounds: tuple[float, float]
) -> tuple[Scores, int]:
    """Return the scores after L-BFGS steps downhill on `Σ ReLU(gap + σ‖w_s − w_j‖ − (a_s − a_j)(z_i))²`, s = cover(i).

    The sum runs over the given pairs (sample i, opposite score j). Every term is convex in (w, b): for a fixed assignment
    the admissible scores form a second-order cone program. Also returns the number of evaluations.
    """
    rows, others = pairs
    sigma, gap = bounds
    own, z = cover[rows], scene.images[rows]
    size, m = scores.weights.shape
    count = np.arange(len(rows))
    incidence = csr_matrix(
        (np.repeat([1.0, -1.0], len(rows)), (np.concatenate([own, others]), np.concatenate([count, count]))),
        shape=(size, len(rows)),
    )

    def shortfall(x: FloatArray) -> tuple[float, FloatArray]:
        W, b = x[:-size].reshape(size, m), x[-size:]
        U = W[own] - W[others]
        length = np.sqrt(np.maximum((U * U).sum(axis=1), LEAST))
        h = np.maximum(gap + sigma * length - (U * z).sum(axis=1) - b[own] + b[others], 0.0)
        on = np.flatnonzero(h)
        pull = 2.0 * h[on]
        G = (sigma * pull / length[on])[:, None] * U[on] - pull[:, None] * z[on]
        part = incidence[:, on]
        return float(h @ h), np.concatenate([(part @ G).ravel(), -(part @ pull)])

    found = minimize(
        shortfall,
        np.concatenate([scores.weights.ravel(), scores.biases]),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": STEPS, "maxcor": 10, "ftol": 0.0, "gtol": 1e-10},
    )
    moved = replace(scores, weights=found.x[:-size].reshape(size, m), biases=found.x[-size:])
    return moved, int(found.nfev)
