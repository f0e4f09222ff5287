"""A sentence per construction: how its network knows the label; and why a width is too small, by its certificate."""

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

SCORES = (
    "scores a_t(z) = 2<c_t, z> - |c_t|^2 + w_t are affine, and on every ball the own class has one that leads all "
    "scores of other classes (T5, T6)"
)

FORMS = {
    "register": (
        f"{SCORES}; a running maximum s_t = ReLU(s + r), r_t = ReLU(a_t - s - r) meets the pieces class by class, and "
        "a register counts classes since its last increase. Width m + 3, depth P (docs/theory.md, section 4, Register)"
    ),
    "collapse": (
        f"{SCORES}; class by class the maximum of the class is stored, later pieces collapse it to 0 if they lead, and "
        "a hit is parked in a coordinate. Width m + 2, depth = sum over tested classes of (later pieces + 3) - 2 "
        "(section 4, Collapse)"
    ),
    "telescope": (
        f"{SCORES}; the maximum telescopes, h_t = ReLU(h + a_(t-1) - a_t), and label and maximum share a register. "
        "Width m + 2, depth P - 1, label within 1/4 (section 4, Telescoping register)"
    ),
    "parallel": f"{SCORES}; both classes' maxima telescope side by side. Width m + 2 (section 4, Parallel)",
    "lanes": (
        f"{SCORES}; several running maxima per class meet in a tournament that strikes out the losers' labels. Width m "
        "+ 2 * lanes, depth 2 + longest lane + log2 of lanes and classes (section 4, Lanes)"
    ),
    "cells": (
        "each sample lies in a cell, the halfspaces that keep it from the balls of earlier classes (duals of Fact 1); in "
        "l2 a cell holds many samples. The smallest of them is positive exactly in the cell. Width m + 2, depth "
        "halfspaces + 2 (T5c; section 4, Cells)"
    ),
    "boxes": (
        "features become whole numbers in the first layers, and every sum behind them is exact; class after class, boxes "
        "along the features, and the last class with a box that holds decides. Width m + 2 (m + lanes + 1 side by side), "
        "depth 3 + sides + 2 (C - 1) for m features read (T14, docs/theory/t14-boxes.md)"
    ),
    "lattice": (
        "walls that no ball crosses, in the gaps between the images of all balls, cut the space into cells of one label; a "
        "unit is exactly 1 below a wall and 0 above, their weighted sum is a whole number, and a chain of steps on it "
        "returns the label. Width at most m + 2 lanes + 1, depth 2 + walls / lanes + the memory (T17, "
        "docs/theory/t17-lattice.md)"
    ),
    "balls": (
        "features become whole numbers in the first layers, and every sum behind them is exact; a sum of hinges per sample "
        "is positive exactly in a ball around it. Width d + q + 2 for q hinges side by side, depth 3 + hinges / q + 3 C "
        "(T15, docs/theory/t15-reject.md)"
    ),
    "folded": (
        "layers of m linear units and two hinges bend the space before cells that hold many samples, or before scores of "
        "all samples, read as by collapse. Width m + 2, depth halfspaces + 2 (or that of collapse) and one a fold. With one "
        "hinge lists on two coordinates follow, whose rules may cut balls: width 3, as deep as lists and one a fold (T13, "
        "docs/theory/t13-folding.md)"
    ),
    "list": (
        "an ordered list of halfspaces: the first one that holds decides; with C > 2 classes one list a class, whose "
        "hits are parked in a coordinate. Width m + 1, depth rules + 2 for two classes, rules + 3 C - 2 for more "
        "(section 4, Linear decision list)"
    ),
    "chebyshev": "the nearest sample in l-infinity, a maximum of |z_j - c_j|. Depth 2 m N (T7; section 4)",
    "manhattan": "the nearest sample in l1, a sum of |z_j - c_j|. Depth m N + 2 (T7; section 4)",
    "minkowski": (
        "the nearest sample in lp, powers replaced by convex piecewise-linear functions with an error below the gap "
        "(T7; section 4)"
    ),
    "sawtooth": (
        "the construction of Theorem 4.2 of Egosi, Yehudai, Shamir: squares by sawtooth series, a bump per sample. "
        "Width m + 4, depth P (m (K + 2) + 3) - 1 (section 4, Sawtooth)"
    ),
    "line": "samples on a line with distinct images, scanned once; not robust beyond the gaps of the images (T9)",
}
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


def form_of(construction: object) -> str:
    """Return the sentence of a construction; forms for two classes share that of their family."""
    name = str(construction)
    return FORMS.get(name, FORMS.get(name.removesuffix("-collapse"), f"construction {name}"))


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
