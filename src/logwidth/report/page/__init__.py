"""One run as one self-contained HTML page."""

from logwidth.report.page.facts import ClosePair, RankCurve, RunFacts
from logwidth.report.page.page import run_page

__all__ = ["ClosePair", "RankCurve", "RunFacts", "run_page"]
