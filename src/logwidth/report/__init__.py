"""Text and figures from numbers that others computed."""

from logwidth.report.curve import curve_figure
from logwidth.report.summary_table import summary_rows

__all__ = ["curve_figure", "summary_rows"]
