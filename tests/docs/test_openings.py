"""Every page says first who needs it and what they can do after reading; the words have a glossary."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
INCLUDED = ("changelog.md", "contributing.md", "licence.md")  # another file, shown as it is
PAGES = [
    page for page in PAGES if not {"_generated", "_build"} & set(page.parts) and page.name not in INCLUDED and page.exists()
]
OPENING = re.compile(r"^\*Who needs this:\*\s.+?\.\s\*After\s+reading\*\s.+?\.$", re.DOTALL)
WORDS = (
    "Ball",
    "Opposite",
    "Piece",
    "Map",
    "Rank",
    "Ratio",
    "Radius",
    "Width",
    "Depth",
    "Certificate",
    "Preserve",
    "Witness",
)


def opens(text):
    """Whether the first or second paragraph after the title says who needs the page and what for."""
    return any(OPENING.match(block) for block in text.split("\n\n")[1:3])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_opens_with_who_needs_it(page):
    text = page.read_text(encoding="utf-8")
    assert text.startswith("# ")
    assert opens(text)


def test_an_opening_that_is_missing_is_seen():
    assert opens("# T\n\n*Who needs this:* you. *After\nreading* you know it.\n\nText")
    assert not opens("# T\n\nText.\n\nMore.\n\n*Who needs this:* you. *After reading* you know it.")
    assert not opens("# T\n\n*Who needs this:* you.\n\nText")


def test_the_glossary_has_the_words_in_order_and_the_readme_links_it():
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    words = re.findall(r"^\* \*\*([^*]+)\*\*", text, re.MULTILINE)
    assert [word for word in WORDS if word not in words] == []
    assert words == sorted(words, key=lambda word: word.replace("γ", "gamma").lower())
    assert "(docs/glossary.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_explains_its_words_at_first_use():
    text = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for word in ("map", "rank", "ball", "opposite", "width", "Depth"):
        assert f"*{word}*" in text, word
