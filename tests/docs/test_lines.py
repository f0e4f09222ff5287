"""Lines of the pages fit a screen, and the tool that fills them changes no meaning."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
PAGES = [page for page in PAGES if not {"_generated", "_build"} & set(page.parts) and page.exists()]
MOST = 110

spec = spec_from_file_location("reflow", ROOT / "tools" / "reflow.py")
reflow = module_from_spec(spec)
spec.loader.exec_module(reflow)


def long_lines(page):
    """Lines over MOST columns, those of code and comments left out."""
    kept = set()
    for token in MarkdownIt("commonmark").enable("table").parse(page):
        if token.type in ("fence", "code_block", "html_block"):
            kept |= set(range(*token.map))
    return [i for i, line in enumerate(page.splitlines()) if len(line) > MOST and i not in kept]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_line_is_longer_than_a_screen(page):
    found = [number + 1 for number in long_lines(page.read_text(encoding="utf-8"))]
    assert found == [], f"python tools/reflow.py {page.relative_to(ROOT)}"


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ("x" * 111, [0]),
        ("x" * 110, []),
        ("one\n\n* item " + "x " * 60, [2]),
        ("    " + "x" * 120, []),
        ("```text\n" + "x" * 120 + "\n```\n", []),
        ("| a |\n|---|\n| " + "x" * 120 + " |\n", [2]),
        ("| no table, " + "x" * 120 + " |\n", [0]),
    ],
)
def test_what_is_long(page, found):
    assert long_lines(page) == found


WORDS = "word " * 40
PIECES = {
    "paragraph": WORDS,
    "item": f"* {WORDS}\n  {WORDS}\n* short\n",
    "number": f"1. {WORDS}\n   {WORDS}\n2. short\n",
    "code in a paragraph": f"{WORDS}`a  long span that is   kept whole` {WORDS}",
    "code": f"```python\n{WORDS}\n```\n",
    "formula": f"text:\n\n    {WORDS}\n\nmore",
    "comment": f"<!-- hidden:\n{WORDS}\n-->\n",
    "table": f"| a |\n|---|\n| {WORDS} |\n",
    "signs": f"{WORDS}- {WORDS}1. {WORDS}# {WORDS}+ {WORDS}= {WORDS}> x {WORDS}",
    "quote": f"> {WORDS}\n> {WORDS}\n",
    "break": f"{WORDS}  \n{WORDS}",
}


@pytest.mark.parametrize("name", PIECES)
def test_filling_keeps_the_meaning_and_is_done_once(name):
    page = PIECES[name] + "\n"
    filled = reflow.reflow(page)
    assert reflow.same_meaning(page, filled)
    assert reflow.reflow(filled) == filled
    if name in ("paragraph", "item", "number", "code in a paragraph"):
        assert long_lines(filled) == []
        assert max(map(len, filled.splitlines())) <= reflow.COLUMNS


def test_a_line_that_would_start_a_list_is_seen(monkeypatch):
    """The check behind the tool: without its care for signs the same page would become a list."""
    monkeypatch.setattr(reflow, "STARTS_A_BLOCK", reflow.re.compile("(?!)"))
    page = "word " * 19 + "four - five\n"
    assert not reflow.same_meaning(page, reflow.reflow(page))
