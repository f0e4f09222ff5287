"""Which group a key belongs to, and that group's two words (Lemma B.7): depth 3 N₁ + 2, at most 5 units wide."""

from collections.abc import Sequence

from logwidth.construct.lattice_paper.chain import ZERO, Affine, ExactChain

Group = tuple[int, int, int, int]  # first key, last key, word of keys, word of labels


def add_selection(chain: ExactChain, key: Affine, groups: Sequence[Group]) -> dict[str, Affine]:
    """Return units `x`, `u`, `w`: the key, and the words of the group with `first ≤ key ≤ last`; 0 where there is none.

    Exact for whole keys in `[0, …)`. Intervals with words other than 0 must not meet. A group takes three layers:

        below = ReLU(first − x), above = ReLU(x − last);    inside = ReLU(1 − below − above);    u ← u + U·inside.
    """
    at = chain.add({"x": key, "u": ZERO, "w": ZERO})
    for first, last, keys, labels in groups:
        x, u, w = at["x"], at["u"], at["w"]
        at = chain.add({"x": x, "u": u, "w": w, "below": -1 * x + first, "above": x - last})
        inside = -1 * (at["below"] + at["above"]) + 1
        at = chain.add({"x": at["x"], "u": at["u"], "w": at["w"], "inside": inside})
        at = chain.add({"x": at["x"], "u": at["u"] + keys * at["inside"], "w": at["w"] + labels * at["inside"]})
    return chain.add({"x": at["x"], "u": at["u"], "w": at["w"]})
