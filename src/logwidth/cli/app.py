"""The commands, and how every way to fail becomes an exit status and one line."""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from logwidth.cli.commands import NAMES, Commands, stand_in
from logwidth.cli.interrupts import kept_interrupts
from logwidth.cli.statuses import BAD_INPUT, FALSIFIED, UNDECIDED
from logwidth.errors import AlteredCertificateError, LogwidthError, UndecidedError, said

# typer carries a copy of click in recent releases: its own exception classes lead to the right base in every release
UsageProblem: type[Exception] = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")

FIRST_STEPS = """logwidth compiles a labelled data set into a narrow ReLU network that provably answers right on whole balls.

  logwidth fit digits --ratio 0.9     build and certify a network; writes runs/digits
  logwidth check runs/digits          prove its certificate again, from the files and the data alone
  logwidth report runs/digits         see the run: one HTML page with pictures, the claim, how to check it

Your own data: logwidth fit table.csv --label species, images.npz with X and y, a folder of images, ...
All commands: logwidth --help      One of them: logwidth fit --help      The mathematics of a result: --explain"""

app = typer.Typer(
    name="logwidth",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"logwidth {version('logwidth')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def start(
    context: typer.Context,
    shown: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)] = False,
) -> None:
    """Narrow ReLU networks that provably memorize a data set on whole lp balls."""
    del shown
    if context.invoked_subcommand is None:
        typer.echo(FIRST_STEPS)


for name in NAMES:
    app.command(name)(stand_in(name))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 the claim holds, 1 falsified or check failed, 2 bad input, 3 undecided."""
    try:
        with kept_interrupts():
            status = app(args=None if arguments is None else list(arguments), prog_name="logwidth", standalone_mode=False)
    except UsageProblem as problem:
        status = _fail(getattr(problem, "format_message", problem.__str__)())
    except UndecidedError as problem:
        _fail(str(problem))
        status = UNDECIDED
    except AlteredCertificateError as problem:
        _fail(str(problem))
        status = FALSIFIED
    except LogwidthError as problem:
        status = _fail(str(problem))
    except MemoryError:
        status = _fail("not enough memory for this; try fewer samples, or a machine with more memory")
    except (KeyboardInterrupt, typer.Abort):
        status = 130
    except (BrokenPipeError, SystemExit) as end:  # typer makes the status 1 of the first, which here means: falsified
        status = 0 if getattr(end, "code", 1) in (0, None) else 141  # as a shell says of a program whose reader left
    except OSError as problem:  # a full disk, say, behind standard output
        status = _fail(f"{problem.filename or 'the output'} could not be read or written: {said(problem)}")
    sys.exit(status if isinstance(status, int) else 0)


def _fail(message: str) -> int:
    typer.echo("logwidth: " + " ".join(message.split()), err=True)
    return BAD_INPUT
