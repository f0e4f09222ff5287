"""Figures drawn from numbers that others computed."""

from logwidth.report.drawing import file_bytes
from logwidth.report.figures.paper import diagram_figure, kept_figure, neighbourhoods_figure, refusal_figure
from logwidth.report.figures.table import Slice, table_figure

__all__ = ["Slice", "diagram_figure", "file_bytes", "kept_figure", "neighbourhoods_figure", "refusal_figure", "table_figure"]
