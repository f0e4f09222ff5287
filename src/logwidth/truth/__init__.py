"""Answers that are proven: which boxes and balls around a sample hold no misread input, and inputs that are misread."""

from logwidth.truth.centre import INPUT_TOLERANCE, CentreTruth, TruthProver
from logwidth.truth.gradient_attack import RESTARTS, gradient_attack
from logwidth.truth.replay import Replay

__all__ = ["INPUT_TOLERANCE", "RESTARTS", "CentreTruth", "Replay", "TruthProver", "gradient_attack"]
