"""Room: display. How a result shows itself: one line, a small table, a picture; from words and numbers handed to it."""

from logwidth.display.bars import shown
from logwidth.display.html import small_table
from logwidth.display.line import OneLine, Shown, one_line
from logwidth.display.numbers import down, number, up
from logwidth.display.summary_table import summary_rows

__all__ = ["OneLine", "Shown", "down", "number", "one_line", "shown", "small_table", "summary_rows", "up"]
