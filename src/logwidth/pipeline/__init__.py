"""The only place where the rooms meet: wiring and retry policy, no mathematics."""

from logwidth.pipeline.bracket import RatioBracket, WidthBracket, ratio_bracket, width_bracket
from logwidth.pipeline.curve import ratio_curve
from logwidth.pipeline.figures import figure_files
from logwidth.pipeline.memorize import Run, memorize

__all__ = [
    "RatioBracket",
    "Run",
    "WidthBracket",
    "figure_files",
    "memorize",
    "ratio_bracket",
    "ratio_curve",
    "width_bracket",
]
