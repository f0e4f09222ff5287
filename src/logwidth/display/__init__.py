"""Room: display. How a result shows itself: one line, a small table, a picture; from words and numbers handed to it."""

from logwidth.display.bars import shown
from logwidth.display.fields import Fields, OneLine, Rows, Shown, if_known
from logwidth.display.numbers import down, number, up
from logwidth.display.pictures import axes_or_new, draw_bracket, draw_curve, draw_diagram, draw_radii
from logwidth.display.summary_table import summary_rows

__all__ = [
    "Fields", "OneLine", "Rows", "Shown", "axes_or_new", "down", "draw_bracket", "draw_curve", "draw_diagram", "draw_radii",
    "if_known", "number", "shown", "summary_rows", "up",
]  # fmt: skip
