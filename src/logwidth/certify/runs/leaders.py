"""Whether one score leads on every ball: what the bound on the number of pieces speaks of (docs/theory.md, T12)."""

from logwidth.certify.balls.ball_proof import BallProof
from logwidth.certify.forms.fused import FusedForm
from logwidth.certify.leads.requirement import Form
from logwidth.certify.outcome import UnprovableNetworkError, UnrecognisedNetworkError
from logwidth.certify.runs.fusion import ScoresForm
from logwidth.dataset import Dataset


def led_by_one(form: Form, data: Dataset, radius: float) -> bool:
    """Return whether on every ball `B_2(x_i, radius)` one score of the label is proven to lead all scores of others.

    `form` is that of a network that is certified for these balls. For most forms the certificate asks for just that; for
    successive tests of three or more classes, where a ball may pass two tests by two pieces, it is proven anew from the
    scores as stored. False also where nothing is proven.
    """
    if not isinstance(form, ScoresForm):
        return False
    try:
        scores = form.scores()
        if scores.one_leader:
            return True
        led = FusedForm(form.first, scores.pieces, scores.values, one_leader=True)
        found = BallProof(led, data.points, radius, 2.0).radii(data.points, data.values[data.labels])
    except (UnprovableNetworkError, UnrecognisedNetworkError, ArithmeticError):
        return False
    return bool((found >= radius).all())
