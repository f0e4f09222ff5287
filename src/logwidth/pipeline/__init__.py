"""The only place where the rooms meet: wiring and retry policy, no mathematics."""

from logwidth.pipeline.advice import advice, advice_in_python, undecided
from logwidth.pipeline.benchmark import BenchmarkRequest, NetworkOrder, asked_of, benchmark
from logwidth.pipeline.boxes import NONE
from logwidth.pipeline.bracket import RatioBracket, WidthBracket, ratio_bracket, width_bracket
from logwidth.pipeline.c_file import CFile, c_of_run
from logwidth.pipeline.compare import compare, comparison_summary
from logwidth.pipeline.comparison import Comparison
from logwidth.pipeline.curve import Curve, ratio_curve
from logwidth.pipeline.exact import ExactRun, memorize_exactly
from logwidth.pipeline.figures import FIGURE_FILES, figure_files
from logwidth.pipeline.fused import fuse_run
from logwidth.pipeline.memorize import memorize
from logwidth.pipeline.page import facts_of_run
from logwidth.pipeline.pareto import pareto_front
from logwidth.pipeline.proof import ProofVerdict, ask_checker, find_checker, proof_text
from logwidth.pipeline.reference import LINE
from logwidth.pipeline.replay import confirmed, replay
from logwidth.pipeline.request import Request
from logwidth.pipeline.run import Run, predict
from logwidth.pipeline.session import forgotten_unless_killed
from logwidth.pipeline.summary import Summary

__all__ = [
    "FIGURE_FILES",
    "LINE",
    "NONE",
    "BenchmarkRequest",
    "CFile",
    "Comparison",
    "Curve",
    "ExactRun",
    "NetworkOrder",
    "ProofVerdict",
    "RatioBracket",
    "Request",
    "Run",
    "Summary",
    "WidthBracket",
    "advice",
    "advice_in_python",
    "ask_checker",
    "asked_of",
    "benchmark",
    "c_of_run",
    "compare",
    "comparison_summary",
    "confirmed",
    "facts_of_run",
    "figure_files",
    "find_checker",
    "forgotten_unless_killed",
    "fuse_run",
    "memorize",
    "memorize_exactly",
    "pareto_front",
    "predict",
    "proof_text",
    "ratio_bracket",
    "ratio_curve",
    "replay",
    "undecided",
    "width_bracket",
]
