"""`check --explain`."""

from collections.abc import Sequence


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
