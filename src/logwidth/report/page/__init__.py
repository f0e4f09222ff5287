"""One run as one self-contained HTML page."""

from logwidth.report.page.facts import ClosePair, RunFacts
from logwidth.report.page.page import run_page
from logwidth.report.page.rank_curve import RankCurve

__all__ = ["ClosePair", "RankCurve", "RunFacts", "run_page"]
