"""Links between the pages lead somewhere, and files that the text names exist."""

import re
import subprocess
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "logwidth"
NAMED = re.compile(r"^(?:(?:src|tests|tools|benchmarks|docs)/[\w./-]+|[a-z_]+/[\w/]+\.py)$")
BARE = re.compile(r"^[a-z]\w*\.py$")
GENERATED = ("docs/_generated/", "docs/_build", "generate_properties.py")  # the last in benchmark folders


def pages():
    found = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    return [ROOT / name for name in found] or sorted(
        p for p in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")] if "_" not in str(p)
    )


def inline_tokens(text):
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        yield from token.children or []


def slugs(text):
    """Anchors of the headings as GitHub and MyST make them."""
    headings = re.findall(
        r"^#{1,6}\s+(.*?)\s*$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*]|\]\(.*?\)", "", title).lower()).replace(" ", "-") for title in headings}


def broken_links(page, root=ROOT):
    text = page.read_text(encoding="utf-8")
    found = []
    for token in inline_tokens(text):
        target = (
            token.attrs.get("href" if token.type == "link_open" else "src") if token.type in ("link_open", "image") else None
        )
        if not target or re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        if str(place.relative_to(root)).startswith(GENERATED):
            continue
        if not place.exists():
            found.append(f"{target}: no such file")
        elif anchor and place.suffix == ".md" and anchor not in slugs(_with_generated(place, root)):
            found.append(f"{target}: no such heading")
    return found


def _with_generated(page, root):
    """The page's text; the headings of performance tables come from the script that writes them."""
    text = page.read_text(encoding="utf-8")
    if page == root / "docs" / "performance.md":
        text += "".join(
            f"\n## {title}\n"
            for title in re.findall(r'^\s+"\w+\.jsonl",\s+"([^"]+)"', (root / "tools/performance.py").read_text(), re.M)
        )
    return text


def absent_files(page, root=ROOT, source=SOURCE):
    """Paths in code spans that name no file: of the repository, or of the package's rooms (`certify/outcome.py`).

    A bare name (`outcome.py`) is one of the folder of the path before it in the paragraph, if there is one.
    """
    blocks = MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))
    spans = ([t.content.split("::")[0] for t in block.children or [] if t.type == "code_inline"] for block in blocks)
    return [name for paragraph in spans for name in _absent(paragraph, root, source)]


def _absent(spans, root, source):
    folder = None
    for name in spans:
        if name.startswith(GENERATED):
            continue
        if NAMED.match(name):
            folder = (root / name).parent if (root / name).is_file() else folder
            if not _exists(name, root, source):
                yield name
        elif BARE.match(name) and not ((folder / name).exists() if folder else _exists(name, root, source)):
            yield name


def _exists(name, root, source):
    return (root / name).exists() or next(source.rglob(name.rstrip("/")), None) is not None


def test_pages_that_the_code_names_exist():
    named = {
        (path, name)
        for path in SOURCE.rglob("*.py")
        for name in re.findall(r"docs/[\w/.-]+\.md", path.read_text(encoding="utf-8"))
    }
    assert len(named) >= 10 or not SOURCE.exists()
    assert [(str(path), name) for path, name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_files(page):
    if not SOURCE.exists():
        pytest.skip("an installed package has no source tree beside it")
    assert broken_links(page) == []
    assert absent_files(page) == []


def test_a_broken_link_is_seen(tmp_path):
    (tmp_path / "other.md").write_text("# A title, with `code`\n")
    page = tmp_path / "page.md"
    page.write_text(
        "[a](other.md) [b](other.md#a-title-with-code) [c](gone.md) [d](other.md#gone) [e](#here) ![f](gone.png)\n\n"
        "# Here\n\n`src/gone.py` `certify/gone.py` `other.md` `tests/x.py::test_y` `elsewhere.py`\n\n"
        "`here/one.py`, `elsewhere.py`, `two.py`\n\n`elsewhere.py`, `lost.py`, `generate_properties.py`\n"
    )
    for name in ("here/one.py", "here/two.py", "there/elsewhere.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert broken_links(page, tmp_path) == [
        "gone.md: no such file",
        "other.md#gone: no such heading",
        "gone.png: no such file",
    ]
    assert absent_files(page, tmp_path, tmp_path) == [
        "src/gone.py",
        "certify/gone.py",
        "tests/x.py",
        "elsewhere.py",  # not beside here/one.py
        "lost.py",
    ]
