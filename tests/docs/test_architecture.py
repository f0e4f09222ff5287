"""docs/architecture.md lists the rooms that there are, and says what the contracts in pyproject.toml enforce."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "logwidth"
pytestmark = pytest.mark.skipif(not SOURCE.exists(), reason="an installed package has no source tree beside it")
FREE = {"errors", "__main__", "__init__"}


def table():
    """The rows of the rooms table: name to the column `may not`."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*?\|(.*?)\|$", text, re.MULTILINE)
    return {name: forbidden.strip() for name, forbidden in rows}


def contracts():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]


def test_every_room_is_in_the_table_and_nothing_else():
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert set(table()) == rooms - FREE


def test_every_room_has_its_place_in_the_flow():
    (layers,) = (
        contract["layers"] for contract in contracts() if contract["type"] == "layers" and "containers" not in contract
    )
    placed = [name.strip().removeprefix("logwidth.") for layer in layers for name in layer.split("|")]
    assert sorted(placed) == sorted({*table(), "errors"})


def test_walls_named_in_the_table_are_enforced():
    """`import a, b` in the column `may not` of a room: a contract forbids each of them to it."""
    walls = {
        (source, target)
        for c in contracts()
        if c["type"] == "forbidden"
        for source in c["source_modules"]
        for target in c["forbidden_modules"]
    }
    named = [
        (room, other)
        for room, text in table().items()
        if text.startswith("import")
        for other in re.findall(r"`(\w+)`", text)
    ]
    assert len(named) >= 12
    assert [pair for pair in named if tuple(f"logwidth.{name}" for name in pair) not in walls] == []


CHANGES = ("a construction", "a norm", "kind of file", "kind of network file", "a command", "a lower bound", "a public name")


def changes(text):
    """The paragraphs of the modification map: what is changed, and the paths named for it."""
    part = text[text.index("\n## Where to change what") :]
    pieces = re.split(r"^\*\*(To .+?)\*\*", part, flags=re.MULTILINE)[1:]
    names = [re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.\w+)`", body) for body in pieces[1::2]]
    return dict(zip(pieces[::2], names, strict=True))


def missing_files(found):
    return [
        (what, path)
        for what, paths in found.items()
        for path in paths
        if not any((place / path).exists() for place in (ROOT, SOURCE, ROOT / "docs"))
    ]


def test_the_modification_map_names_files_and_tests_that_exist():
    found = changes((ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"))
    assert [change for change in CHANGES if not any(change in what for what in found)] == []
    for what, paths in found.items():
        tests = [path for path in paths if path.startswith("tests/")]
        assert len(tests) >= 3, what
        assert all(path.endswith(".py") for path in tests), what
        assert len(paths) > len(tests), what
    assert missing_files(found) == []


def test_a_file_that_is_gone_is_seen_in_the_modification_map():
    page = "\n## Where to change what\n\n**To add a thing**: `certify/gone.py`, `certify/outcome.py`, `tests/no/test_x.py`"
    assert missing_files(changes(page)) == [
        ("To add a thing", "certify/gone.py"),
        ("To add a thing", "tests/no/test_x.py"),
    ]
