"""Text and figures from numbers that others computed."""

from logwidth.display.summary_table import summary_rows
from logwidth.report.blocks import block_figure
from logwidth.report.comparison import HEADER as COMPARISON_HEADER
from logwidth.report.comparison import comparison_figure, comparison_rows, finished_line, skipped_lines, tried_line
from logwidth.report.curves import HEADER as PARETO_HEADER
from logwidth.report.curves import curve_figure, parameters_figure, pareto_figure, pareto_rows
from logwidth.report.drawing import check_drawing
from logwidth.report.page.page import run_page

__all__ = [
    "COMPARISON_HEADER",
    "PARETO_HEADER",
    "block_figure",
    "check_drawing",
    "comparison_figure",
    "comparison_rows",
    "curve_figure",
    "finished_line",
    "parameters_figure",
    "pareto_figure",
    "pareto_rows",
    "run_page",
    "skipped_lines",
    "summary_rows",
    "tried_line",
]
