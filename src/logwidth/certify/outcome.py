"""Outcomes of a certification: certified, falsified or undecided, and why."""

from enum import IntEnum

from logwidth.errors import LogwidthError


class Outcome(IntEnum):
    """Verdict on one ball. Undecided is not falsified, and neither is the other's negation."""

    CERTIFIED = 0
    FALSIFIED = 1
    UNDECIDED = 2


class UnrecognisedNetworkError(LogwidthError):
    """The stored network is not of the form that a recogniser knows; the text says where it departs from it."""


class UnprovableNetworkError(LogwidthError):
    """The network has the form, but a constant of it is too small, too large or too coarse for the proof."""
