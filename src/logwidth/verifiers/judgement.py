"""Answers sorted by the truth, and what is said of them."""

import math
import statistics
from dataclasses import dataclass, field
from typing import Any

from logwidth.verifiers.answers import Answer


@dataclass(frozen=True)
class Unconfirmed:
    """A `sat` whose counterexample is not confirmed: the file, '' if there is none, and why; `read` if it could be read."""

    answer: Answer
    file: str
    reason: str
    read: bool = True

    def summary(self) -> dict[str, str]:
        """Return instance, file and reason."""
        return {"onnx": self.answer.key[0], "vnnlib": self.answer.key[1], "file": self.file, "reason": self.reason}


@dataclass(frozen=True, eq=False)
class Judgement:
    """Answers sorted by the truth.

    `unsound`: `unsat` was said where an input is proven to violate; `false_alarms`: `sat` where it is proven that none does;
    `unconfirmed`: `sat` where it is true, but without a counterexample that violates when replayed (`problems` says why, and
    which could not be read, those of false alarms too). `replayed` are `sat` answers whose counterexample violates,
    `unwitnessed` those of a table that shows no counterexamples at all: their word is right, and nothing was replayed.
    `undecided`: unknown, timeout or error. `missing` were not answered, `foreign` are not in the truth, and `repeated` are
    further rows that say the same of an instance. `contradicting`: false alarms whose counterexample violates: then the
    benchmark is wrong.
    """

    right: list[Answer] = field(default_factory=list)
    unsound: list[Answer] = field(default_factory=list)
    false_alarms: list[Answer] = field(default_factory=list)
    unconfirmed: list[Answer] = field(default_factory=list)
    undecided: list[Answer] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)
    foreign: list[tuple[str, str]] = field(default_factory=list)
    problems: list[Unconfirmed] = field(default_factory=list)
    replayed: list[Answer] = field(default_factory=list)
    unwitnessed: list[Answer] = field(default_factory=list)
    repeated: list[Answer] = field(default_factory=list)
    contradicting: list[Answer] = field(default_factory=list)

    @property
    def wrong(self) -> list[Answer]:
        """All answers that contradict the truth."""
        return [*self.unsound, *self.false_alarms]

    @property
    def unread(self) -> list[Unconfirmed]:
        """The counterexamples that could not be read."""
        return [problem for problem in self.problems if problem.file and not problem.read]

    @property
    def verdict(self) -> str:
        """'truth contradicted', 'unsound', 'wrong' or 'unread counterexamples', 'incomplete' or 'all right'."""
        if self.contradicting:
            return "truth contradicted"
        if self.unsound:
            return "unsound"
        if self.false_alarms or any(problem.read for problem in self.problems):
            return "wrong counterexamples"
        if self.open:
            return "unread counterexamples"
        return "incomplete" if self.undecided or self.missing else "all right"

    @property
    def contradicted(self) -> bool:
        """Whether an answer contradicts the truth, or a counterexample that could be read violates nothing."""
        return bool(self.wrong) or any(problem.read for problem in self.problems)

    @property
    def open(self) -> bool:
        """Whether a `sat` is neither confirmed nor refuted: its counterexample is missing or could not be read."""
        return bool(self.unconfirmed or self.unread)

    def summary(self) -> dict[str, Any]:
        """Return the counts, times and the instances that were answered wrong."""
        solved = [a.seconds for a in self.right if not math.isnan(a.seconds)]
        spent = [a.seconds for a in (*self.right, *self.wrong, *self.unconfirmed, *self.undecided)]
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
            "repeated": len(self.repeated),
            "replayed": len(self.replayed),
            "unwitnessed": len(self.unwitnessed),
            "unread": len(self.unread),
            "seconds": sum(s for s in spent if not math.isnan(s)),
            "seconds_unsaid": sum(math.isnan(s) for s in spent),
            "median_seconds_right": statistics.median(solved) if solved else None,
            "wrong_instances": [{"onnx": a.key[0], "vnnlib": a.key[1], "answer": a.result} for a in self.wrong],
            "unconfirmed_instances": [problem.summary() for problem in self.problems],
            "unread_counterexamples": [problem.summary() for problem in self.unread],
        }
