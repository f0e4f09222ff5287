"""Docstrings of this project are plain text: backquotes mark formulas and code, nothing else is markup.

For autodoc they are turned into reStructuredText: code stays code, roles become code or, for public names, links, and all
other characters stand for themselves. Blocks of `>>>` and indented formulas are kept; sections of numpydoc go to napoleon.
"""

import re
from typing import Any

from sphinx.application import Sphinx

import logwidth

SPAN = re.compile(r"(?::(\w+):)?`([^`]+)`")
SPECIAL = re.compile(r"([\\*|_<>])")


def literal(lines: list[str]) -> list[str]:
    """Return the lines of a docstring as reStructuredText.

    >>> literal(["The distance `|u|` of *all* pairs, see :func:`logwidth.maps.check_map`."])
    ['The distance ``|u|`` of \\\\*all\\\\* pairs, see :py:obj:`logwidth.check_map`.']
    """
    text = "\n".join(lines)
    blocks = re.split(r"(\n\s*\n)", text)
    return "".join(block if _kept(block) else _marked(block) for block in blocks).split("\n")


def _kept(block: str) -> bool:
    return not block.strip() or block.lstrip().startswith(">>>") or block.lstrip("\n").startswith("    ")


def _marked(block: str) -> str:
    out, end = [], 0
    for found in SPAN.finditer(block):
        out += [_escaped(block[end : found.start()]), _code(found[1], found[2]), _glue(block, found.end())]
        end = found.end()
    return "".join([*out, _escaped(block[end:])])


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)


def _glue(block: str, end: int) -> str:
    """Return what ends inline markup where a letter follows at once."""
    return "\\ " if end < len(block) and (block[end].isalnum() or block[end] in "_(") else ""


def _code(role: str | None, text: str) -> str:
    name = text.rsplit(".", 1)[-1]
    if role and name in logwidth.__all__:
        return f":py:obj:`logwidth.{name}`"
    return f"``{' '.join(text.split())}``"


def _translate(_app: Sphinx, what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = literal(lines)
    if what in ("attribute", "property"):  # napoleon takes text before a colon in the first line for a type
        lines.insert(0, "")


def setup(app: Sphinx) -> dict[str, bool]:
    """Translate before napoleon does."""
    app.connect("autodoc-process-docstring", _translate, priority=100)
    return {"parallel_read_safe": True}
