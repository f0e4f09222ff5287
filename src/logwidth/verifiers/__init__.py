"""Other people's verifiers: running them on a benchmark folder, reading their answers, and judging these by its truth."""

from logwidth.verifiers.judge import judge, read_tracks
from logwidth.verifiers.result_files import read_results
from logwidth.verifiers.runner import run_verifier, verifier_named

__all__ = ["judge", "read_results", "read_tracks", "run_verifier", "verifier_named"]
