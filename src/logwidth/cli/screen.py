"""What every command shares: progress on standard error, results on standard output, exit statuses."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from logwidth.cli import statuses
from logwidth.cli.complete import data_names, norm_names
from logwidth.cli.progress import Lines
from logwidth.cli.tables import Sheet, wrapped
from logwidth.display.bars import Bars
from logwidth.errors import InputError, said
from logwidth.export import check_file, write_file
from logwidth.report import check_drawing

HOLDS, FALSIFIED, UNDECIDED = statuses.HOLDS, statuses.FALSIFIED, statuses.UNDECIDED

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output and nothing else.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Show no progress, neither bars nor lines.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Seed of all random choices: same seed, same bytes.", min=0)]
Explain = Annotated[
    bool, typer.Option("--explain", help="Also print the mathematics behind the result, with its numbers filled in.")
]
Norm = Annotated[str, typer.Option("--norm", help="1, 2, inf or any real p >= 1.", autocompletion=norm_names)]
DATA_HELP = (
    "Built-in name (digits, iris, basis:d=64, …), openml:NAME, a folder of images CLASS/*.png, or a .npz, .zarr, .csv, "
    ".parquet, .npy or idx file."
)
Data = Annotated[str, typer.Argument(metavar="DATA", help=DATA_HELP, autocompletion=data_names)]
RunDirectory = Annotated[Path, typer.Argument(metavar="RUN", help="Run directory written by fit.")]
RecordedData = Annotated[
    str | None, typer.Argument(metavar="DATA", help=DATA_HELP + " Default: the recorded source.", autocompletion=data_names)
]


class Screen:
    """Standard output for results, standard error for progress and messages."""

    def __init__(self, *, as_json: bool, quiet: bool) -> None:
        self.as_json, self.quiet = as_json, quiet
        self.out = Console(highlight=False)
        self.err = Console(stderr=True, highlight=False)
        self.lines = Lines(self.note)

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, float], None]]:
        """Show how far the block is: a bar per stage on a terminal, else a plain line now and then; nothing if quiet."""
        if self.quiet:
            yield Bars(None)
        elif self.err.is_terminal and not self.err.is_dumb_terminal:
            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            with Progress(*columns, console=self.err, transient=True) as bars:
                yield Bars(bars)
        else:
            with self.lines.ticking():
                yield self.lines

    def result(self, value: dict[str, Any], text: Sheet | str, explained: Sequence[str] = ()) -> None:
        """Print a result: the JSON object if that was asked for, else the text; and what explains it, in either form."""
        if self.as_json:
            extra = {"explanation": list(explained)} if explained else {}
            typer.echo(json.dumps({**value, **extra}, allow_nan=False))
            return
        self.out.print(self._fitted(text), markup=False, soft_wrap=isinstance(text, str))
        for paragraph in explained:
            self.out.print("\n".join(("", *wrapped(paragraph, self.out.width))), markup=False, soft_wrap=True)

    def _fitted(self, text: Sheet | str) -> Sheet | str:
        """Return text broken between words for a terminal, unbroken for files and other programs."""
        if isinstance(text, Sheet) or not self.out.is_terminal:
            return text
        return "\n".join(wrapped(text, self.out.width))

    def draw(self, figure: Path | None, content: Callable[[str], bytes]) -> None:
        """Draw and write a figure if one is asked for, after its numbers were printed: they are not lost if this fails."""
        if figure is None:
            return
        try:
            drawn = content(figure.suffix)
        except Exception as problem:
            raise InputError(f"the numbers are complete, but {figure} could not be drawn: {said(problem)}") from problem
        self.note(f"written: {write_file(figure, drawn)}")

    def remark(self, text: str) -> None:
        """Say prose on standard error: broken between words on a terminal, so that numbers stay whole."""
        self.note("\n".join(wrapped(text, self.err.width, hang=2)) if self.err.is_terminal else text)

    def note(self, text: str) -> None:
        """Say something on standard error, unbroken, so that commands can be copied."""
        self.err.print(text, markup=False, soft_wrap=True)


def check_figure(figure: Path | None) -> None:
    """Refuse a figure that cannot be drawn or written, before any work. Raises InputError."""
    if figure is not None:
        check_drawing(figure.suffix)
        check_file(figure, b"atplotlib")


def exit_status(falsified: int, undecided: int) -> int:
    """Return 1 if anything is falsified, else 3 if anything is undecided, else 0."""
    if falsified:
        return FALSIFIED
    return UNDECIDED if undecided else HOLDS
