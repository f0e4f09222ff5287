"""`bounds --explain`, and with `--parameters`."""

from collections.abc import Sequence

from logwidth.display.numbers import down, up
from logwidth.norms import norm_name
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
