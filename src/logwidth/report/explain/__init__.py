"""The mathematics behind a result, in words, with the result's own numbers filled in."""

from logwidth.report.explain.bounds import explain_bounds, explain_parameters
from logwidth.report.explain.brackets import explain_radius, explain_width
from logwidth.report.explain.check import explain_check
from logwidth.report.explain.run import explain_run

__all__ = ["explain_bounds", "explain_check", "explain_parameters", "explain_radius", "explain_run", "explain_width"]
