"""An immutable description of ReLU and fused networks, and their evaluation in floats and in exact rationals."""

from logwidth.network.dyadic_network import DyadicNetwork, DyadicRow, Exact, outputs_behind, outputs_exactly
from logwidth.network.evaluate import evaluate, evaluate_exactly, first_values
from logwidth.network.fused import FusedNetwork, class_maxima, fused_labels
from logwidth.network.layer import AffineLayer
from logwidth.network.relu import ReluNetwork

__all__ = [
    "AffineLayer",
    "DyadicNetwork",
    "DyadicRow",
    "Exact",
    "FusedNetwork",
    "ReluNetwork",
    "class_maxima",
    "evaluate",
    "evaluate_exactly",
    "first_values",
    "fused_labels",
    "outputs_behind",
    "outputs_exactly",
]
