"""Run the examples of Markdown pages as a reader would, and compare what they print with what the page shows.

    python tools/examples.py [--figures FOLDER] README.md docs/*.md

A page is one session: an empty folder and one Python namespace, its blocks in page order. A block `python` is executed; a
block `sh` is given to a shell line by line (comments dropped, a trailing backslash joins lines). A block `text` right after
it is what it prints: `…` stands for any text within a line, a line `…` alone for any lines, and blanks at line ends and
table borders count for nothing. HTML comments, which readers do not see, steer the block after them:

    <!-- hidden: python code -->      set-up that is executed in its place
    <!-- exit: 3 -->                  the status that every line of the block `sh` must end with (default 0)
    <!-- output of: command -->       the block `text` after it is what the command prints
    <!-- needs: torch -->             run only where this module can be imported
    <!-- not run: reason -->          never run

Figures (.svg) that a page writes are copied to FOLDER. Exit status 1 if an example fails; what was not run is listed with
its reason.
"""

import argparse
import contextlib
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt

DIRECTIVE = re.compile(r"<!--\s*(hidden|exit|output of|needs|not run):\s*(.*?)\s*-->\s*$", re.DOTALL)
BORDERS = str.maketrans("", "", "┏┓┗┛━┳┻╇╈┡┩┠┨┣┫╋─┬┴├┤┼└┘│┃")
PROGRESS = re.compile(r"^\d+:\d\d:\d\d  .*\n", re.MULTILINE)  # lines that time brings
LIMIT_S = 3600


class ExampleError(Exception):
    """An example that does not do what its page says."""


@dataclass(frozen=True)
class Step:
    """One thing to do: a block, with the line where it stands and what the comments before it ask."""

    kind: str
    text: str
    line: int
    asks: dict[str, str] = field(default_factory=dict)


def steps_of(markdown: str) -> list[Step]:
    """Return hidden code and the blocks `python`, `sh` and `text` of a page in order, a `text` only if it is an output."""
    steps, asks, adjacent = [], {}, False
    for token in MarkdownIt("commonmark").parse(markdown):
        if token.type == "html_block":
            found = DIRECTIVE.match(token.content)
            if found and found[1] == "hidden":
                steps.append(Step("python", found[2], token.map[0] + 1))
            elif found:
                asks[found[1]] = found[2]
        elif token.type == "fence":
            kind = token.info.split(" ")[0]
            if kind in ("python", "sh") or (kind == "text" and (adjacent or "output of" in asks)):
                steps.append(Step(kind, token.content, token.map[0] + 1, asks))
            asks = {}
        elif not token.type.endswith("_close"):
            asks = {}
        adjacent = token.type == "fence" and token.info in ("python", "sh")
    return steps


def commands_of(block: str) -> Iterator[str]:
    """Yield the commands of a shell block: lines without comments, joined where one ends in a backslash."""
    for line in block.replace("\\\n", " ").splitlines():
        command = re.sub(r"(^|\s)#\s.*$", "", line).strip()
        if command:
            yield command


def agrees(expected: str, printed: str) -> bool:
    """Return whether a printed text is the expected one, with `…` for what may vary.

    >>> agrees("width …", "width 19"), agrees("a\\n…\\nd", "a\\nb\\nc\\nd"), agrees("width 18", "width 19")
    (True, True, False)
    """
    wanted = [".*".join(re.escape(part.strip()) for part in line.split("…")) for line in _plain(expected)]
    pattern = "".join(r"(?:.*\n)*?" if line == ".*" else line + r"\n" for line in wanted)
    return re.fullmatch(pattern, "".join(line + "\n" for line in _plain(printed))) is not None


def _plain(text: str) -> list[str]:
    lines = (" ".join(line.translate(BORDERS).split()) for line in text.splitlines())
    return [line for line in lines if line]


class Session:
    """One page at work in a folder of its own; `skipped` lists what was not run and why."""

    def __init__(self, page: Path, figures: Path | None) -> None:
        self.page, self.figures = page, figures
        self.namespace, self.printed, self.skipped = {"__name__": "__main__"}, None, []

    def run(self) -> int:
        """Run all steps in an empty folder and return how many were executed."""
        done, home = 0, os.getcwd()
        steps = steps_of(self.page.read_text(encoding="utf-8"))
        with tempfile.TemporaryDirectory(prefix="examples-") as folder:
            os.chdir(folder)
            try:
                for step in steps:
                    done += self._do(step)
                self._keep_figures()
            finally:
                os.chdir(home)
        return done

    def _keep_figures(self) -> None:
        if self.figures is not None:
            self.figures.mkdir(parents=True, exist_ok=True)
            for figure in Path().glob("*.svg"):
                shutil.copy(figure, self.figures)

    def _do(self, step: Step) -> bool:
        reason = self._reason_against(step)
        if reason:
            self.printed = None
            if step.kind != "text":
                self.skipped.append(f"{self.page}:{step.line}: not run: {reason}")
            return False
        try:
            if "output of" in step.asks:
                self.printed = self._shell(step.asks["output of"], 0)
            if step.kind == "text":
                self._compare(step)
            else:
                self.printed = self._python(step) if step.kind == "python" else self._lines(step)
        except (ExampleError, subprocess.TimeoutExpired) as error:
            raise ExampleError(f"{self.page}:{step.line}: {error}") from error
        return step.kind != "text"

    def _reason_against(self, step: Step) -> str:
        if "not run" in step.asks:
            return step.asks["not run"]
        missing = step.asks.get("needs")
        return f"needs {missing}" if missing and importlib.util.find_spec(missing) is None else ""

    def _compare(self, step: Step) -> None:
        if self.printed is not None and not agrees(step.text, self.printed):
            raise ExampleError(f"the page says\n{step.text}\nbut printed was\n{self.printed}")

    def _python(self, step: Step) -> str:
        out = io.StringIO()
        code = "\n" * step.line + step.text
        try:
            with contextlib.redirect_stdout(out):
                exec(compile(code, str(self.page), "exec"), self.namespace)
        except Exception as error:
            raise ExampleError(traceback.format_exc(limit=-3)) from error
        return out.getvalue()

    def _lines(self, step: Step) -> str:
        status = int(step.asks.get("exit", "0"))
        return "".join(self._shell(command, status) for command in commands_of(step.text))

    def _shell(self, command: str, status: int) -> str:
        scripts = os.path.dirname(sys.executable)
        env = {
            **os.environ,
            "PATH": scripts + os.pathsep + os.environ["PATH"],
            "COLUMNS": "125",
            "NO_COLOR": "1",
            "TERM": "dumb",
        }
        done = subprocess.run(
            ["bash", "-c", command], capture_output=True, text=True, timeout=LIMIT_S, check=False, env=env,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        if done.returncode != status:
            raise ExampleError(f"`{command}` ended with {done.returncode}, not {status}:\n{done.stdout}{done.stderr}")
        return done.stdout + PROGRESS.sub("", done.stderr)


def run_page(page: Path, figures: Path | None = None) -> bool:
    """Run one page and print one line about it, or what failed; return whether all went well."""
    start, session = time.monotonic(), Session(page.absolute(), figures)
    try:
        done = session.run()
    except ExampleError as error:
        print(f"FAILED {error}")
        return False
    print(f"{page}: {done} examples, {time.monotonic() - start:.1f} s", *session.skipped, sep="\n  ", flush=True)
    return True


def main() -> int:
    """Run the pages named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=Path)
    parser.add_argument("pages", nargs="+", type=Path)
    options = parser.parse_args()
    figures = None if options.figures is None else options.figures.absolute()
    os.environ.setdefault("MPLBACKEND", "Agg")
    failed = [page for page in options.pages if not run_page(page, figures)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
