"""Room: estimator. scikit-learn's contract in front of the pipeline; imported when first asked for."""

from logwidth.estimator.input_units import radius_in_input_units
from logwidth.estimator.memorizer import RobustMemorizer
from logwidth.estimator.projection import PreservingProjection

__all__ = ["PreservingProjection", "RobustMemorizer", "radius_in_input_units"]
