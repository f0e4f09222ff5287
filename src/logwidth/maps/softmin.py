"""The soft minimum of projected pair lengths, and its ascent over k-dimensional subspaces."""

import numpy as np
from scipy.optimize import minimize

from logwidth.maps.preserving import FloatArray

MEMORY = 30


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


def ascend(differences: FloatArray, frame: FloatArray, temperature: float, steps: int) -> FloatArray:
    """Return an orthonormal frame (r, k) after at most `steps` L-BFGS steps uphill on the soft minimum.

    The variable is any matrix W (r, k) of full rank; the objective sees only its column space, `V = Q` of `W = QR`.
    With `G` the gradient in `V`, the one in `W` is `(I − VVᵀ) G R^{−ᵀ}` (the objective is invariant under `V → VO`).
    Heuristic: a local maximum at best.
    """
    shape = frame.shape

    def downhill(w: FloatArray) -> tuple[float, FloatArray]:
        V, R = np.linalg.qr(w.reshape(shape))
        value, gradient = _objective(differences, V, temperature)
        gradient -= V @ (V.T @ gradient)
        return -value, -np.linalg.solve(R, gradient.T).T.ravel()

    found = minimize(
        downhill,
        frame.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": steps, "maxfun": 2 * steps, "maxcor": MEMORY, "ftol": 1e-15, "gtol": 1e-12},
    )
    return np.ascontiguousarray(np.linalg.qr(found.x.reshape(shape))[0])


def _objective(differences: FloatArray, V: FloatArray, temperature: float) -> tuple[float, FloatArray]:
    """Return the soft minimum at V and its gradient `2 Σ w u uᵀ V`."""
    Y = differences @ V
    value, weights = soft_minimum(np.einsum("ij,ij->i", Y, Y), temperature)
    return value, 2.0 * (differences.T @ (weights[:, None] * Y))
