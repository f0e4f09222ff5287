"""`bounds --parameters --explain`."""

from collections.abc import Sequence

from logwidth.theory import Cost

SIDES = {
    "necessary": "Necessary. Whatever the network, some data set of these sizes, or some labelling of it, needs as much.",
    "sufficient": "Sufficient. Every data set of these sizes has such a network, where the row says that it applies.",
    "as built": "As built. What this library's own construction takes at most, before data make it smaller.",
}


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
