"""The theorem map and the ledger name what exists, and no theorem of the pages is missing."""

import re
from pathlib import Path

import pytest

from logwidth.construct.catalogue import CONSTRUCTIONS, KNOWN

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "logwidth"
MAP = ROOT / "docs" / "theorems.md"
PAGES = [ROOT / "docs" / "theory.md", *sorted((ROOT / "docs" / "theory").glob("*.md"))]
LABEL = re.compile(r"\b(?:T\d+(?:\([a-d]\)|[a-d])?'?|Fact \d)(?![\w.])")
NO_THEOREM = {"README.md"}
pytestmark = pytest.mark.skipif(not SOURCE.exists(), reason="an installed package has no source tree beside it")


def rows(text):
    """The rows of all tables as lists of cells, rules left out."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def entries(text):
    """The entries of the map by name: what a theorem says, and the fields of its list; assumptions by what they say."""
    found = {}
    for part in re.split(r"^(?=#{2,3} |\*\*)", text, flags=re.MULTILINE):
        lead = re.match(r"### ([^\n]+)\n|\*\*(.+?)\*\*$", part, re.MULTILINE | re.DOTALL)
        fields = re.findall(r"^\* ([a-z ]+): (.+?)(?=\n\* |\n\n|\Z)", part, re.MULTILINE | re.DOTALL)
        if lead and fields:
            name = " ".join((lead[1] or lead[2]).split())
            assert name not in found, name
            says = part[lead.end() : part.index("\n* ")]
            found[name] = {"says": " ".join(says.split()), **{key: " ".join(value.split()) for key, value in fields}}
    return found


def named(text):
    """Labels (`T6`, `Fact 1`) in headings and in bold, and the names of bold paragraphs that a colon or bracket ends."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    bold = re.findall(r"\*\*(.+?)\*\*", text, re.DOTALL)
    return {label for part in [*headings, *bold] for label in LABEL.findall(" ".join(part.split()))}


def unmapped(pages, table):
    """Labels and pages of theorems without a row in the map."""
    known = {label for name in entries(table) for label in LABEL.findall(name)}
    missing = [f"{name}: {label}" for name, text in pages.items() for label in sorted(named(text) - known)]
    return missing + [
        name for name in pages if name not in NO_THEOREM and f"{name})" not in table and f"{name}#" not in table
    ]


def absent(text):
    """Paths in code spans that are neither of the repository nor of the package."""
    paths = [span for span in re.findall(r"`([^`\n]+)`", text) if re.fullmatch(r"[\w.-]+/[\w./-]*", span)]
    return [path for path in paths if not (ROOT / path).exists() and not (SOURCE / path).exists()]


def test_every_theorem_has_a_row():
    pages = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
    assert len(named(pages["theory.md"])) >= 8
    assert unmapped(pages, MAP.read_text(encoding="utf-8")) == []


def test_constructions_of_the_theory_have_a_row():
    """Every bold paragraph of sections 3 and 4 of the theory starts a theorem of its own."""
    text = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
    part = text[text.index("\n## 3.") : text.index("\n## 5.")]
    leads = [" ".join(lead.split()) for lead in re.findall(r"^\*\*(.+?)\*\*", part, re.MULTILINE | re.DOTALL)]
    names = [re.split(r" \(|\.$", lead)[0] for lead in leads]
    first = list(entries(MAP.read_text(encoding="utf-8")))
    assert len(names) >= 14
    assert [name for name in names if not any(name in entry for entry in first)] == []


def test_every_row_names_a_page_code_and_a_test_that_exist():
    text = MAP.read_text(encoding="utf-8")
    theorems = {name: entry for name, entry in entries(text).items() if "proof" in entry}
    assert len(theorems) >= 50
    for name, entry in theorems.items():
        assert set(entry) <= {"says", "proof", "code", "tests", "figure"}, name
        assert entry["says"].endswith("."), name
        assert re.match(r"\[.+\]\(.+\.md", entry["proof"]), name
        assert re.search(r"`[\w/.]+`", entry["code"]), name
        assert re.search(r"`tests/[\w/]+\.py`", entry["tests"]), name
    assert absent(text) == []


def test_the_ledger_says_where_each_assumption_enters_and_what_breaks_it():
    ledger = [entry for entry in entries(MAP.read_text(encoding="utf-8")).values() if "where it enters" in entry]
    assert len(ledger) >= 14
    assert all(set(entry) == {"says", "where it enters", "what breaks it", "what guards it"} for entry in ledger)


def test_what_is_missing_is_seen():
    table = MAP.read_text(encoding="utf-8")
    assert unmapped({"theory.md": "**T99 (new).** *Proof.*"}, table) == ["theory.md: T99"]
    assert unmapped({"t99-new.md": "# T99, a new one"}, table) == ["t99-new.md: T99", "t99-new.md"]
    without = re.sub(r"^### T14\n", "", table, flags=re.MULTILINE)
    assert any(found.endswith(": T14") for found in unmapped({page.name: page.read_text() for page in PAGES}, without))
    assert absent("`certify/gone.py` `tests/gone/test_x.py` `certify/leads/leads.py` `n/a b`") == [
        "certify/gone.py",
        "tests/gone/test_x.py",
    ]


def test_every_construction_is_in_both_tables_with_its_width():
    found = [re.findall(r"`([\w-]+)`", row[0])[:1] + row for row in rows((ROOT / "docs/constructions.md").read_text())]
    costs = {row[0]: row[2] for row in found if len(row) == 5}
    assert set(costs) == {*KNOWN, "line"}
    when = {row[0] for row in found if len(row) == 3}
    assert when == {name for name in costs if not name.endswith("-collapse")}
    for name, spec in CONSTRUCTIONS.items():
        stated = re.match(r"rank \+ (\d)$", costs[name])
        assert stated is None or int(stated[1]) == spec.extra_width, name
    assert sum(re.match(r"rank \+ \d$", cost) is not None for cost in costs.values()) >= 11
