"""`logwidth figures`: the paper's figures, computed."""

from pathlib import Path
from typing import Annotated

import typer

from logwidth.cli.reading import with_options
from logwidth.cli.screen import Screen
from logwidth.errors import InputError
from logwidth.export import check_file, write_file
from logwidth.pipeline import FIGURE_FILES, figure_files
from logwidth.report import check_drawing


@with_options
def figures(
    out: Annotated[Path, typer.Option("--out", help="Folder for the files; made if it is not there.")],
    n: Annotated[int, typer.Option("--n", help="Number of samples of the diagram.")] = 60_000,
    d: Annotated[int, typer.Option("--d", help="Number of features of the diagram.")] = 784,
    *,
    screen: Screen,
    seed: int,
) -> int:
    """Draw the paper's figures from computed objects, each as .svg and .png."""
    check_drawing(".png")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise InputError(f"cannot write figures to {out}: {problem.strerror or problem}") from problem
    for name in FIGURE_FILES:
        check_file(out / name, b"atplotlib")
    with screen.progress() as bars:
        files = figure_files(n, d, rng=seed, progress=bars)
        written = [str(write_file(out / name, content)) for name, content in files]
    screen.result({"files": written}, "\n".join(written))
    return 0
