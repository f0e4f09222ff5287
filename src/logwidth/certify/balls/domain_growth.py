"""Every sample's radius on a domain that reaches as far as it needs.

A proof bounds what is rounded by the largest numbers on all balls of radius `reach`, its domain, and proves no radius
beyond that. On a wide domain larger radii fit, but every bound is a little worse. Both are sound: what is proven on any
domain that holds the ball is proven. So a sample's radius, bounded from below, is the largest one that some domain proves:

1. the wide domain, of radius `FAR · radius`, for all samples whose ReLU does not clip so near;
2. the domain of `radius` and a little more, for those that fall short of `radius` on the wide one;
3. for those that a domain proves up to its very edge: domains of `WIDEN` times the reach, again and again, made for these
   samples alone, until the radius lies inside, or the ReLU clips. The bounds are those of T6 with the domain's errors.

All reaches are `NEAR · WIDEN^k · radius` where the first layer allows them, whichever domain a sample began on.
"""

from collections.abc import Callable

import numpy as np

from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.leads.reach import NEAR, clip_radius_lower
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import UnprovableNetworkError
from logwidth.types import FloatArray, IndexArray

WIDEN, WIDER = 1.25, 160  # larger radii are sought in steps of this factor, so often at most
FAR = NEAR * WIDEN**3  # radii that most samples do not exceed; a step of the narrow domain, so both lead to the same ones
INSIDE = 1 - 2.0**-12  # of the radius at which the first ReLU clips


def all_radii(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    ball: tuple[float, float],
    progress: Callable[[float], None] | None = None,
) -> tuple[FloatArray, dict[str, float]]:
    """Return a proven radius per point (−1: none), and the constants of the rounding bound on balls of the wanted radius.

    `labelled` holds points `(n, d)` and their label values `(n,)`; `ball = (radius, p)`. A bound that holds on a wide domain
    is as good as one on a narrow domain, and tells more; only where it falls short of `radius`, or the domain would be
    clipped, is the narrow one asked. Raises UnprovableNetworkError where there is no domain at all.
    """
    points, (radius, norm) = labelled[0], ball
    near = BallProof(form, points, radius, norm)
    radii, reach = np.full(len(points), -1.0), FAR * radius
    clip = clip_radius_lower(form.first, points, norm)
    rows = np.flatnonzero(clip * INSIDE > reach)
    if rows.size:
        radii[rows] = _on_domain(form, labelled, rows, (radius, norm, reach), progress)
    left = np.flatnonzero(radii < radius)
    if left.size:
        radii[left] = np.maximum(radii[left], near.radii(*labelled, rows=left, progress=progress))
    for ended, start in ((left, near.domain.reach), (rows, reach)):
        radii = farther(form, labelled, radii, ended[radii[ended] >= start], (radius, norm, start), clip)
    return radii, near.constants


def farther(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    radii: FloatArray,
    rows: IndexArray,
    ball: tuple[float, float, float],
    clip: FloatArray | None = None,
) -> FloatArray:
    """Return `radii` `(n,)`, larger for those `rows` that are proven on wider domains, made for the rows that are left.

    `labelled` holds points `(n, d)` and their label values `(n,)`; `ball = (radius, p, reach)`: wider than `reach`.
    `clip` `(n,)` are the radii at which the first ReLU clips, from below, where they are known.
    """
    radius, norm, reach = ball
    radii = radii.copy()
    if clip is None:
        clip = np.full(len(radii), -1.0)
        clip[rows] = clip_radius_lower(form.first, labelled[0][rows], norm)
    for _ in range(WIDER):
        reach *= WIDEN
        rows = rows[clip[rows] * INSIDE > reach]
        if not rows.size:
            break
        radii[rows] = np.maximum(radii[rows], _on_domain(form, labelled, rows, (radius, norm, reach)))
        rows = rows[radii[rows] >= reach]
    return radii


def _on_domain(
    form: Form,
    labelled: tuple[FloatArray, FloatArray],
    rows: IndexArray,
    ball: tuple[float, float, float],
    progress: Callable[[float], None] | None = None,
) -> FloatArray:
    """Return proven radii of some rows, up to `reach`, on a domain around them; −1 where that cannot be had."""
    try:
        proof = BallProof(form, labelled[0], *ball, rows)
    except UnprovableNetworkError:
        return np.full(len(rows), -1.0)
    return proof.radii(*labelled, rows=rows, progress=progress)
