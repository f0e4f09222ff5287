"""`logwidth check`: check a run from its files and the data alone."""

from pathlib import Path
from typing import Annotated, Any

import typer

from logwidth.certify import CheckReport
from logwidth.certify import check as check_run
from logwidth.cli.reading import Reading, with_options_of_a_run
from logwidth.cli.resources import Resources, recorded
from logwidth.cli.screen import FALSIFIED, HOLDS, UNDECIDED, Explain, RecordedData, RunDirectory, Screen
from logwidth.dataset import Dataset
from logwidth.errors import UndecidedError
from logwidth.pipeline import ProofVerdict, ask_checker, find_checker, proof_text
from logwidth.report.explain.results import explain_check


@with_options_of_a_run
def check(
    run: RunDirectory,
    data: RecordedData = None,
    explain: Explain = False,
    proof: Annotated[
        bool, typer.Option("--proof", help="Ask the checker that Coq proves sound, too (built by make proofs).")
    ] = False,
    *,
    reading: Reading,
    resources: Resources,
    screen: Screen,
) -> int:
    """Prove RUN's certificate again from network.onnx, certificate.json and DATA, with code that did not build it."""
    if proof:
        find_checker()  # asked before anything takes long
    dataset = reading.again(run, data, screen)
    dataset = recorded(run) if dataset is None and resources.memory is not None else dataset
    given = resources.given_to(dataset)
    with given, screen.progress() as bars:
        report = check_run(run, dataset, progress=bars)
    asked = _ask(run, dataset) if proof else None
    verdict: dict[str, Any] = {
        "passed": report.passed,
        "problems": list(report.problems),
        "unproven": list(report.unproven),
        "radius_proven": report.radius_proven,
        "excess": report.excess,
        "certified": report.certified,
        "falsified": report.falsified,
        "undecided": report.undecided,
        "claim": report.claim,
        "data": report.data,
    }
    if asked is not None:
        verdict["proof"] = {"proven": asked.proven, "lines": list(asked.lines)}
    counts = f"{report.certified} certified, {report.falsified} falsified, {report.undecided} undecided"
    wrong = (*report.problems, *report.unproven)
    found = (report.certified, report.falsified, report.undecided)
    told = _told(report, counts) + ("" if asked is None else _proof_told(asked))
    screen.result(verdict, told, explain_check(report.claim, found, wrong) if explain else ())
    if report.passed:
        return HOLDS if asked is None or asked.proven else UNDECIDED
    return FALSIFIED if report.problems or report.falsified else UNDECIDED


def _ask(run: Path, dataset: Dataset | None) -> ProofVerdict:
    try:
        return ask_checker(proof_text(run, dataset))
    except UndecidedError as problem:
        return ProofVerdict(False, (str(problem),))


def _proof_told(asked: ProofVerdict) -> str:
    head = (
        "proven by the checker that Coq proves sound" if asked.proven else "NOT PROVEN by the checker that Coq proves sound"
    )
    return "\n".join([f"\n{head}:", *(f"  {line}" for line in asked.lines)])


def _told(report: CheckReport, counts: str) -> str:
    if report.passed:
        return f"passed: {counts}\n{report.claim}\ndata: {report.data}"
    if report.unproven and not report.problems:
        radius = "every ball of the certificate's radius is proven" if report.radius_proven else counts
        return f"NOT PASSED: {radius}, but {'; '.join(report.unproven)}"
    return f"FAILED: {'; '.join((*report.problems, *report.unproven)) or counts}"
