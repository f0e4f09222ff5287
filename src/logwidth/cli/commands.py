"""The commands by name: their help without their modules, and each module when its command is run."""

import ast
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

NAMES = (
    "fit", "check", "attack", "predict", "width", "radius", "compare", "bounds", "figures", "report", "vnncomp", "judge",
    "fuse", "export", "export-proof", "replay",
)  # fmt: skip


class Commands(TyperGroup):
    """A group that lists stand-ins and runs the commands themselves: a list of commands needs no mathematics."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name, the command from its own module, and what is left of the arguments."""
        name, stand_in, rest = super().resolve_command(ctx, args)
        return name, None if stand_in is None else command_of(str(name)), rest


def command_of(name: str) -> Any:
    """Return the command that the function `name` in the module of that name is, its options and all (`_` for `-`)."""
    alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    function = name.replace("-", "_")
    alone.command(name)(getattr(import_module(f"logwidth.cli.{function}"), function))
    return get_command(alone)


def stand_in(name: str) -> Callable[[], None]:
    """Return a function with the name and the docstring of a command, read off its source: nothing is imported."""

    def listed() -> None:
        raise NotImplementedError(name)

    listed.__name__, listed.__doc__ = name, help_of(name)
    return listed


def help_of(name: str) -> str | None:
    """Return the docstring of a command; of one without source, which must be imported, as it is there.

    >>> help_of("check").split(",")[0]
    "Prove RUN's certificate again from network.onnx"
    """
    name = name.replace("-", "_")
    module = f"logwidth.cli.{name}"
    spec = find_spec(module)
    source = getattr(spec and spec.loader, "get_source", lambda _module: None)(module)
    if source is None:
        command: Callable[..., int] = getattr(import_module(module), name)
        return command.__doc__
    (found,) = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == name)
    return ast.get_docstring(found)
