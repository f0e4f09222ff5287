"""Which of its class's pieces should lead on a sample's ball: a hint for checkers that prove one leader."""

import numpy as np
from numpy.typing import NDArray

from logwidth.certify.forms.register import RegisterForm
from logwidth.dataset import Dataset

CHOICES = 20  # pieces of largest score that are tried


def own_pieces(form: RegisterForm, data: Dataset, radius: float) -> NDArray[np.intp]:
    """Return, per sample, the own piece with the largest least lead on its ℓ2 ball of `radius`, in plain float64.

    Found, not proven: nothing may rest on it. A sample whose value no piece has gets piece 0.
    """
    values, pieces, first = form.piece_values(), form.pieces, form.first
    images = data.points @ first.T.T + first.b
    stretch = radius * float(np.linalg.norm(first.T, 2))
    scores = images @ pieces.weights.T + pieces.biases
    found = np.zeros(data.n_samples, dtype=np.intp)
    for value in np.unique(values).tolist():
        own, opposite = np.flatnonzero(values == value), np.flatnonzero(values != value)
        rows = np.flatnonzero(data.values[data.labels] == value)
        for i in rows.tolist():
            best = own[np.argsort(-scores[i, own], kind="stable")[:CHOICES]]
            gaps = pieces.weights[best][:, None, :] - pieces.weights[opposite][None, :, :]
            leads = (
                scores[i, best][:, None]
                - scores[i, opposite][None, :]
                - stretch * np.sqrt(np.einsum("sjl,sjl->sj", gaps, gaps))
            )
            found[i] = best[int(np.argmax(leads.min(axis=1)))]
    return found
