"""Judging answers by the truth: right, wrong, unknown."""

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from logwidth.errors import InputError
from logwidth.verifiers.answers import Answer
from logwidth.verifiers.counterexample import Counterexample, read_counterexample

DECIDED = ("sat", "unsat")
Truth = dict[str, str]


@dataclass(frozen=True, eq=False)
class Judgement:
    """Answers sorted by the truth.

    `unsound`: `unsat` was said where an input is proven to violate; `false_alarms`: `sat` where it is proven that none does;
    `unconfirmed`: `sat` where it is true, but with a counterexample that violates nothing when replayed.
    `undecided`: unknown, timeout or error. `missing` were not answered and `foreign` are not in the truth.
    """

    right: list[Answer] = field(default_factory=list)
    unsound: list[Answer] = field(default_factory=list)
    false_alarms: list[Answer] = field(default_factory=list)
    unconfirmed: list[Answer] = field(default_factory=list)
    undecided: list[Answer] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    foreign: list[tuple[str, str]] = field(default_factory=list)

    @property
    def wrong(self) -> list[Answer]:
        """All answers that contradict the truth."""
        return [*self.unsound, *self.false_alarms]

    @property
    def verdict(self) -> str:
        """'unsound', 'wrong counterexamples', 'incomplete' or 'all right'."""
        if self.unsound:
            return "unsound"
        if self.false_alarms or self.unconfirmed:
            return "wrong counterexamples"
        return "incomplete" if self.undecided or self.missing else "all right"

    def summary(self) -> dict[str, Any]:
        """Return the counts, times and the instances that were answered wrong."""
        solved = [a.seconds for a in self.right]
        return {
            "verdict": self.verdict,
            "right": len(self.right),
            "right_sat": sum(a.result == "sat" for a in self.right),
            "right_unsat": sum(a.result == "unsat" for a in self.right),
            "wrong": len(self.wrong),
            "unsound": len(self.unsound),
            "false_alarms": len(self.false_alarms),
            "unconfirmed": len(self.unconfirmed),
            "unknown": len(self.undecided),
            "missing": len(self.missing),
            "foreign": len(self.foreign),
            "seconds": sum(a.seconds for a in (*self.right, *self.wrong, *self.unconfirmed, *self.undecided)),
            "median_seconds_right": statistics.median(solved) if solved else None,
            "wrong_instances": [{"onnx": a.key[0], "vnnlib": a.key[1], "answer": a.result} for a in self.wrong],
        }


def read_truth(folder: Path) -> dict[tuple[str, str], Truth]:
    """Return the rows of a benchmark's `truth.csv` by instance; raise InputError when there is none."""
    path = folder / "truth.csv"
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        known = {(row["onnx"], row["vnnlib"]): row for row in rows}
        if len(known) != len(rows) or any(row["answer"] not in DECIDED for row in rows):
            raise InputError(f"{path} has an instance twice, or an answer other than sat and unsat")
    except (OSError, UnicodeDecodeError, KeyError, csv.Error) as problem:
        raise InputError(f"cannot read {path}: {problem}; name the benchmark with --benchmark FOLDER") from problem
    return known


def judge(answers: Sequence[Answer], folder: Path, home: Path | None = None, track: str = "") -> Judgement:
    """Judge answers by the truth of a benchmark folder.

    Counterexamples that answers name, relative to `home`, are replayed in onnxruntime. `track` ('', '2.0' or 'l2') names
    the instances that had to be answered.

    Raises InputError when there is no truth, or when an instance is answered twice.
    """
    truth, found = read_truth(folder), Judgement()
    wanted = {key for key, row in truth.items() if (row["kind"] == "ball") == (track == "l2")}
    seen: set[tuple[str, str]] = set()
    for answer in answers:
        if answer.key in seen:
            raise InputError(f"{answer.key[1]} on {answer.key[0]} is answered twice")
        seen.add(answer.key)
        if answer.key not in truth:
            found.foreign.append(answer.key)
        elif answer.result not in DECIDED:
            found.undecided.append(answer)
        elif answer.result != truth[answer.key]["answer"]:
            (found.unsound if answer.result == "unsat" else found.false_alarms).append(answer)
        elif answer.counterexample and not _confirmed(answer, truth[answer.key], folder, home or Path()):
            found.unconfirmed.append(answer)
        else:
            found.right.append(answer)
    found.missing.extend(sorted(wanted - seen))
    return found


def _confirmed(answer: Answer, row: Truth, folder: Path, home: Path) -> bool:
    """Replay a counterexample as scorers do: cast to float32, inputs within 1e-4 of the set, outputs as they come."""
    from logwidth.verifiers.query import input_set

    try:
        shown = read_counterexample(home / answer.counterexample)
    except InputError:
        return False
    kind = "l2/vnnlib" if row["kind"] == "ball" else "vnnlib"
    allowed = input_set(folder / kind / f"{row['vnnlib']}.vnnlib")
    if allowed is None or len(shown.inputs) != len(allowed):
        return False
    tolerance = Fraction(1, 10_000)
    inside = all(
        Fraction(low) - tolerance <= Fraction(x) <= Fraction(high) + tolerance
        for x, (low, high) in zip(shown.inputs, allowed, strict=True)
    )
    return inside and _violates(folder / "onnx" / f"{row['onnx']}.onnx", shown, int(row["label"]))


def _violates(network: Path, shown: Counterexample, label: int) -> bool:
    from logwidth.truth import Replay

    scores = Replay(network.read_bytes())(shown.as_array())
    return bool((scores >= scores[label]).sum() > 1)
