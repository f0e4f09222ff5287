"""The words with which tools answer, and what each of them means."""

import re

WORDS = {
    "sat": "sat violated falsified unsafe false",
    "unsat": "unsat holds verified safe true",
    "unknown": "unknown undecided not_done",
    "timeout": "timeout timed_out timed-out to run_instance_timeout quit_requested",
    "error": "error no_result_in_file out_of_memory memout",
}
MEANING = {word: answer for answer, words in WORDS.items() for word in words.split()}
METHODS = "pgd bab mip incomplete complete refine refined clean attack alpha beta crown ibp input split"
FAMILIES = {
    r"error_exit_code_-?\w+": "error",
    r"prepare_instance_error_-?\w+": "error",
    r"prepare_instance_timeout": "timeout",
}
TIME = r"[-+.\d]*\d[.\d]*(e[-+]?\d+)?s?|"
LATE = "(timed out)"  # α,β-CROWN's mark for what was said after the limit


def answer_word(text: str) -> str | None:
    """Return the answer that a tool's word means, one of WORDS; None for a word that is not known.

    The first line counts; numbers after the word are times. α,β-CROWN appends the methods that were at work.

    >>> answer_word("UNSAT,12.3456"), answer_word("violated"), answer_word("unsafe-bab"), answer_word("error_exit_code_137")
    ('unsat', 'sat', 'sat', 'error')
    >>> answer_word("unknown (timed out)"), answer_word("robust"), answer_word("")
    ('timeout', None, None)
    """
    lines = text.strip().splitlines()
    said, *numbers = re.split(r"[,\s]+", lines[0].strip()) if lines else [""]
    line = said if all(re.fullmatch(TIME, cell) for cell in numbers) else lines[0]
    word = line.strip().strip("\"'").strip().lower()
    word = word if word.endswith(LATE) else "_".join(word.split())
    if word.endswith(LATE):
        return "timeout" if answer_word(word.removesuffix(LATE)) else None
    if word in MEANING:
        return MEANING[word]
    first, *methods = word.split("-")
    if first in ("safe", "unsafe", "unknown") and methods and set(methods) <= set(METHODS.split()):
        return MEANING[first]
    return next((answer for pattern, answer in FAMILIES.items() if re.fullmatch(pattern, word)), None)


def unknown_words(found: dict[str, list[str]], place: str) -> str:
    """Return the message about words that are not known, each with where it stands."""
    shown = "; ".join(f"{word!r} ({_some(places)})" for word, places in found.items())
    return (
        f"{place} has result words that are not known: {shown}. Known are {', '.join(sorted(MEANING))}, α,β-CROWN's "
        "safe-, unsafe- and unknown- with its methods, error_exit_code_*, prepare_instance_error_*: write one of these"
    )


def _some(places: list[str]) -> str:
    shown = ", ".join(places[:20])
    return shown if len(places) <= 20 else f"{shown} and {len(places) - 20} more"
