"""Judging answers by the truth: right, wrong, unknown."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.answers import Answer
from logwidth.verifiers.files import text_of
from logwidth.verifiers.judgement import Judgement, Unconfirmed
from logwidth.verifiers.replay import Finding, Replays, Truth
from logwidth.verifiers.tensor_files import WitnessFiles

DECIDED = ("sat", "unsat")
Key = tuple[str, str]


def read_truth(folder: Path, track: str = "") -> dict[Key, Truth]:
    """Return the rows of a benchmark's `truth.csv`, or of that of one of its tracks, by instance.

    Each row is given its `track`: '' for boxes and l2 for balls, which the first file has too. Raises InputError when there
    is none.
    """
    path = folder / track / "truth.csv"
    try:
        rows = list(csv.DictReader(io.StringIO(text_of(path), newline="")))
        for row in rows:
            row["track"] = track or ("l2" if row["kind"] == "ball" else "")
        known = {(row["onnx"], row["vnnlib"]): row for row in rows}
        answers = {row["answer"] for row in rows}
    except InputError as problem:
        raise InputError(f"{problem}; name the benchmark with --benchmark FOLDER") from problem
    except (KeyError, csv.Error) as problem:
        raise InputError(f"cannot read {path}: {problem}; name the benchmark with --benchmark FOLDER") from problem
    if len(known) != len(rows) or not answers <= set(DECIDED):
        raise InputError(f"{path} has an instance twice, or an answer other than sat and unsat")
    return known


def read_tracks(folder: Path) -> dict[str, dict[Key, Truth]]:
    """Return the truth of every track that a benchmark folder has; without files of their own, the first has all."""
    first = read_truth(folder)
    own = {path.parent.name for name in ("truth.csv", "truth.csv.gz") for path in folder.glob(f"*/{name}")}
    tracks = {"": {key: row for key, row in first.items() if not row["track"]}}
    tracks["2.0"], tracks["l2"] = tracks[""], {key: row for key, row in first.items() if row["track"]}
    return tracks | {track: read_truth(folder, track) for track in sorted(own)}


def judge(
    answers: Sequence[Answer], folder: Path, home: Path | None = None, track: str = "", *, held: bool = False
) -> Judgement:
    """Judge answers by the truth of a benchmark folder.

    Counterexamples that answers name, relative to `home`, or that lie beside the table in the folder `home`, are replayed in
    onnxruntime. Where a table has a place for them, or one lies beside it, or `held` says so, a `sat` without one that
    violates is unconfirmed. `track` ('', '2.0', 'l2' …, a folder of the benchmark) names the instances that had to be
    answered, in one of their types; where folders tell that rows are of version 1.0 and 2.0 of the format, the two are
    judged each for itself.

    Raises InputError when there is no truth, or when the answers to one instance differ.
    """
    court = _Court(folder, home)
    files = None if home is None else WitnessFiles(home)
    shown = {id(a): [] if files is None else files.of(a) for a in answers if a.result == "sat" and a.key in court.truth}
    beside = any(paths for paths in shown.values())
    seen: dict[tuple[str, Key], Answer] = {}
    for answer in answers:
        if answer.key not in court.truth:
            court.found.foreign.append(answer.key)
            continue
        before = seen.get((answer.version, answer.key))
        if before is None:
            seen[answer.version, answer.key] = answer
            court.hear(answer, shown.get(id(answer), []), held or beside or answer.shows)
        elif (before.result, before.counterexample, before.category) == (
            answer.result,
            answer.counterexample,
            answer.category,
        ):
            court.found.repeated.append(answer)
        else:
            raise InputError(f"{answer.key[1]} on {answer.key[0]} is answered twice: {_said(before)} and {_said(answer)}")
    for version in sorted({version for version, _ in seen}) or [""]:
        wanted = court.tracks.get("2.0" if version == "2.0" and not track else track, {})
        answered = {_either(key) for other, key in seen if other == version}
        court.found.missing.extend(sorted(key for key in wanted if key == _either(key) and key not in answered))
    return court.found


def _either(key: Key) -> Key:
    """Return the query about floats for one about real numbers: a tool answers the type for which it is sound."""
    return key[0], key[1].removesuffix("_real")


def _said(answer: Answer) -> str:
    return " ".join(
        part for part in (answer.result, answer.counterexample, answer.category and f"in {answer.category}") if part
    )


class _Court:
    """The truth, the files of the benchmark, and what was found so far."""

    def __init__(self, folder: Path, home: Path | None) -> None:
        self.tracks, self.found, self.home = read_tracks(folder), Judgement(), home or Path()
        rows = (item for track in sorted(self.tracks, reverse=True) for item in self.tracks[track].items())
        self.truth = dict(rows)  # where two tracks have an instance, the row of the first one
        self.replay = Replays(folder)

    def hear(self, answer: Answer, files: list[Path], held: bool) -> None:
        """Sort one answer to a known instance; `held`: a `sat` needs a counterexample."""
        row, found = self.truth[answer.key], self.found
        if answer.result not in DECIDED:
            found.undecided.append(answer)
            return
        wrong = answer.result != row["answer"]
        if wrong:
            (found.unsound if answer.result == "unsat" else found.false_alarms).append(answer)
        if answer.result == "unsat":
            found.right.extend([] if wrong else [answer])
            return
        confirmed = self._confirmed(answer, files, held)
        if wrong and confirmed and files:
            found.contradicting.append(answer)
        elif not wrong:
            (found.right if confirmed else found.unconfirmed).append(answer)
            (found.replayed if files else found.unwitnessed).extend([answer] if confirmed else [])

    def _confirmed(self, answer: Answer, files: list[Path], held: bool) -> bool:
        """Return whether an answer may be credited: all its files violate, or it has none and needs none."""
        if not files:
            if held and self.truth[answer.key]["answer"] == "sat":
                self.found.problems.append(Unconfirmed(answer, "", "no counterexample is shown", read=False))
            return not held
        findings: list[tuple[Path, Finding]] = [(path, self.replay(path, self.truth[answer.key])) for path in files]
        wrong = [(path, finding) for path, finding in findings if not finding.confirmed]
        if self.truth[answer.key]["answer"] == "sat" or any(not finding.read for _, finding in wrong):
            files_shown = [(_relative(path, self.home), finding) for path, finding in wrong]
            self.found.problems.extend(Unconfirmed(answer, name, f.reason, f.read) for name, f in files_shown)
        return not wrong


def _relative(path: Path, home: Path) -> str:
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
