"""Why a width is too small: the theorem behind a certificate, with its numbers."""

from logwidth.certify import (
    CoverCertificate,
    EnclosureCertificate,
    GeometricCertificate,
    LineCertificate,
    LinkCertificate,
    LowerBound,
    WidthCertificate,
)
from logwidth.display.numbers import up
from logwidth.norms import norm_name

FIRST_LAYER = (
    "If a network whose first layer has k units is right on every ball, its first weight matrix, of rank at most k, "
    "keeps the images of opposite balls apart (T1). Where no matrix of that rank does, k units are too few, whatever "
    "the depth"
)

BENT = (
    "Such a network is, but for an arbitrarily small change, a change of coordinates of space, continuous both ways, "
    "followed by one affine function"
)
GEOMETRIC: dict[type[GeometricCertificate], tuple[str, str]] = {
    LineCertificate: (
        "T3' for k = 1",
        "A network of width 1 is monotone along a line, so between two equal labels it cannot return another.",
    ),
    EnclosureCertificate: (
        "T3'",
        f"{BENT}; the points where it has the sample's value reach to infinity, so they cross the covered faces.",
    ),
    LinkCertificate: (
        "T18",
        f"{BENT}; a plane would part the two rings after it, and rings that a plane parts are not linked.",
    ),
    CoverCertificate: (
        "T1, T19",
        f"{FIRST_LAYER}. For each of the cells one opposite pair is named whose difference lies within 2 radii of every "
        "kernel in the cell, so that the two balls hold points with one image.",
    ),
}


def explain_lower(proof: LowerBound | None) -> str:
    """Return a paragraph on the lower end of a bracket; without a certificate one unit is needed."""
    if proof is None:
        return "Needed. No better lower bound than one unit is stated."
    claim = f"{proof.claim[0].upper()}{proof.claim[1:]}."
    if not isinstance(proof, WidthCertificate):
        theorem, why = GEOMETRIC[type(proof)]
        return f"Needed ({theorem}): width at least {proof.width_lower}. {claim} {why}"
    metric = (
        ""
        if proof.norm == 2.0
        else f" (in the metric of an ellipsoid inscribed in the l{norm_name(proof.norm)} ball: u is replaced by Q^(-1/2) u)"
    )
    return (
        f"Needed (T1, T2): width at least {proof.width_lower} for radii from {up(proof.radius_excluded)} on. "
        f"{FIRST_LAYER}. Weights w on {len(proof.weights):,} opposite pairs with sum 1 give M = sum w_ij u_ij "
        f"u_ij^T{metric}, u_ij = x_i - x_j. For every projection P of rank k = {proof.rank}, min |P u_ij|^2 <= sum "
        "w_ij |P u_ij|^2 = tr(P M) <= the sum of the k largest eigenvalues of M (Ky Fan), which is at most (2 s)^2, s "
        f"= {up(proof.radius_excluded)}, rounded up. {claim}"
    )
