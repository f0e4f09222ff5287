"""Answers in files of one line each, `unsat,12.3456`, that a competition's scripts leave, named ONNX_VNNLIB."""

from collections.abc import Collection
from pathlib import Path

from logwidth.errors import InputError
from logwidth.verifiers.answers import Answer, read_answers
from logwidth.verifiers.assignment import without_answer
from logwidth.verifiers.files import stored, text_of
from logwidth.verifiers.tables import answer_word, seconds_of, unknown_words
from logwidth.verifiers.tensor_files import ENDING

Key = tuple[str, str]
TABLE = "results.csv"


def read_results(path: Path, instances: Collection[Key]) -> tuple[list[Answer], Path]:
    """Return the answers under a path and their folder: of a table, a folder with `results.csv` (or `.gz`), or result files.

    A result file holds an answer, perhaps its seconds, and a counterexample on the lines after it; its name without endings
    is that of an instance, ONNX_VNNLIB. Raises InputError for words that are not known, and for what is neither.
    """
    if path.is_dir() and stored(path / TABLE).exists():
        return read_answers(path / TABLE), path
    if not path.is_dir() and not _is_result(path):
        return read_answers(path), path.parent
    files = [path] if not path.is_dir() else sorted(p for p in path.iterdir() if p.is_file() and ENDING not in p.name)
    names = {"_".join(key): key for key in instances}
    answers = []
    strange: dict[str, list[str]] = {}
    for file in files:
        text = text_of(file)
        first = text.strip().splitlines()[0] if text.strip() else ""
        word = answer_word(first)
        if word is None:
            strange.setdefault(first[:80], []).append(file.name)
            continue
        onnx, vnnlib = _instance(file.name, names)
        shown = file.name if without_answer(text).strip() else ""
        answers.append(Answer(onnx, vnnlib, word, _seconds(first), shown))
    if strange:
        raise InputError(unknown_words(strange, str(path)))
    if not answers:
        raise InputError(f"{path} holds no answers: no {TABLE}, and no files ONNX_VNNLIB with an answer each")
    if not path.is_dir() and answers[0].key not in names.values():
        raise InputError(
            f"{path} holds one answer and its name does not say to which instance: name it ONNX_VNNLIB.txt, or write a "
            "table onnx,vnnlib,result,seconds"
        )
    return answers, path if path.is_dir() else path.parent


def _is_result(path: Path) -> bool:
    """Return whether a file begins with an answer, alone or with numbers, as no table does."""
    text = text_of(path).strip()
    return bool(text) and answer_word(text.splitlines()[0]) is not None


def _instance(name: str, names: dict[str, Key]) -> Key:
    """Return the instance that a file's name says, (name, '') if it is none of those known."""
    whole = name
    while name not in names and "." in name:
        name = name.rsplit(".", 1)[0]
    return names.get(name, (whole, ""))


def _seconds(line: str) -> float:
    cells = line.replace(",", " ").split()
    spent = seconds_of(cells[1]) if len(cells) > 1 else None
    return float("nan") if spent is None else spent
