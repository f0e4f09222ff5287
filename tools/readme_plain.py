"""Try the commands of README and docs/commands.md where nothing but `pip install .` was done: each runs or names its extra.

    python tools/readme_plain.py [FOLDER]

Makes a fresh environment in FOLDER (default: a temporary one), installs this clone without extras, and runs every command of
their `sh` blocks that are meant to be run. A command that needs an extra must end with status 2 and the extra's name
within seconds, before any work. Takes some minutes; ends with status 1 if a command does otherwise.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", ROOT / "docs" / "commands.md")
EXTRAS = {
    "plot": r"--figure\b|^logwidth figures\b",
    "torch": r"--trained\b|--gradient\b|--device (?!cupy)",
    "dask": r"--workers\b|--scheduler\b",
    "verifiers": r"--verifier marabou\b",
    "parquet": r"\.parquet\b",
    "zarr": r"\.zarr\b",
    "hdf5": r"\.h5\b",
    "images": r"CLASS/\*\.png",
}
AT_ONCE_S = 20


@dataclass(frozen=True)
class Command:
    """A command of a page: its line without comment, the extras it needs, the text above it, whether it is meant to be run."""

    line: str
    above: str
    run: bool

    @property
    def extras(self) -> list[str]:
        """Return the extras without which it cannot do what it says."""
        return [extra for extra, sign in EXTRAS.items() if re.search(sign, self.line)]

    @property
    def unnamed(self) -> list[str]:
        """Return those of the extras that the text above does not name in a line with `pip install`."""
        told = [line for line in self.above.splitlines() if "pip install" in line]
        return [extra for extra in self.extras if not any(f"[{extra}]" in line for line in told)]


def commands_of(markdown: str) -> Iterator[Command]:
    """Yield the `logwidth` commands of the `sh` blocks, with the paragraph above the block and the comments above the line."""
    above, run = "", True
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "inline":
            above = token.content
        elif token.type == "html_block":
            run = run and "not run" not in token.content
        elif token.type == "fence":
            if token.info == "sh":
                yield from _of_block(token.content, above, run=run)
            above, run = "", True


def _of_block(block: str, above: str, *, run: bool) -> Iterator[Command]:
    for line in block.replace("\\\n", " ").splitlines():
        if line.startswith(("#", "pip install")):
            above += "\n" + line
        command = re.sub(r"(^|\s)#\s.*$", "", line).strip()
        if command.startswith("logwidth"):
            yield Command(command, above, run)


def hidden_code(markdown: str) -> list[str]:
    """Return the hidden set-up blocks that write the files which the commands read."""
    return [
        code for code in re.findall(r"<!-- hidden:\n(.*?)-->", markdown, re.DOTALL) if "open(" in code or ".to_csv" in code
    ]


def tried(command: Command, bin_folder: Path, place: Path) -> str:
    """Run a command in a folder; return what is wrong with how it ended, '' for nothing."""
    start = time.monotonic()
    line = f"{bin_folder}/{command.line}"
    done = subprocess.run(line, shell=True, cwd=place, capture_output=True, text=True, check=False)
    took = time.monotonic() - start
    print(f"{took:6.1f} s  status {done.returncode}  {command.line}", flush=True)
    if not command.extras:
        return "" if done.returncode == 0 else f"status {done.returncode}: {done.stderr.strip()[-300:]}"
    if done.returncode != 2 or not any(f"[{extra}]" in done.stderr for extra in command.extras):
        return f"needs {command.extras}, but ended with {done.returncode}: {done.stderr.strip()[-300:]}"
    return "" if took < AT_ONCE_S else f"asked for {command.extras} after {took:.0f} s"


def _of_page(page: Path, python: Path, work: Path) -> Iterator[str]:
    """Run the commands of a page in a folder of its own; yield what is wrong."""
    text = page.read_text(encoding="utf-8")
    work.mkdir()
    for code in hidden_code(text):
        subprocess.run([str(python), "-c", f"import numpy as np\n{code}"], cwd=work, check=True)
    for command in commands_of(text):
        yield from (f"{command.line}: the line above does not name [{extra}]" for extra in command.unnamed)
        problem = tried(command, python.parent, work) if command.run else ""
        if problem:
            yield f"{command.line}: {problem}"


def main() -> int:
    """Install without extras, run every command, print what is wrong."""
    place = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
    python = place / "venv" / "bin" / "python"
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
    wrong = [problem for page in PAGES for problem in _of_page(page, python, place / page.stem)]
    print(*(wrong or ["every command runs with nothing but `pip install .`, or names its extra"]), sep="\n")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
