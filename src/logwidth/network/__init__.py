"""An immutable description of a ReLU network, and its evaluation in floats and in exact rationals."""

from logwidth.network.evaluate import evaluate
from logwidth.network.exact import evaluate_exactly
from logwidth.network.layer import AffineLayer
from logwidth.network.relu import ReluNetwork

__all__ = ["AffineLayer", "ReluNetwork", "evaluate", "evaluate_exactly"]
