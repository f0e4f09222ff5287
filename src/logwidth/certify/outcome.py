"""Outcomes of a certification: certified, falsified or undecided, and why."""

from enum import IntEnum

from logwidth.errors import LogwidthError


class Outcome(IntEnum):
    """Verdict on one ball. Undecided is not falsified, and neither is the other's negation."""

    CERTIFIED = 0
    FALSIFIED = 1
    UNDECIDED = 2


class UnrecognisedNetworkError(LogwidthError):
    """The stored network is not of the form that a recogniser knows; the text says where it departs from it.

    `layer` is the number of the layer at which it was refused, 0 where that is not known: how far a reader came.
    """

    def __init__(self, text: str, layer: int = 0) -> None:
        super().__init__(text)
        self.layer = layer


class UnprovableNetworkError(LogwidthError):
    """The network has the form, but a constant of it is too small, too large or too coarse for the proof."""
