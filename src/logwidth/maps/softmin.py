"""The soft minimum of projected pair lengths, and its ascent over k-dimensional subspaces."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from logwidth.types import FloatArray

MEMORY = 30
NEGLIGIBLE = 1e-9
CONVERGED = 1e-3

Objective = Callable[[FloatArray], tuple[float, FloatArray]]


def soft_minimum(lengths: FloatArray, temperature: float) -> tuple[float, FloatArray]:
    """Return `−T log Σ exp(−q_l/T)` and its weights `w_l = exp(−q_l/T)/Σ`, the gradient in `q`.

    It lies between `min q − T log n` and `min q`.

    >>> value, weights = soft_minimum(np.array([1.0, 1.0]), 0.5)
    >>> round(value, 6), weights.tolist()
    (0.653426, [0.5, 0.5])
    """
    least = lengths.min()
    powers = np.exp((least - lengths) / temperature)
    total = powers.sum()
    return float(least - temperature * np.log(total)), powers / total


def projected_squares(differences: FloatArray, frame: FloatArray) -> FloatArray:
    """Return `‖Vᵀu‖²` for every row `u` of `differences` (n, r) and an orthonormal frame V (r, k)."""
    Y = differences @ frame
    return np.asarray(np.einsum("ij,ij->i", Y, Y))


def ascend(differences: NDArray[np.floating], frame: FloatArray, temperature: float, steps: int) -> FloatArray:
    """Return an orthonormal frame (r, k) after at most `steps` L-BFGS steps uphill on the soft minimum.

    `differences` (n, r) in float32 halve the work; good for temperatures from about 1e-3 on.
    """
    return lbfgs(lambda V: _objective(differences, V, temperature), frame, steps, CONVERGED * temperature)


def lbfgs(objective: Objective, frame: FloatArray, steps: int, tolerance: float = 1e-15) -> FloatArray:
    """Return an orthonormal frame after at most `steps` L-BFGS steps uphill on a function of its column space.

    The variable is any matrix W (r, k) of full rank; the objective sees only its column space, `V = W L^{−ᵀ}` with the
    Cholesky factor `WᵀW = LLᵀ`. With `G` the gradient in `V`, the one in `W` is `(I − VVᵀ) G L^{−1}` (the objective is
    invariant under `V → VO`; a gradient is orthogonal to the columns, so that W stays well conditioned). Ends when a step
    gains less than `tolerance`. Heuristic: a local maximum at best.
    """
    shape = frame.shape

    def downhill(w: FloatArray) -> tuple[float, FloatArray]:
        W = w.reshape(shape)
        inverse = np.linalg.inv(np.linalg.cholesky(W.T @ W))
        V = W @ inverse.T
        value, gradient = objective(V)
        gradient -= V @ (V.T @ gradient)
        return -value, -(gradient @ inverse).ravel()

    found = minimize(
        downhill,
        frame.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": MEMORY, "ftol": tolerance, "gtol": 1e-12},
    )
    return np.ascontiguousarray(np.linalg.qr(found.x.reshape(shape))[0])


def _objective(differences: NDArray[np.floating], V: FloatArray, temperature: float) -> tuple[float, FloatArray]:
    """Return the soft minimum at V and its gradient `2 Σ w u uᵀ V`, from the pairs whose weight is not negligible."""
    Y = differences @ V.astype(differences.dtype)
    value, weights = soft_minimum(np.einsum("ij,ij->i", Y, Y).astype(np.float64), temperature)
    on = np.flatnonzero(weights > NEGLIGIBLE * weights.max())
    if 2 * len(on) < len(weights):
        differences, Y, weights = differences[on], Y[on], weights[on]
    return value, 2.0 * (differences.T @ (weights.astype(Y.dtype)[:, None] * Y)).astype(np.float64)
