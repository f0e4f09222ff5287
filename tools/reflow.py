"""Fill the paragraphs of Markdown pages to lines of at most 100 columns; what the pages say stays as it is.

    python tools/reflow.py README.md docs/*.md

Only paragraphs and list items of plain text are filled. Code, formulas set apart, tables, headings and HTML are kept, and a
code span is never broken. A page is written only if it still means the same: the same HTML but for blanks.
"""

import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt

COLUMNS = 100
ATOM = re.compile(r"(?:(`+)(?!`).*?(?<!`)\1(?!`)|\S)+")  # words, in which code spans are whole
STARTS_A_BLOCK = re.compile(r"[-+*]|#{1,6}|>.*|\d+[.)]|=+|-+|\|.*|```.*|~~~.*|<.*|\$\$.*|:::.*")
ITEM = re.compile(r"( *)([-+*]|\d+[.)]) +")
PARSER = MarkdownIt("commonmark").enable("table")


def reflow(page: str) -> str:
    """Return the page with its paragraphs filled.

    >>> print(reflow("One\\ntwo `a  b`\\n\\n    code  stays\\n\\n* item\\n  goes on\\n"), end="")
    One two `a  b`
    <BLANKLINE>
        code  stays
    <BLANKLINE>
    * item goes on
    """
    lines = page.splitlines()
    for first, last in reversed(_paragraphs(page)):
        text, item = "\n".join(lines[first:last]), ITEM.match(lines[first])
        if "  \n" in text or "\\\n" in text:  # a line that must end where it ends
            continue
        start = item[0] if item else lines[first][: len(lines[first]) - len(lines[first].lstrip())]
        rest = " " * len(start)
        lines[first:last] = _filled(text[len(start) :], start, rest)
    return "\n".join(lines) + "\n"


def _paragraphs(page: str) -> list[tuple[int, int]]:
    """Return the line ranges of paragraphs, those in quotes left out."""
    found, quoted = [], 0
    for token in PARSER.parse(page):
        quoted += token.nesting if token.type.startswith("blockquote") else 0
        if token.type == "paragraph_open" and token.map is not None and not quoted:
            found.append((token.map[0], token.map[1]))
    return found


def _filled(text: str, start: str, rest: str) -> list[str]:
    words = [" ".join(found[0].splitlines()) for found in ATOM.finditer(_joined(text))]
    lines, line = [], start + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) <= COLUMNS or STARTS_A_BLOCK.fullmatch(word):
            line += " " + word
        else:
            lines.append(line)
            line = rest + word
    return [*lines, line]


def _joined(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines())


def same_meaning(before: str, after: str) -> bool:
    """Return whether two pages are the same HTML but for blanks."""
    one, other = (" ".join(PARSER.render(page).split()) for page in (before, after))
    return one == other


def main() -> int:
    """Fill the pages named on the command line; status 1 if one of them would change its meaning."""
    wrong = 0
    for page in map(Path, sys.argv[1:]):
        before = page.read_text(encoding="utf-8")
        after = reflow(before)
        if not same_meaning(before, after):
            print(f"{page}: left as it is, filled lines would mean something else")
            wrong = 1
        elif before != after:
            page.write_text(after, encoding="utf-8")
            print(f"{page}: filled")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
