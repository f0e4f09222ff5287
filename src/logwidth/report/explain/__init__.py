"""The mathematics behind a result, in words, with the result's own numbers filled in."""

from logwidth.report.explain.results import (
    explain_bounds,
    explain_check,
    explain_parameters,
    explain_radius,
    explain_run,
    explain_width,
)

__all__ = ["explain_bounds", "explain_check", "explain_parameters", "explain_radius", "explain_run", "explain_width"]
