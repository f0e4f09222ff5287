"""T5d as its proof has it: caps, their signs, and the nested maxima and minima, on samples of points of the balls."""

import numpy as np
import pytest

ANGLES = {
    "square": (np.pi / 2 * np.arange(4), [0, 1, 0, 1]),
    "walled in": (np.append(2 * np.pi / 5 * np.arange(5), 0.0), [1, 1, 1, 1, 1, 0]),
}


def caps(reach: float, eps: float, m: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return normals `(n, m)`, offsets `(n,)` and μ of part (1) of the proof."""
    radii = [reach**2]
    while radii[-1] > (eps / 8) ** 2:
        radii.append(radii[-1] - eps**2 / 128)
    squares = np.array(radii[:-1])
    h = np.sqrt(squares - eps**2 / 64)
    after = np.sqrt(np.maximum(squares - eps**2 / 128, 0.0))
    cosine = float(((h / after).max() + 1.0) / 2.0)
    mu = 0.5 * float((after * cosine - h).min())
    while (squares - (h - mu) ** 2 > eps**2 / 32).any():
        mu /= 2
    assert ((h + mu) / cosine <= after).all()
    count = int(np.ceil(np.pi / np.arccos(cosine))) + 1
    angle = 2 * np.pi * np.arange(count) / count
    U = np.column_stack([np.cos(angle), np.sin(angle)]) if m == 2 else np.array([[1.0], [-1.0]])
    return np.tile(U, (len(h), 1)), np.repeat(h, len(U)), mu


def points_of(centres: np.ndarray, sigma: float) -> np.ndarray:
    """Return points `(n, k, m)` of the balls: their centres, their spheres, and in between."""
    m = centres.shape[1]
    angle = 2 * np.pi * np.arange(90) / 90
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) if m == 2 else np.array([[1.0], [-1.0]])
    steps = np.concatenate([share * circle for share in (0.0, 0.35, 0.7, 0.9, 1.0)]) * sigma
    return centres[:, None, :] + steps


def nested(g: np.ndarray, positive: np.ndarray, last: float) -> np.ndarray:
    """Return `v_1` for values `g` `(rules, points)`."""
    v = np.full(g.shape[1], last)
    for values, sign in zip(g[::-1], positive[::-1], strict=True):
        v = np.maximum(values, v) if sign else np.minimum(-values, v)
    return v


@pytest.mark.parametrize("shape", ["line", *ANGLES])
def test_caps_separate_what_no_whole_ball_halfspaces_do(shape):
    if shape == "line":
        centres, labels = np.array([[-1.0], [0.0], [1.0]]), np.array([0, 1, 0])
    else:
        angles, classes = ANGLES[shape]
        centres, labels = np.column_stack([np.cos(angles), np.sin(angles)]), np.array(classes)
        if shape == "walled in":
            centres[-1] = 0.0
    gaps = np.linalg.norm(centres[:, None] - centres[None], axis=2)[labels[:, None] != labels[None]]
    sigma = 0.25 * gaps.min()
    eps = 0.999 * (gaps.min() - 2 * sigma)
    clouds = points_of(centres, sigma)
    z, own = clouds.reshape(-1, centres.shape[1]), np.repeat(labels == 0, clouds.shape[1])
    normals, offsets, mu = caps(float(np.linalg.norm(z, axis=1).max()) * 1.001, eps, centres.shape[1])
    g = normals @ z.T - offsets[:, None]
    positive = np.zeros(len(g), dtype=bool)
    open_points = np.ones(len(z), dtype=bool)  # no earlier rule exceeds μ
    for t, values in enumerate(g):
        inside = open_points & (values >= -mu)
        positive[t] = bool(own[inside].any())
        assert not (own[inside].any() and (~own[inside]).any())  # no cap meets both classes
        open_points &= values <= mu
    kinds = set(own[open_points].tolist())
    assert len(kinds) <= 1  # the last rule decides for one class
    v = nested(g, positive, 1.0 if True in kinds else -1.0)
    assert (v[own] >= min(mu, 1.0) * (1 - 1e-9)).all()
    assert (v[~own] <= -min(mu, 1.0) * (1 - 1e-9)).all()
    flipped = positive.copy()
    used = [t for t in range(len(g)) if (g[t] > mu).any()]
    flipped[used[0]] = not flipped[used[0]]
    wrong = nested(g, flipped, 1.0 if True in kinds else -1.0)
    assert (wrong[own] <= 0).any() or (wrong[~own] >= 0).any()
