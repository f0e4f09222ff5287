"""Text and figures from numbers that others computed."""

from logwidth.report.summary_table import summary_rows

__all__ = ["summary_rows"]
