"""Errors that users see: one line that names the culprit and says what to try."""


class LogwidthError(Exception):
    """Base class of every error that logwidth raises on purpose."""


class InputError(LogwidthError, ValueError):
    """The input cannot be used; the message names the culprit rows or values and what to try (exit status 2)."""


class UncertifiedWarning(UserWarning):
    """A network was built, but not every ball of it is certified; the message says how many and what to try."""


class MissingExtraError(InputError):
    """An optional dependency is absent; the message names the extra to install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"this needs {package}; install it with: pip install 'logwidth[{extra}]'")
