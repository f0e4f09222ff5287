"""`--explain` of `fit`, `check`, `width`, `radius` and `bounds`."""

from collections.abc import Mapping, Sequence
from typing import Any

from logwidth.certify import LowerBound
from logwidth.display.numbers import down, number, up
from logwidth.norms import norm_name
from logwidth.report.explain.forms import explain_lower, form_of
from logwidth.theory import Cost, Diagram

EXCLUDES = {
    "Fact 2": "two samples along a worst direction: at this ratio their closed balls meet, whatever the width",
    "T3(a) star": "the origin against min(N - 1, d) orthogonal vectors: a preserving map of rank k has k >= rho^2 m",
    "T3(b) sphere": "random points of a sphere against its centre: a net of all projections and the law Beta(k/2, "
    "(d - k)/2)",
    "T3(c) nets": "nets in two orthogonal subspaces whose differences come near to every direction of every kernel",
    "T3(d) pairs": "two random classes on a sphere: the N^2/4 differences come near to the kernel of every map",
    "T3' enclosed": "a sample enclosed by balls of another class inside an affine k-plane",
    "T18 linked": "two linked spheres inside an affine k-plane, covered by balls of two classes",
}
SIDES = {
    "necessary": "Necessary. Whatever the network, some data set of these sizes, or some labelling of it, needs as much.",
    "sufficient": "Sufficient. Every data set of these sizes has such a network, where the row says that it applies.",
    "as built": "As built. What this library's own construction takes at most, before data make it smaller.",
}


def explain_width(bracket: Mapping[str, Any], run: Mapping[str, Any], proof: LowerBound | None) -> list[str]:
    """Return paragraphs on a bracket of the width.

    `bracket` holds both ends, `run` is the summary of the network at the upper end, `proof` the certificate of the lower.
    """
    upper = (
        f"At most {bracket['width_upper']}. A checked map of rank m = {bracket['rank_upper']} and the construction "
        f"{run['construction']}: {form_of(run['construction'])}. Certified on {run['certified']:,} of "
        f"{run['n_samples']:,} balls."
    )
    if bracket["width_lower"] == bracket["width_upper"]:
        upper += f" Both ends meet: the least width is {bracket['width_lower']}."
    return [
        f"Asked. Ratio 2 sigma / delta = {number(bracket['ratio'])}, so sigma = {down(run['radius'])} in "
        f"l{run['norm']}: the narrowest network that returns the label on every ball.",
        explain_lower(proof),
        upper,
        f"Rank. The least rank k* of a preserving map lies between {bracket['rank_lower']} and "
        f"{bracket['rank_upper']}; by T1 and T5d, k* <= least width <= k* + 1, so in exact arithmetic some network of "
        f"width {bracket['width_exists']} does it; how large it must be is another matter.",
    ]


def explain_radius(bracket: Mapping[str, Any], proof: LowerBound | None) -> list[str]:
    """Return paragraphs on a bracket of the ratio at a width; `proof` is of the upper end (None: the trivial ratio 1)."""
    k = bracket["width"]
    upper = (
        f"At most {up(bracket['ratio_upper'])}. {explain_lower(proof)}"
        if proof is not None
        else ("At most 1 (Fact 2): with as many units as features only balls that meet are excluded.")
    )
    return [
        f"At least {down(bracket['ratio_lower'])}. A searched map of rank {bracket['map_rank']} and a network of width "
        f"at most {k} on it, built and certified; the least proven radius of a sample counts.",
        upper,
    ]


def explain_check(claim: str, counts: tuple[int, int, int], problems: Sequence[str]) -> list[str]:
    """Return paragraphs: the claim, how it was proven again, the outcome.

    `counts` are the numbers of certified, falsified and undecided balls.
    """
    certified, falsified, undecided = counts
    outcome = (
        f"Outcome. {certified:,} balls were proven again, {falsified:,} falsified, {undecided:,} left undecided."
        if not problems
        else f"Outcome. Not proven: {'; '.join(problems)}."
    )
    return [
        f"Claim. {claim[:1].upper()}{claim[1:]}." if claim else "Claim. None could be read.",
        "Steps (docs/soundness.md). The digests of network.onnx and of the data must be those in the certificate. The "
        "layers are read from the file and every stored weight is accounted for by one of the known forms; the affine "
        "pieces come from the weights, not from the builder. For each sample the lead of its own class on the whole "
        "ball, an affine function less sigma times a dual norm (T6), must exceed the proven error of the network's "
        "float arithmetic in any order of summation; close calls are decided in rational numbers. Stored radii, the "
        "width certificate and the numbers of summary.json must then agree with what was found.",
        outcome,
    ]


def explain_run(summary: Mapping[str, Any], proof: LowerBound | None) -> list[str]:
    """Return paragraphs: what was asked, the map, the network, what is proven, what is needed, what the paper takes.

    `summary` is that of a run, `proof` its width certificate.
    """
    built = [_asked(summary), _map(summary), _network(summary), _certificate(summary)]
    needed = REJECTS.format(d=summary["n_features"], least=summary["n_features"] + 1)
    return [*built, explain_lower(proof) if summary.get("reject") is None else needed, *_paper(summary)]


def _asked(s: Mapping[str, Any]) -> str:
    p = s["norm"]
    return (
        f"Asked (section 1). The closest samples with different labels are delta = {down(s['delta'])} apart in l{p}. A "
        f"network shall return the label of x_i on all of the ball |x - x_i|_{p} <= sigma = {down(s['radius'])}, for "
        f"each of {s['n_samples']:,} samples. The ratio 2 sigma / delta = {number(s['ratio'])} is below 1: at 1 two "
        "closed balls with different labels meet, and no function could serve both (Fact 2)."
    )


def _map(s: Mapping[str, Any]) -> str:
    if s["construction"] == "folded":
        return (
            f"Map (T13). The best linear map of rank m = {s['map_rank']} that was found keeps the ratio "
            f"{down(s['map_ratio_lower'])}, less than asked. Hinges move its coordinates until opposite balls are "
            "apart."
        )
    inside = s.get("route") == "l2 balls"
    ball = "in the l2 balls around the balls, for which the network is built" if inside else "in the norm of the balls"
    return (
        f"Map (Fact 1). A linear map T of rank m = {s['map_rank']} ({s['map_method']}) keeps images of differently "
        "labelled balls disjoint if every T (x_i - x_j) is longer than 2 sigma in the quotient norm. Measured on all "
        f"opposite pairs {ball} and rounded down: T keeps the ratio {down(s['map_ratio_lower'])}."
    )


def _network(s: Mapping[str, Any]) -> str:
    return (
        f"Network. {s['construction']}, with m = {s['map_rank']} and P = {s['n_pieces']:,} pieces: "
        f"{form_of(s['construction'])}. Here: width {s['width']:,}, depth {s['depth']:,}."
    )


LEADS = (
    "Certificate (T6; docs/soundness.md). Pieces and constants were read back from the stored {dtype} network. A ball is "
    "certified if the lead of its own class, less sigma times the dual norm of the difference of scores, exceeds all errors "
    "of rounding, in any order of summation."
)
BOXES = (
    "Certificate (T14; docs/theory/t14-boxes.md). Boxes and codes were read back from the stored {dtype} network, which "
    "rounds nothing behind its first layer. A ball is certified if a box of its class holds it and no later box of another "
    "class touches it, at corners that are neighbouring floats."
)


LATTICE = (
    "Certificate (T17; docs/theory/t17-lattice.md). Walls, keys and the memory were read back from the stored {dtype} "
    "network, which rounds nothing behind its walls. A ball is certified if it crosses no wall, rounding included, and the "
    "memory has its label for the key of its cell."
)
BALLS = (
    "Certificate (T15; docs/theory/t15-reject.md). Sums of hinges and codes were read back from the stored {dtype} network, "
    "which rounds nothing behind its first layer. A ball is certified if it lies within what a sum of its class holds, and "
    "beyond what later sums of other classes reach."
)
REJECTS = (
    "Needed (T15a; docs/theory/t15-reject.md): width at least {least}, whatever the data. A network without skip "
    "connections whose hidden layers have at most d = {d} units keeps its value along an unbounded path from every "
    "sample, so far from all samples it still gives a label there."
)


def _certificate(s: Mapping[str, Any]) -> str:
    claims = {"boxes": BOXES, "balls": BALLS, "lattice": LATTICE}
    claim = claims.get(s["construction"], LEADS).format(dtype=s["dtype"])
    return (
        f"{claim} Certified: {s['certified']:,} of "
        f"{s['n_samples']:,}; falsified: {s['falsified']:,}; undecided: {s['undecided']:,}. Proven radii reach from "
        f"{down(s['radius_lower_min'])} (median {down(s['radius_lower_median'])}).{_far(s)}"
    )


def _far(s: Mapping[str, Any]) -> str:
    reject = s.get("reject")
    if reject is None:
        return ""
    return (
        f" Farther than {number(reject['radius'])} from all samples the network says none, the output {reject['value']:g}: "
        f"every point where a class can hold has a sample within that radius (T15; docs/theory/t15-reject.md)."
    )


def _paper(s: Mapping[str, Any]) -> list[str]:
    if s.get("paper_depth") is None:
        return []
    return [
        f"Paper. Theorem 4.2 of Egosi, Yehudai, Shamir (arXiv 2502.11162) builds width d + 6 = {s['paper_width']:,} "
        f"and depth N (d (K + 2) + 3) - 1 = {s['paper_depth']:,}, K = max(1, floor(log4(d / (1 - rho)))), for the same "
        "claim."
    ]


def explain_bounds(found: Diagram) -> list[str]:
    """Return paragraphs: what the two columns say, and the theorems behind the rows of this diagram."""
    n, d, p = found.n_samples, found.n_features, norm_name(found.norm)
    k = int(found.widths[len(found.widths) // 2])
    row = found.rows()[len(found.widths) // 2]
    rank = row["map_rank"]
    return [
        f"Every data set of {n:,} samples in {d:,} dimensions is served at width k for ratios below 'possible' (l{p} "
        "balls, delta in l2); some data set is not served from 'impossible' on. Both are proven and rounded to the "
        "safe side; a page per theorem is in docs/theory/.",
        f"Possible (T4, T5d). There are at most n = N (N - 1) / 2 = {n * (n - 1) // 2:,} opposite pairs. A random "
        "orthogonal projection P of rank r = k - 1 has |Pu|^2 / |u|^2 ~ Beta(r/2, (d - r)/2); if n I_(t^2)(r/2, (d - "
        "r)/2) < 1, some P keeps more than t of every pair (in min(d, N - 1) dimensions for p = 2), and over any map "
        "of rank r there is a network of width r + 1. From r = d on the identity serves. For p != 2 divided by "
        f"c_p^+(d), or the dual images of T4 where they give more. For instance k = {k}: r = {rank}, ratio "
        f"{down(float(row['possible']))}.",
        *(
            f"Impossible ({reason}). {EXCLUDES[reason]}. For instance {_instance(found, reason)}."
            for reason in dict.fromkeys(found.reasons)
        ),
    ]


def _instance(found: Diagram, reason: str) -> str:
    i = found.reasons.index(reason)
    return f"k = {int(found.widths[i])}: ratio {up(float(found.impossible[i]))}"


def explain_parameters(found: Sequence[Cost]) -> list[str]:
    """Return paragraphs: what an entry is, what the three sides mean, and what each row rests on."""
    return [
        "An entry is a stored weight or bias, zero or not; a dense layer of k units on n inputs has k (n + 1). Bits in all "
        "are entries times the bits of the longest weight. Where a theorem's constant is not stated, its row has no number.",
        *(
            f"{text} " + " ".join(f"{cost.name}: {cost.note}." for cost in found if cost.side == side)
            for side, text in SIDES.items()
        ),
    ]
