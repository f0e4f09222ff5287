"""Errors that users see: one line that names the culprit and says what to try."""

from collections.abc import Iterable
from difflib import get_close_matches


class LogwidthError(Exception):
    """Base class of every error that logwidth raises on purpose."""


class InputError(LogwidthError, ValueError):
    """The input cannot be used; the message names the culprit rows or values and what to try (exit status 2)."""


class UndecidedError(InputError):
    """Nothing wrong was found, but what was asked could not be proven either; the message says what to try (status 3)."""


class AlteredCertificateError(LogwidthError):
    """The certificate's content is not the one it was written with (exit status 1)."""


class UncertifiedWarning(UserWarning):
    """A network was built, but not every ball of it is certified; the message says how many and what to try."""


class MissingExtraError(InputError):
    """An optional dependency is absent; the message names the extra to install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs {package}; install it with: pip install 'logwidth[{extra}]'")


def said(problem: BaseException) -> str:
    """Return what an error says, on one line; its class where it says nothing.

    >>> said(ValueError("no\\n  rows")), said(ValueError())
    ('no rows', 'ValueError')
    """
    return " ".join(str(problem).split()) or type(problem).__name__


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a question that names the known words close to `word`, or nothing.

    >>> did_you_mean("digit", ["digits", "iris"])
    ' (did you mean digits?)'
    """
    words = list(known)
    close = [name for name in words if name.casefold() == word.casefold()] or get_close_matches(word, words, n=2)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
